import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isAnalysis, parseAnalysis } from '../../replay/analysers.ts';
import { parseScenario } from '../../replay/scenario.ts';
import { type TableName, tableSchemas } from '../../results/schema.ts';
import { fetchedFolder, shippedFolder, traceNames } from '../../trace/locate.ts';
import { engineVersion } from '../engine-version.ts';
import type { PlannedRun } from '../plan.ts';
import { runKeyOf } from '../run-key.ts';
import { loadPlannedPolicies, policyFilesOf } from '../user-policies.ts';

const schema = z.object({
  run: z.string(),
  experiment: z.string(),
  cell: z.string(),
  labels: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  scenarioHash: z.string(),
  scenario: z.record(z.string(), z.unknown()),
  /** A name, or an absolute path that every worker sees; null for an analysis without a trace. */
  trace: z.string().nullable(),
  traceSha256: z.string().nullable(),
  /** Absolute paths of the policy files that every worker sees, by their kinds in the scenario. */
  policies: z.record(z.string(), z.string()),
  tables: z.array(z.enum(Object.keys(tableSchemas) as [TableName, ...TableName[]])),
  engineVersion: z.string(),
});

/** What the queue carries for a run: its configuration, never its results. */
export type RunJob = z.infer<typeof schema>;

/** The queue's name for a run; equal runs are one job. A name of digits alone is not allowed. */
export function jobIdOf(run: string): string {
  return `run-${run}`;
}

export async function jobOf(plan: PlannedRun): Promise<RunJob> {
  const named = [
    ...(await traceNames(shippedFolder())),
    ...(await traceNames(fetchedFolder())),
  ].includes(plan.trace ?? '');
  return {
    ...plan,
    labels: { ...plan.labels },
    scenario: { ...plan.scenario },
    trace: named || plan.trace === null ? plan.trace : resolve(plan.trace),
    policies: { ...policyFilesOf(plan.scenario) },
    tables: [...plan.tables],
    engineVersion: engineVersion(),
  };
}

/**
 * The job that a worker was handed, if it may compute it.
 * @throws Error where its bytes could not be those that the key stands for
 */
export async function acceptedJob(data: unknown): Promise<PlannedRun> {
  const read = schema.safeParse(data);
  if (!read.success) {
    throw new Error(`not a job of this version of reprise: ${z.prettifyError(read.error)}`);
  }
  const job = read.data;
  if (job.engineVersion !== engineVersion()) {
    const [wanted, here] = [job.engineVersion, engineVersion()].map((v) => v.slice(0, 12));
    throw new Error(
      `worker on ${hostname()} has engine ${here}, the run asks for engine ${wanted}: ` +
        'the same version of reprise on every host',
    );
  }
  const { scenario: given, policies, ...rest } = job;
  await loadPlannedPolicies(given, policies).catch((error: Error) => {
    throw new Error(`worker on ${hostname()}: ${error.message}`, { cause: error });
  });
  const scenario = isAnalysis(given) ? parseAnalysis(given) : parseScenario(given);
  const { run } = runKeyOf(scenario, job.traceSha256);
  if (run !== job.run)
    throw new Error(`the job of run ${job.run} holds the scenario of run ${run}`);
  return { ...rest, scenario } as PlannedRun;
}
