import { openResults } from '../../results/views.ts';
import { quoteText } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import { merged } from '../cells.ts';
import type { Experiment, Labels, ScenarioPatch } from '../define.ts';
import { idOf, isReplay, type PlannedReplay, type PlannedRun, planReplay } from '../plan.ts';
import { runSweep, type SweepOptions } from '../sweep/run-sweep.ts';
import {
  clockEstimate,
  clockVariants,
  type DrawnSystem,
  type RankingShare,
  rankingShare,
} from './clock.ts';
import type { Estimate } from './interval.ts';
import { bySeeds } from './seeds.ts';

/** Columns of `runs` that a clock study is about, and which way is better. */
export const clockMetrics = [
  { name: 'ttft_p50_ms', title: 'TTFT p50', best: 'min' },
  { name: 'ttft_p99_ms', title: 'TTFT p99', best: 'min' },
  { name: 'tpot_p50_ms', title: 'TPOT p50', best: 'min' },
  { name: 'tpot_p99_ms', title: 'TPOT p99', best: 'min' },
  { name: 'e2e_mean_ms', title: 'mean end to end', best: 'min' },
  { name: 'requests_per_s', title: 'requests/s', best: 'max' },
] as const;

/** Cells that are ranked among each other: they differ in the compared axes alone. */
export interface RankedGroup {
  /** Labels that they share, and the same in words; empty where all cells are one group. */
  readonly labels: Labels;
  readonly group: string;
  readonly ranking: RankingShare;
}

/** How far the figures and the rankings of an experiment's cells depend on the clock. */
export interface ClockStudy {
  readonly experiment: string;
  readonly draws: number;
  /** Axes that the experiment's baselines name; null where it has none: all are compared. */
  readonly compared: readonly string[] | null;
  readonly metrics: readonly {
    readonly metric: (typeof clockMetrics)[number];
    readonly cells: readonly { readonly cell: string; readonly estimate: Estimate }[];
    /** Of every group with more than one cell. */
    readonly rankings: readonly RankedGroup[];
  }[];
}

/**
 * Runs every cell of an experiment again under draws of the clock (constants from their intervals,
 * admissible engine profiles in turn), the same draws for every cell. Cells with several seeds
 * take part with their first. What the baselines do not name, such as the load, sets groups apart:
 * cells are ranked within them. Summaries alone are kept; runs that are there are skipped.
 * @throws InputError for a cell whose clock has no draws, and where no cell is served
 */
export async function studyClock(
  experiment: Experiment,
  plans: readonly PlannedRun[],
  { draws, ...options }: SweepOptions & { draws: number },
): Promise<ClockStudy> {
  const summary: Experiment = { ...experiment, tables: 'summary' };
  const replays = plans.filter(isReplay);
  if (replays.length === 0) {
    const where = `experiment ${idOf(experiment)}`;
    throw new InputError('no cell is served', { where, rule: 'scenarios: clocks are theirs' });
  }
  const systems: { cell: string; labels: Labels; variants: PlannedRun[] }[] = [];
  for (const { labels, members } of bySeeds(replays)) {
    const plan = members[0] as PlannedReplay;
    const variants: PlannedRun[] = [];
    for (const [clock, patch] of Object.entries(variantsOf(plan, draws))) {
      const cell = {
        name: `${plan.cell},clock=${clock}`,
        labels: { ...plan.labels, clock },
        scenario: merged(plan.scenario, patch as Record<string, unknown>),
      };
      variants.push(await planReplay(summary, cell, options.traces));
    }
    systems.push({ cell: plan.cell, labels, variants });
  }
  const all = systems.flatMap(({ variants }) => variants);
  const { failed } = await runSweep(all, options);
  if (failed[0]) throw new Error(`${failed[0].plan.cell}: ${failed[0].message}`);
  const figures = await figuresOf(options.out, all);
  const compared = comparedAxes(experiment);
  return {
    experiment: idOf(experiment),
    draws,
    compared,
    metrics: clockMetrics.flatMap((metric) => {
      const drawn = systems.flatMap(({ cell, labels, variants }) => {
        const values = variants.map(({ run }) => figures.get(run)?.[metric.name]);
        const [published, ...others] = values as number[];
        return published === undefined || values.some((value) => typeof value !== 'number')
          ? []
          : [{ system: cell, labels, published, draws: others }];
      });
      if (drawn.length === 0) return [];
      return {
        metric,
        cells: drawn.map((one) => ({
          cell: one.system,
          estimate: clockEstimate(one.published, one.draws),
        })),
        rankings: ranked(drawn, compared, metric.best),
      };
    }),
  };
}

function variantsOf(plan: PlannedReplay, draws: number): Readonly<Record<string, ScenarioPatch>> {
  try {
    return clockVariants(plan.scenario, { draws });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`cell ${plan.cell}`);
  }
}

function comparedAxes({ baselines = {} }: Experiment): string[] | null {
  const axes = Object.values(baselines).flatMap((labels) => Object.keys(labels ?? {}));
  return axes.length === 0 ? null : [...new Set(axes)];
}

function ranked(
  systems: readonly (DrawnSystem & { readonly labels: Labels })[],
  compared: readonly string[] | null,
  best: 'min' | 'max',
): RankedGroup[] {
  const groups = new Map<string, { labels: Labels; members: DrawnSystem[] }>();
  for (const system of systems) {
    const shared = Object.entries(system.labels)
      .filter(([axis]) => compared !== null && !compared.includes(axis))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(shared);
    const group = groups.get(key) ?? { labels: Object.fromEntries(shared), members: [] };
    group.members.push(system);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ labels, members }) =>
    members.length < 2
      ? []
      : [{ labels, group: named(labels), ranking: rankingShare(members, { best }) }],
  );
}

function named(labels: Labels): string {
  return Object.entries(labels)
    .map(([axis, label]) => `${axis}=${label}`)
    .join(',');
}

async function figuresOf(
  out: string,
  plans: readonly PlannedRun[],
): Promise<Map<string, Readonly<Record<string, unknown>>>> {
  const session = await openResults(out, { only: [...new Set(plans.map(({ run }) => run))] });
  try {
    const columns = clockMetrics.map(({ name }) => name).join(', ');
    const rows = await session.objects(
      `SELECT run, ${columns} FROM runs WHERE run IN (${plans.map(({ run }) => quoteText(run)).join(', ')})`,
    );
    return new Map(rows.map((row) => [String(row.run), row]));
  } finally {
    session.close();
  }
}
