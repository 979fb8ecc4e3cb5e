import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { InputError } from '../units/input-error.ts';
import { checkCapacities } from './capacity/check-capacities.ts';
import { hasLabels } from './cells.ts';
import { checkSql as checkStatements } from './claims/check-sql.ts';
import type { Experiment, Labels } from './define.ts';
import { labelNames, openExperiment } from './experiment-session.ts';
import type { LoadedExperiment } from './load-experiments.ts';
import { idOf, type PlannedRun, type TraceShelf } from './plan.ts';

/**
 * What is wrong with an experiment beside its scenarios: labels that name no cell, capacities that
 * cannot be found, and SQL that would fail when everything has run. The SQL is bound against empty
 * tables.
 * @throws InputError naming the file, the experiment and the place
 */
export async function checkExperiment(
  { experiment, file }: LoadedExperiment,
  plans: readonly PlannedRun[],
  traces: TraceShelf,
): Promise<void> {
  try {
    checkLabels(plans);
    checkNamedCells(experiment, plans);
    checkWindow(experiment);
    await checkCapacities(experiment, plans, traces);
    await checkStatements(experiment);
    await bindSql(experiment, plans);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const id = `experiment ${idOf(experiment)}`;
    const placed = error.where?.startsWith(id) ? error : error.within(id);
    throw placed.within(relative(process.cwd(), file));
  }
}

function checkLabels(plans: readonly PlannedRun[]): void {
  const names = labelNames(plans);
  const taken = new Map<string, string>([
    ['run', 'the column run'],
    ['cell', 'the column cell'],
  ]);
  for (const name of names) {
    const other = taken.get(name.toLowerCase());
    if (other !== undefined) {
      const rule = `SQL cannot tell it from ${other}`;
      throw new InputError(`a label ${JSON.stringify(name)}`, { where: 'scenarios', rule });
    }
    taken.set(name.toLowerCase(), `the label ${name}`);
  }
}

function checkNamedCells(experiment: Experiment, plans: readonly PlannedRun[]): void {
  const named: [string, Labels | undefined][] = [
    ['baselines.paper', experiment.baselines?.paper],
    ['baselines.strongest', experiment.baselines?.strongest],
    ...(experiment.claims ?? []).map(
      ({ id, cells }) => [`claim ${id}, cells`, cells] as [string, Labels | undefined],
    ),
  ];
  const { slo } = experiment;
  if (slo !== undefined && 'multipleOf' in slo) named.push(['slo.multipleOf', slo.multipleOf]);
  for (const [where, labels] of named) {
    if (labels === undefined || plans.some((plan) => hasLabels(plan.labels, labels))) continue;
    const rule = `labels as those of ${plans[0]?.cell}`;
    throw new InputError(`no cell ${JSON.stringify(labels)}`, { where, rule });
  }
}

function checkWindow({ measure }: Experiment): void {
  const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = measure ?? {};
  if (fromMs < toMs) return;
  throw new InputError(`a window from ${fromMs} to ${toMs} ms`, {
    where: 'measure',
    rule: 'toMs after fromMs',
  });
}

async function bindSql(experiment: Experiment, plans: readonly PlannedRun[]): Promise<void> {
  const { charts = [], claims = [] } = experiment;
  const statements: [string, string][] = [
    ...charts.map(({ id, sql }) => [`chart ${id}`, sql] as [string, string]),
    ...charts.flatMap(({ id, title }): [string, string][] =>
      typeof title === 'string' ? [] : [[`chart ${id}, title`, title.sql]],
    ),
    ...claims.map(({ id, sql }) => [`claim ${id}`, sql] as [string, string]),
  ];
  if (statements.length === 0 && Object.keys(experiment.views ?? {}).length === 0) return;
  // A folder without runs: every table is there, and empty.
  const session = await openExperiment(join(tmpdir(), 'reprise-no-runs'), experiment, plans);
  try {
    for (const [where, sql] of statements) {
      // These tables take their columns from the labels of scans that have not been made yet.
      if (/\bcapacit(ies|y_scan)\b/.test(sql)) continue;
      try {
        await session.query(`EXPLAIN ${sql}`);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        throw error.within(where);
      }
    }
  } finally {
    session.close();
  }
}
