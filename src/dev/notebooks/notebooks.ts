/**
 * `npm run notebooks`, `notebooks:dev`, `notebooks:serve`: builds the notebooks into static pages,
 * shows them while they are edited, serves the built ones.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createServer } from 'vite';
import { packageRoot } from '../../trace/locate.ts';
import { InputError } from '../../units/input-error.ts';
import { buildNotebooks } from './build.ts';
import { serveFolder } from './serve.ts';
import { viteConfig } from './vite-config.ts';

const root = join(packageRoot(), 'notebooks');
const folders = { root, cache: join(root, '.cache') };
const out = join(root, 'dist');

const commands: Readonly<Record<string, () => Promise<void>>> = {
  async build() {
    const started = performance.now();
    const pages = await buildNotebooks(folders, out);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const place = relative(process.cwd(), out);
    console.log(
      `${pages.length} pages in ${place} (${seconds} s); see them: npm run notebooks:serve`,
    );
  },
  async dev() {
    const server = await createServer({ ...viteConfig(folders), logLevel: 'info' });
    await server.listen();
    server.printUrls();
  },
  async serve() {
    if (!existsSync(join(out, 'index.html'))) {
      throw new InputError('no built notebooks', { where: out, rule: 'npm run notebooks' });
    }
    const { url } = await serveFolder(out, Number(process.argv[3] ?? 4173));
    console.log(`${url} (Ctrl-C ends it)`);
  },
};

try {
  const command = commands[process.argv[2] ?? 'build'];
  if (command === undefined) {
    throw new InputError(`unknown command: ${process.argv[2]}`, {
      rule: Object.keys(commands).join(', '),
    });
  }
  await command();
} catch (error) {
  const cause = causeOf(error);
  console.error(cause instanceof InputError ? `error: ${cause.message}` : cause);
  process.exitCode = 2;
}

/** The builder wraps what a plugin throws. */
function causeOf(error: unknown): unknown {
  const { errors = [] } = error as { errors?: readonly unknown[] };
  return errors.find((one) => one instanceof InputError) ?? error;
}
