import type { Piscina } from 'piscina';
import { isPresent, type PlannedRun } from '../plan.ts';
import type { PlannedSummary } from '../run-planned.ts';
import { policyFilesOf } from '../user-policies.ts';
import { acceptedJob, type RunJob } from './run-job.ts';
import type { ThreadTask } from './thread.ts';
import { VerifiedTraces } from './verified-traces.ts';

export type JobEnd =
  | { readonly state: 'ran'; readonly wallS: number }
  | { readonly state: 'present' }
  | { readonly state: 'failed'; readonly message: string };

/** How many jobs ended how. */
export interface JobCounts {
  readonly ran: number;
  /** Jobs whose run was in the folder. */
  readonly present: number;
  readonly failed: number;
}

export interface JobComputerOptions {
  readonly out: string;
  readonly threads: Piscina;
  readonly onStart?: ((job: RunJob) => void) | undefined;
  readonly onEnd?: ((job: RunJob, end: JobEnd) => void) | undefined;
}

/** Computes the jobs of a queue on threads and counts how they end. */
export class JobComputer {
  readonly #options: JobComputerOptions;
  readonly #traces = new VerifiedTraces();
  readonly #counts = { ran: 0, present: 0, failed: 0 };
  readonly #inProgress = new Set<Promise<void>>();

  constructor(options: JobComputerOptions) {
    this.#options = options;
  }

  get counts(): JobCounts {
    return { ...this.#counts };
  }

  /** Rejects with what the queue is to keep as the reason of the failure. */
  compute(data: RunJob): Promise<void> {
    const job = this.#settle(data);
    this.#inProgress.add(job);
    const leave = () => this.#inProgress.delete(job);
    job.then(leave, leave);
    return job;
  }

  /** Resolves when the jobs in progress have ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#inProgress);
  }

  async #settle(data: RunJob): Promise<void> {
    const { onStart, onEnd } = this.#options;
    const ended = (end: JobEnd) => {
      this.#counts[end.state]++;
      onEnd?.(data, end);
    };
    onStart?.(data);
    try {
      ended(await this.#run(await acceptedJob(data)));
    } catch (error) {
      ended({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  async #run(job: PlannedRun): Promise<JobEnd> {
    const { out, threads } = this.#options;
    if (isPresent(out, job)) return { state: 'present' };
    const trace = await this.#traces.of(job);
    const policies = policyFilesOf(job.scenario);
    const task: ThreadTask = { scenario: job.scenario, trace, tables: job.tables, policies };
    const summary = (await threads.run(task)) as PlannedSummary;
    if (summary.run !== job.run) {
      throw new Error('the sources of reprise changed while the worker ran: start it again');
    }
    return { state: 'ran', wallS: summary.wall_s };
  }
}
