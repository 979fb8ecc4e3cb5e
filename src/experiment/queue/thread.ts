/** A thread of a queue worker: one run per task, its trace in shared memory. */
import { workerData } from 'piscina';
import type { LoadedData } from '../run-analysis.ts';
import { type PlannedSummary, type RunTask, runPlanned } from '../run-planned.ts';

/** What every thread is given once. */
export interface ThreadData {
  readonly out: string;
}

export interface ThreadTask extends RunTask {
  /** Null where the run reads no trace. */
  readonly trace: LoadedData | null;
}

export default function runTask({ trace, ...task }: ThreadTask): Promise<PlannedSummary> {
  const { out } = workerData as ThreadData;
  return runPlanned(task, out, trace);
}
