import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedRun } from '../plan.ts';
import { pendingRuns, type RunEvent, type SweepOutcome } from '../sweep/run-sweep.ts';
import { AwaitedRun } from './awaited-run.ts';
import { checkedQueue, connectRedis, defaultQueue, onlyChanges, troubleOf } from './connection.ts';
import { addRuns } from './enqueue-runs.ts';
import { jobIdOf, type RunJob } from './run-job.ts';

export interface QueueSweepOptions {
  /** Folder of run folders that the workers write to. */
  readonly out: string;
  readonly queue?: string | undefined;
  readonly onRun?: ((event: Omit<RunEvent, 'summary'>) => void) | undefined;
  /** Told where nobody serves the queue when the runs are in it. */
  readonly onNoWorker?: ((queue: string) => void) | undefined;
  /** Told of broken connections, in words without any part of the address; repeats are left out. */
  readonly onTrouble?: ((trouble: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long finished results may take to show in a folder on a network. */
  readonly settleMs?: number | undefined;
}

/** Between looks at the folder and at jobs whose event was missed, ms. */
const lookEveryMs = 2000;

/**
 * Has the missing runs computed by the workers of a queue, and waits for them. To stop waiting
 * leaves the jobs in the queue; the same sweep later waits for what is left of them.
 */
export async function queueSweep(
  plans: readonly PlannedRun[],
  { queue: given = defaultQueue, settleMs = 15_000, ...options }: QueueSweepOptions,
): Promise<SweepOutcome> {
  const { onRun, onNoWorker, signal } = options;
  // Every connection tells of every attempt to come back.
  const onTrouble = onlyChanges(options.onTrouble ?? (() => {}));
  const name = checkedQueue(given);
  const out = resolve(options.out);
  const pending = pendingRuns(out, plans);
  if (pending.length === 0) return { ran: 0, skipped: plans.length, failed: [] };

  const { Queue, QueueEvents } = await import('bullmq');
  const redis = await connectRedis(onTrouble, signal);
  await mkdir(out, { recursive: true });
  const queue = new Queue<RunJob>(name, { connection: redis });
  const listening = redis.duplicate();
  const events = new QueueEvents(name, { connection: listening });
  const told = (error: unknown) => onTrouble(troubleOf(error));
  queue.on('error', told);
  listening.on('error', told);
  events.on('error', told);

  const open = new Map(pending.map((plan) => [jobIdOf(plan.run), new AwaitedRun(plan)]));
  const failed: { plan: PlannedRun; message: string }[] = [];
  const allEnded = new AbortController();
  const look = async (id: string): Promise<void> => {
    const run = open.get(id);
    const end = await run?.look(queue, { out, settleMs });
    if (run === undefined || end === undefined || !open.delete(id)) return;
    if (end.state === 'failed') failed.push({ plan: run.plan, message: end.message });
    onRun?.({ done: pending.length - open.size, of: pending.length, plan: run.plan });
    if (open.size === 0) allEnded.abort();
  };
  // An event only makes a look come sooner: what it misses, the next round finds.
  const lookSoon = ({ jobId }: { jobId: string }) => void look(jobId).catch(() => {});
  events.on('completed', lookSoon).on('failed', lookSoon);
  const awake = AbortSignal.any([allEnded.signal, ...(signal ? [signal] : [])]);
  try {
    await events.waitUntilReady();
    await addRuns(queue, pending);
    if ((await queue.getWorkersCount()) === 0) onNoWorker?.(name);
    while (!awake.aborted) {
      await Promise.all([...open.keys()].map(look));
      await sleep(Math.min(lookEveryMs, settleMs), undefined, { signal: awake }).catch(() => {});
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    // Without a server there is no end of the connection to wait for.
    const closed = Promise.allSettled([events.close(), queue.close()]);
    if (redis.status === 'ready') await closed;
    listening.disconnect();
    redis.disconnect();
  }
  signal?.throwIfAborted();
  const order = (one: PlannedRun) => pending.findIndex(({ run }) => run === one.run);
  failed.sort((a, b) => order(a.plan) - order(b.plan));
  const ran = pending.length - failed.length;
  return { ran, skipped: plans.length - pending.length, failed };
}
