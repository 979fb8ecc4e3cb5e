import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageRoot } from '../../trace/locate.ts';

/** Entry of a worker thread and the Node options it needs. */
export interface WorkerFile {
  readonly filename: string;
  readonly execArgv: string[];
}

/** The sweep's worker: bundled where this module is, else the source through tsx. */
export function sweepWorker(): WorkerFile {
  const bundled = join(packageRoot(), 'dist', 'sweep-worker.mjs');
  const here = fileURLToPath(import.meta.url);
  if (!here.endsWith('.ts') && existsSync(bundled)) return { filename: bundled, execArgv: [] };
  const loader = pathToFileURL(join(packageRoot(), 'node_modules', 'tsx', 'dist', 'loader.mjs'));
  const filename = join(packageRoot(), 'src', 'experiment', 'sweep', 'worker.ts');
  return { filename, execArgv: ['--import', loader.href] };
}
