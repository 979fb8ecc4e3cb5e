import { isAnalysis } from '../replay/analysers.ts';
import type { TableName } from '../results/schema.ts';
import { type AnalysisSummary, type LoadedData, runAnalysis } from './run-analysis.ts';
import { type LoadedTrace, type RunSummary, runScenario } from './run-scenario.ts';
import { loadPlannedPolicies, type PolicyFiles } from './user-policies.ts';

/** What is said of a run that has ended: of a replay its latencies too. */
export type PlannedSummary = RunSummary | AnalysisSummary;

/** One planned run, a replay or an analysis, as a worker computes it. */
export interface RunTask {
  readonly scenario: unknown;
  readonly tables: readonly TableName[];
  /** Where the user policies of the scenario stand. */
  readonly policies: PolicyFiles;
}

/** @param loaded its trace; null where it reads none */
export async function runPlanned(
  { scenario, tables, policies }: RunTask,
  out: string,
  loaded: LoadedData | null,
): Promise<PlannedSummary> {
  if (isAnalysis(scenario)) return runAnalysis(scenario, out, loaded);
  await loadPlannedPolicies(scenario, policies);
  return runScenario(scenario, { out, tables }, loaded as LoadedTrace);
}
