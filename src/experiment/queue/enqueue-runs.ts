import type { Job, JobsOptions, Queue } from 'bullmq';
import type { PlannedRun } from '../plan.ts';
import { checkedQueue, connectRedis, defaultQueue } from './connection.ts';
import { jobIdOf, jobOf, type RunJob } from './run-job.ts';

export interface EnqueueOutcome {
  readonly added: number;
  /** Runs whose job was there, waiting or in progress. */
  readonly there: number;
}

/**
 * Puts runs into a queue for workers to take. A run that waits or is in progress is not added
 * twice; one that failed or whose results are gone is.
 */
export async function enqueueRuns(
  plans: readonly PlannedRun[],
  { queue: name = defaultQueue }: { queue?: string } = {},
): Promise<EnqueueOutcome> {
  const checked = checkedQueue(name);
  const { Queue } = await import('bullmq');
  const redis = await connectRedis(() => {});
  const queue = new Queue<RunJob>(checked, { connection: redis });
  // Already told by the connection.
  queue.on('error', () => {});
  try {
    return await addRuns(queue, plans);
  } finally {
    await queue.close();
    redis.disconnect();
  }
}

/** Jobs looked up and added in one go. */
const batch = 200;

export async function addRuns(
  queue: Queue<RunJob>,
  plans: readonly PlannedRun[],
): Promise<EnqueueOutcome> {
  let added = 0;
  for (let from = 0; from < plans.length; from += batch) {
    const some = plans.slice(from, from + batch);
    const jobs = await Promise.all(some.map(jobOf));
    const wanted = await Promise.all(jobs.map((job) => isWanted(queue, job)));
    const fresh = jobs.filter((_, i) => wanted[i]);
    await queue.addBulk(
      fresh.map((data) => ({ name: data.experiment, data, opts: optionsOf(data) })),
    );
    added += fresh.length;
  }
  return { added, there: plans.length - added };
}

function optionsOf({ run }: RunJob): JobsOptions {
  return {
    jobId: jobIdOf(run),
    // A replay that fails would fail again; one whose worker died is taken up by another.
    attempts: 1,
    // Results are in the folder. Failures stay a day, for those who wait for them to read.
    removeOnComplete: true,
    removeOnFail: { age: 86_400 },
  };
}

/** Whether a job is to be added; one that waits is made to keep the tables of both. */
async function isWanted(queue: Queue<RunJob>, wanted: RunJob): Promise<boolean> {
  const job: Job<RunJob> | undefined = await queue.getJob(jobIdOf(wanted.run));
  if (job === undefined) return true;
  const state = await job.getState();
  if (state === 'failed' || state === 'completed') {
    await job.remove();
    return true;
  }
  const tables = new Set([...job.data.tables, ...wanted.tables]);
  if (tables.size > job.data.tables.length) {
    await job.updateData({ ...job.data, tables: [...tables] });
  }
  return false;
}
