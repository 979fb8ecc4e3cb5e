import { openResults, type ResultsSession } from '../results/views.ts';
import { quoteName, quoteText } from '../tables/duckdb.ts';
import { InputError } from '../units/input-error.ts';
import { hasLabels } from './cells.ts';
import type { Experiment, Labels, LabelValue } from './define.ts';
import { idOf, isPresent, type PlannedRun } from './plan.ts';

/** SQL over the runs of one experiment. */
export interface ExperimentSession extends ResultsSession {
  /** Planned runs that are not in the folder, or lack a table. */
  readonly missing: readonly PlannedRun[];
}

/**
 * Opens SQL over the runs of an experiment that are there: the views of `openResults` over these
 * runs alone, and
 * - `cells`: run, cell, and one column per label
 * - `paired`: run, baseline ('paper' or 'strongest'), baseline_run, equal_gpus: every run beside
 *   the baseline that shares its other labels, seed included (analyses have no GPUs to be equal)
 * - `measured`: requests that arrive in the experiment's window
 * - the experiment's own views
 */
export async function openExperiment(
  runsDir: string,
  experiment: Experiment,
  plans: readonly PlannedRun[],
): Promise<ExperimentSession> {
  const present = plans.filter((plan) => isPresent(runsDir, plan));
  const session = await openResults(runsDir, { only: [...new Set(present.map((p) => p.run))] });
  try {
    await session.query(cellsTable(present, plans));
    await session.query(pairedView(experiment, present));
    const { fromMs = 0, toMs = null } = experiment.measure ?? {};
    const until = toMs === null ? '' : ` AND arrival_ms < ${toMs}`;
    await session.query(
      `CREATE VIEW measured AS FROM requests WHERE arrival_ms >= ${fromMs}${until}`,
    );
    for (const [name, sql] of Object.entries(experiment.views ?? {})) {
      try {
        await session.query(`CREATE VIEW ${quoteName(name)} AS ${sql}`);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        throw error.within(`experiment ${idOf(experiment)}, views.${name}`);
      }
    }
    return { ...session, missing: plans.filter((plan) => !present.includes(plan)) };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Names of the labels of all cells, in order of first use. */
export function labelNames(plans: readonly { readonly labels: Labels }[]): string[] {
  return [...new Set(plans.flatMap(({ labels }) => Object.keys(labels)))];
}

/** Columns are those of all cells, also where no run is there yet. */
function cellsTable(present: readonly PlannedRun[], all: readonly PlannedRun[]): string {
  const names = labelNames(all);
  const columns = names.map((name) => `${quoteName(name)} ${sqlType(all, name)}`);
  const rows = present.map(({ run, cell, labels }) => {
    const values = names.map((name) => literal(labels[name]));
    return `(${[quoteText(run), quoteText(cell), ...values].join(', ')})`;
  });
  const create = `CREATE TABLE cells (${['run VARCHAR', 'cell VARCHAR', ...columns].join(', ')})`;
  return rows.length === 0 ? create : `${create}; INSERT INTO cells VALUES ${rows.join(', ')}`;
}

function sqlType(plans: readonly PlannedRun[], name: string): string {
  const values = plans.map(({ labels }) => labels[name]).filter((value) => value !== undefined);
  if (values.length > 0 && values.every((value) => typeof value === 'number')) return 'DOUBLE';
  if (values.length > 0 && values.every((value) => typeof value === 'boolean')) return 'BOOLEAN';
  return 'VARCHAR';
}

function literal(value: LabelValue | undefined): string {
  if (value === undefined) return 'NULL';
  return typeof value === 'string' ? quoteText(value) : String(value);
}

function pairedView({ baselines = {} }: Experiment, plans: readonly PlannedRun[]): string {
  const rows: string[] = [];
  for (const [role, wanted] of Object.entries(baselines)) {
    if (wanted === undefined) continue;
    for (const plan of plans) {
      if (hasLabels(plan.labels, wanted)) continue;
      const twin = { ...plan.labels, ...wanted };
      const base = plans.find(({ labels }) => hasLabels(labels, twin) && hasLabels(twin, labels));
      if (base) rows.push(`(${[plan.run, role, base.run].map(quoteText).join(', ')})`);
    }
  }
  const values =
    rows.length > 0
      ? `(VALUES ${rows.join(', ')}) AS pairs(run, baseline, baseline_run)`
      : "(SELECT ''::VARCHAR AS run, ''::VARCHAR AS baseline, ''::VARCHAR AS baseline_run WHERE false)";
  return `CREATE VIEW paired AS
    SELECT pairs.*, r.gpus = b.gpus AND r.gpu = b.gpu AS equal_gpus
    FROM (FROM ${values}) AS pairs
    LEFT JOIN runs r ON r.run = pairs.run LEFT JOIN runs b ON b.run = pairs.baseline_run`;
}
