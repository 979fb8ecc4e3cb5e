/** A thread of a queue worker: one run per task, its trace in shared memory. */
import { workerData } from 'piscina';
import type { TableName } from '../../results/schema.ts';
import { type LoadedTrace, type RunSummary, runScenario } from '../run-scenario.ts';

/** What every thread is given once. */
export interface ThreadData {
  readonly out: string;
}

export interface ThreadTask {
  readonly scenario: unknown;
  readonly trace: LoadedTrace;
  readonly tables: readonly TableName[];
}

export default function runTask({ scenario, trace, tables }: ThreadTask): Promise<RunSummary> {
  const { out } = workerData as ThreadData;
  return runScenario(scenario, { out, tables }, trace);
}
