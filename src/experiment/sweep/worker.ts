/** A worker thread of a sweep: one run per task, the traces in shared memory. */
import { workerData } from 'piscina';
import { engineVersion } from '../engine-version.ts';
import type { LoadedData } from '../run-analysis.ts';
import { type PlannedSummary, type RunTask, runPlanned } from '../run-planned.ts';

/** What every worker of a pool is given once. */
export interface WorkerData {
  /** By the sha256 of their bytes. */
  readonly traces: Readonly<Record<string, LoadedData>>;
  readonly out: string;
  /** Engine version that the runs were planned with. */
  readonly engine: string;
}

export interface WorkerTask extends RunTask {
  /** Null where the run reads no trace. */
  readonly traceSha256: string | null;
}

export default function runTask(task: WorkerTask): Promise<PlannedSummary> {
  const { traces, out, engine } = workerData as WorkerData;
  if (engine !== engineVersion()) {
    throw new Error('the sources changed while the sweep ran: run again');
  }
  const { traceSha256 } = task;
  const loaded = traceSha256 === null ? null : (traces[traceSha256] as LoadedData);
  return runPlanned(task, out, loaded);
}
