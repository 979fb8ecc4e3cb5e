import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobType, Queue as RunQueue } from 'bullmq';
import { removeAbandoned } from '../sweep/abandoned.ts';
import { checkedQueue, connectRedis, defaultQueue, troubleOf } from './connection.ts';
import { JobComputer, type JobComputerOptions, type JobCounts } from './job-computer.ts';
import type { RunJob } from './run-job.ts';
import { openThreads } from './threads.ts';

export interface QueueWorkerOptions extends Pick<JobComputerOptions, 'onStart' | 'onEnd'> {
  /** Folder of run folders that all workers and those who wait for the runs see. */
  readonly out: string;
  readonly queue?: string | undefined;
  /** Runs at a time, each on a thread; one per core by default. */
  readonly workers?: number | undefined;
  /** Leave when nothing waits and nothing is in progress anywhere, instead of staying. */
  readonly untilEmpty?: boolean | undefined;
  /** Leave when this is aborted, after the runs in progress. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the number of threads when the worker serves the queue. */
  readonly onReady?: ((threads: number) => void) | undefined;
  /** Told of broken connections and lost locks, in words without any part of the address. */
  readonly onTrouble?: ((trouble: string) => void) | undefined;
  readonly leases?: Partial<Leases> | undefined;
}

/** How a job comes back from a worker that died. */
export interface Leases {
  /** How long a job stays with a worker that no longer answers; it is renewed at half of it. */
  readonly lockMs: number;
  /** How often workers look for jobs whose lock has run out. */
  readonly checkMs: number;
  /** Workers that may die of one job before it counts as failed. */
  readonly deaths: number;
}

/**
 * Takes runs from a queue and computes them until it is told to leave. Delivery is at least once:
 * a run is written as a whole under its key, so that computing it twice changes nothing.
 */
export async function runWorker(options: QueueWorkerOptions): Promise<JobCounts> {
  const { untilEmpty, signal, onTrouble = () => {}, workers = availableParallelism() } = options;
  const name = checkedQueue(options.queue ?? defaultQueue);
  const { lockMs = 30_000, checkMs = 15_000, deaths = 3 } = options.leases ?? {};
  const out = resolve(options.out);
  const redis = await connectRedis(onTrouble, signal);
  await mkdir(out, { recursive: true });
  await removeAbandoned(out);
  const threads = await openThreads(out, workers);
  const computer = new JobComputer({ ...options, out, threads });
  const { Queue, Worker } = await import('bullmq');
  const queue = new Queue<RunJob>(name, { connection: redis });
  const worker = new Worker<RunJob, void>(name, ({ data }) => computer.compute(data), {
    connection: redis,
    concurrency: workers,
    lockDuration: lockMs,
    stalledInterval: checkMs,
    maxStalledCount: deaths,
  });
  const told = (error: unknown) => onTrouble(troubleOf(error));
  queue.on('error', told);
  worker.on('error', told);
  try {
    await worker.waitUntilReady();
    options.onReady?.(workers);
    await (untilEmpty ? emptied(queue, signal) : aborted(signal));
  } catch (error) {
    // Who is told to leave while the server is away does not wait for it.
    if (!signal?.aborted) throw new Error(`queue ${name}: ${troubleOf(error)}`);
  } finally {
    // Without its server the worker would wait for ever for its last words to be heard.
    const alone = redis.status !== 'ready';
    if (alone) await computer.idle();
    await worker.close(alone);
    await queue.close();
    await threads.destroy();
    redis.disconnect();
  }
  return computer.counts;
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', () => done(), { once: true });
  });
}

/** Jobs in progress count: if their worker dies, somebody must be there to take them up. */
async function emptied(queue: RunQueue<RunJob>, signal: AbortSignal | undefined): Promise<void> {
  const open: JobType[] = ['waiting', 'active', 'delayed', 'prioritized'];
  while (!signal?.aborted && (await queue.getJobCountByTypes(...open)) > 0) {
    await sleep(200, undefined, signal ? { signal } : {}).catch(() => {});
  }
}
