import { relative } from 'node:path';
import { createCapacityTables } from '../../experiment/capacity/capacity-tables.ts';
import { type Capacity, findCapacities } from '../../experiment/capacity/find-capacities.ts';
import type { AbsoluteSlo, Experiment } from '../../experiment/define.ts';
import {
  type ExperimentSession,
  labelNames,
  openExperiment,
} from '../../experiment/experiment-session.ts';
import { idOf, type PlannedRun, type TraceShelf } from '../../experiment/plan.ts';
import { type ResolvedSlo, resolveSlo } from '../../experiment/slo.ts';
import { InputError } from '../../units/input-error.ts';
import type { Slo } from '../key-figures.ts';
import { slug } from '../page/html.ts';
import { loadRuns, type Run } from '../runs.ts';
import type { Cell } from '../session.ts';
import { familyHues } from '../theme.ts';

/** An experiment with its plans, as the site is given it. */
export interface PlannedExperiment {
  readonly experiment: Experiment;
  readonly plans: readonly PlannedRun[];
  /** Where it is defined. */
  readonly file?: string | undefined;
}

/** An experiment whose runs are open to SQL. */
export interface OpenedExperiment extends PlannedExperiment {
  /** `paper/name`. */
  readonly id: string;
  /** Of its page. */
  readonly path: string;
  readonly session: ExperimentSession;
  /** Runs that are there, in the order of their cells, each once. */
  readonly runs: readonly Run[];
  /** Limits that hold for every request; null where there are none, or not for all. */
  readonly limits: AbsoluteSlo | null;
  readonly capacities: readonly Capacity[];
  /** Keys of all runs that were made for it: its cells, scans of capacities, unloaded systems. */
  readonly ownRuns: ReadonlySet<string>;
  /** Labels of cells with their values, both in order of first use. */
  readonly order: ReadonlyMap<string, readonly Cell[]>;
}

/** Opens an experiment; its capacities, where it has some, as tables beside its views. */
export async function opened(
  runsDir: string,
  planned: PlannedExperiment,
  traces: TraceShelf,
): Promise<OpenedExperiment> {
  const { experiment, plans } = planned;
  const session = await openExperiment(runsDir, experiment, plans);
  try {
    return await filled(runsDir, planned, { session, traces });
  } catch (error) {
    session.close();
    throw error instanceof InputError ? error.within(`experiment ${idOf(experiment)}`) : error;
  }
}

async function filled(
  runsDir: string,
  planned: PlannedExperiment,
  { session, traces }: { session: ExperimentSession; traces: TraceShelf },
): Promise<OpenedExperiment> {
  const { experiment, plans } = planned;
  const asked = { out: runsDir, traces, noRun: true };
  const capacities = plans.length === 0 ? [] : await findCapacities(experiment, plans, asked);
  await createCapacityTables(session, capacities);
  await session.lock();
  const found = await loadRuns(session, []);
  const place = new Map(plans.map(({ run }, i) => [run, i] as const).reverse());
  const runs = found.sort((a, b) => (place.get(a.run) ?? 0) - (place.get(b.run) ?? 0));
  const id = idOf(experiment);
  const order = new Map(
    labelNames(plans).map((name) => [
      name,
      [...new Set(plans.map(({ labels }) => labels[name]))].filter((v) => v !== undefined),
    ]),
  );
  const slos = await resolvedSlos(runsDir, planned, traces);
  const ownRuns = new Set([
    ...plans.map(({ run }) => run),
    ...capacities.flatMap(({ points }) => points.flatMap((point) => point.runs)),
    ...slos.flatMap((slo) => ('limits' in slo && slo.unloaded ? [slo.unloaded.run] : [])),
  ]);
  const limits = slos.flatMap((slo) =>
    'limits' in slo && slo.of === 'experiment' ? [slo.limits] : [],
  );
  const path = experimentPath(experiment);
  return {
    ...planned,
    ...{ id, path, session, runs, order, capacities, ownRuns },
    limits: limits[0] ?? null,
  };
}

export function experimentPath({ paper, name }: Pick<Experiment, 'paper' | 'name'>): string {
  return `experiments/${slug(paper)}-${slug(name)}.html`;
}

/** Labels that tell systems apart: all but the seed, and of these the ones that vary. */
export function axesOf({ order }: Pick<OpenedExperiment, 'order'>): string[] {
  const names = [...order.keys()].filter((name) => name !== 'seed');
  const varying = names.filter((name) => (order.get(name)?.length ?? 0) > 1);
  return varying.length > 0 ? varying : names.slice(0, 1);
}

/** Axes whose values are names of systems by themselves. */
const plainAxes = new Set(['system', 'scheduler', 'placement', 'policy', 'method']);

/** "orca, rate 2, cache off": the cell's labels, with their axis where they say little alone. */
export function systemOf(labels: Readonly<Record<string, Cell>>, axes: readonly string[]): string {
  const words = axes.flatMap((axis) => {
    const value = labels[axis];
    if (value === undefined || value === null) return [];
    const isName = typeof value === 'string' && (plainAxes.has(axis) || value in familyHues);
    return isName ? [value] : [`${axis} ${value}`];
  });
  return words.join(', ') || 'the only system';
}

/** The SLOs of the experiment and of its capacities, as far as their runs are there. */
async function resolvedSlos(
  out: string,
  { experiment, plans }: PlannedExperiment,
  traces: TraceShelf,
): Promise<(ResolvedSlo & { readonly of: 'experiment' | 'capacity' })[]> {
  if (plans.length === 0) return [];
  const asked = { experiment, plans, out, traces, noRun: true };
  const found: (ResolvedSlo & { readonly of: 'experiment' | 'capacity' })[] = [];
  const given = [
    ...(experiment.slo === undefined ? [] : [{ of: 'experiment' as const, slo: experiment.slo }]),
    ...(experiment.capacities ?? []).map(({ slo }) => ({ of: 'capacity' as const, slo })),
  ];
  for (const { of, slo } of given) {
    const resolution = await resolveSlo(slo, asked);
    if (resolution.state === 'resolved') found.push({ ...resolution.slo, of });
  }
  return found;
}

/** The objective of the page's own charts: the experiment's where it sets both limits. */
export function pageSlo({ limits }: Pick<OpenedExperiment, 'limits'>, fallback: Slo): Slo {
  const { ttftMs, tpotMs } = limits ?? {};
  return ttftMs === undefined || tpotMs === undefined ? fallback : { ttftMs, tpotMs };
}

/** The file as the reader would name it; null where it lies elsewhere. */
export function shownFile(file: string | undefined): string | null {
  if (file === undefined) return null;
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? null : path;
}
