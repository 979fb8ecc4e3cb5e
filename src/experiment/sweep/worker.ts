/** A worker thread of a sweep: one run per task, the traces in shared memory. */
import { workerData } from 'piscina';
import type { TableName } from '../../results/schema.ts';
import { engineVersion } from '../engine-version.ts';
import { type LoadedTrace, type RunSummary, runScenario } from '../run-scenario.ts';

/** What every worker of a pool is given once. */
export interface WorkerData {
  /** By the sha256 of their bytes. */
  readonly traces: Readonly<Record<string, LoadedTrace>>;
  readonly out: string;
  /** Engine version that the runs were planned with. */
  readonly engine: string;
}

export interface WorkerTask {
  readonly scenario: unknown;
  readonly traceSha256: string;
  readonly tables: readonly TableName[];
}

export default function runTask(task: WorkerTask): Promise<RunSummary> {
  const { traces, out, engine } = workerData as WorkerData;
  if (engine !== engineVersion()) {
    throw new Error('the sources changed while the sweep ran: run again');
  }
  const { scenario, traceSha256, tables } = task;
  return runScenario(scenario, { out, tables }, traces[traceSha256] as LoadedTrace);
}
