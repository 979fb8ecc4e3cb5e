import { join } from 'node:path';
import { build } from 'vite';
import { pagesOf } from './pages.ts';
import { type Folders, viteConfig } from './vite-config.ts';

/** Builds every notebook of a folder, and the index, into static pages without outside requests. */
export async function buildNotebooks(folders: Folders, out: string): Promise<string[]> {
  const { root } = folders;
  const pages = ['index.html', ...(await pagesOf(root)).map((page) => page.file)];
  const config = viteConfig(folders);
  await build({
    ...config,
    build: {
      ...config.build,
      outDir: out,
      emptyOutDir: true,
      reportCompressedSize: false,
      rolldownOptions: {
        input: pages.map((page) => join(root, page)),
        // The queries of the notebooks are most of the build.
        checks: { pluginTimings: false },
      },
    },
  });
  return pages;
}
