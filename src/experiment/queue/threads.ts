import { dirname, join } from 'node:path';
import type { Piscina } from 'piscina';
import { sweepWorker, type WorkerFile } from '../sweep/worker-file.ts';
import { redisVariable } from './connection.ts';
import type { ThreadData } from './thread.ts';

/**
 * Threads that compute, so that the loop that renews the locks of jobs stays free. They do not see
 * the address of the queue.
 */
export async function openThreads(out: string, threads: number): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const { [redisVariable]: _, ...env } = process.env;
  const data: ThreadData = { out };
  return new Piscina({
    ...threadFile(),
    workerData: data,
    env,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
  });
}

/** Beside the sweep's worker, in the sources and in the bundle. */
function threadFile(): WorkerFile {
  const { filename, execArgv } = sweepWorker();
  const folder = dirname(filename);
  return filename.endsWith('.ts')
    ? { filename: join(folder, '..', 'queue', 'thread.ts'), execArgv }
    : { filename: join(folder, 'queue-thread.mjs'), execArgv };
}
