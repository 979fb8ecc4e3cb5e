import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { observable } from '@observablehq/notebook-kit/vite';
import type { InlineConfig } from 'vite';
import { themeRules, tones } from '../../report/theme.ts';
import { packageRoot } from '../../trace/locate.ts';
import { InputError } from '../../units/input-error.ts';
import { openNotebookSession } from './notebook-session.ts';
import { offlineImports } from './offline-imports.ts';
import { pagesOf, withList } from './pages.ts';
import { type Cell, runSqlCells } from './sql-cells.ts';

const here = dirname(fileURLToPath(import.meta.url));
const kit = dirname(fileURLToPath(import.meta.resolve('@observablehq/notebook-kit')));

export interface Folders {
  /** Where the notebooks are. */
  readonly root: string;
  /** Runs, and what the development server prepares. */
  readonly cache: string;
}

/** Vite's configuration for a folder of notebooks, for the build and for the server alike. */
export function viteConfig({ root, cache }: Folders): InlineConfig {
  return {
    root,
    configFile: false,
    base: './',
    appType: 'mpa',
    publicDir: false,
    cacheDir: join(cache, 'vite'),
    logLevel: 'warn',
    resolve: { alias: [{ find: /^observable:(.*)$/, replacement: join(kit, '$1') }] },
    plugins: [
      offlineImports(),
      observable({
        template: join(here, 'page.html'),
        transformTemplate: withStyle,
        transformNotebook: async (notebook, { filename }) => {
          checkImports(filename, notebook.cells);
          await runSqlCells(filename, notebook.cells, () => openNotebookSession(filename, cache));
          if (filename !== join(root, 'index.html')) return notebook;
          const pages = await pagesOf(root);
          const cells = notebook.cells.map((cell) => ({
            ...cell,
            value: withList(cell.value, pages),
          }));
          return { ...notebook, cells };
        },
      }),
    ],
    // Vega is large and there is one page at a time: smaller parts would not load sooner.
    build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
    server: {
      fs: { allow: [packageRoot()] },
      watch: { ignored: ['**/.observable/**', '**/.cache/**', '**/dist/**'] },
    },
    optimizeDeps: {
      include: ['vega-embed', 'vega', 'vega-lite', 'htl', '@observablehq/inputs'],
      // The development server bundles the kit apart from the plugins above.
      rolldownOptions: { plugins: [offlineImports()] },
    },
  };
}

/** Pages may not ask the network for code: what a cell imports has to be installed. */
function checkImports(filename: string, cells: readonly Cell[]): void {
  for (const { id, value, mode } of cells) {
    if (!['js', 'ts', 'ojs'].includes(mode)) continue;
    const from = /\b(?:from|import)\s*\(?\s*["']((?:npm:|jsr:|https?:)[^"']*)/.exec(value)?.[1];
    if (from === undefined) continue;
    throw new InputError(`import from the network: ${from}`, {
      where: `${filename}, cell ${id}`,
      rule: 'install the package and import it by its name',
    });
  }
}

/** The template with its style sheet; charts follow the reader's theme as in the report. */
async function withStyle(template: string): Promise<string> {
  const style = await readFile(join(here, 'page.css'), 'utf8');
  const paper = (theme: 'light' | 'dark') =>
    Object.entries(tones).map(([name, tone]) => `--${name}: ${tone[theme]};`);
  const colours = `html:root { ${paper('light').join(' ')} }
@media screen and (prefers-color-scheme: dark) {
html:root { ${paper('dark').join(' ')} }
${themeRules('.plot svg')}
}`;
  return template.replace('/* style */', () => `${colours}\n${style}`);
}
