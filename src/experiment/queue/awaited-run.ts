import type { Queue } from 'bullmq';
import { isPresent, type PlannedRun } from '../plan.ts';
import { addRuns } from './enqueue-runs.ts';
import { jobIdOf, type RunJob } from './run-job.ts';

/** How the wait for a run ended. */
export type RunEnd = { readonly state: 'done' } | { readonly state: 'failed'; message: string };

/** A run that somebody waits for while workers compute it. */
export class AwaitedRun {
  readonly plan: PlannedRun;
  #looking = false;
  #asked = 1;
  /** When its job was first seen to be gone without its results, ms. */
  #goneAt: number | undefined;

  constructor(plan: PlannedRun) {
    this.plan = plan;
  }

  /**
   * Looks at the folder, then at the job; undefined while there is something to wait for. A job
   * that ended without results in the folder, as one that was in progress for fewer tables, is
   * asked for once more.
   */
  async look(
    queue: Queue<RunJob>,
    where: { out: string; settleMs: number },
  ): Promise<RunEnd | undefined> {
    if (isPresent(where.out, this.plan)) return { state: 'done' };
    if (this.#looking) return undefined;
    this.#looking = true;
    try {
      return await this.#lookAtJob(queue, where);
    } finally {
      this.#looking = false;
    }
  }

  async #lookAtJob(
    queue: Queue<RunJob>,
    { out, settleMs }: { out: string; settleMs: number },
  ): Promise<RunEnd | undefined> {
    const job = await queue.getJob(jobIdOf(this.plan.run));
    if (job !== undefined) {
      this.#goneAt = undefined;
      return (await job.isFailed())
        ? { state: 'failed', message: reasonOf(job.failedReason) }
        : undefined;
    }
    if (isPresent(out, this.plan)) return { state: 'done' };
    const now = performance.now();
    this.#goneAt ??= now;
    if (now - this.#goneAt < settleMs) return undefined;
    if (this.#asked === 1) {
      this.#asked++;
      this.#goneAt = undefined;
      await addRuns(queue, [this.plan]);
      return undefined;
    }
    const message = `a worker did it, but not in ${out}: give all workers this folder (--out)`;
    return { state: 'failed', message };
  }
}

function reasonOf(failedReason: string): string {
  return /stalled more than/.test(failedReason)
    ? 'its workers died of it again and again (killed, or out of memory)'
    : failedReason;
}
