// Bundles the command line (and the worker entries) into dist/: start-up without a TypeScript loader.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { engineVersion } from './engine-version.cjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const dist = join(root, 'dist');
const fresh = join(root, `dist.${process.pid}.tmp`);
await build({
  absWorkingDir: root,
  entryPoints: {
    reprise: 'src/cli/main.ts',
    'sweep-worker': 'src/experiment/sweep/worker.ts',
    'queue-thread': 'src/experiment/queue/thread.ts',
  },
  outdir: fresh,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  // Native, huge or lazily loaded packages stay in node_modules.
  external: [
    '@duckdb/*',
    'vega',
    'vega-lite',
    'vega-embed',
    'llama-tokenizer-js',
    'tsx',
    'tsx/*',
    'piscina',
    'bullmq',
    'ioredis',
    'highs',
  ],
  define: { __ENGINE_VERSION__: JSON.stringify(engineVersion(root)) },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
// A process that runs from the bundle keeps its files until the new one stands.
const old = join(root, `dist.${process.pid}.old.tmp`);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
