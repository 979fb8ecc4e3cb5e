import { openResults } from '../../results/views.ts';
import { quoteText } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import { merged } from '../cells.ts';
import type { Experiment, ScenarioPatch } from '../define.ts';
import { idOf, type PlannedRun, planCell } from '../plan.ts';
import { runSweep, type SweepOptions } from '../sweep/run-sweep.ts';
import { clockEstimate, clockVariants, type RankingShare, rankingShare } from './clock.ts';
import type { Estimate } from './interval.ts';

/** Columns of `runs` that a clock study is about, and which way is better. */
export const clockMetrics = [
  { name: 'ttft_p50_ms', title: 'TTFT p50', best: 'min' },
  { name: 'ttft_p99_ms', title: 'TTFT p99', best: 'min' },
  { name: 'tpot_p50_ms', title: 'TPOT p50', best: 'min' },
  { name: 'tpot_p99_ms', title: 'TPOT p99', best: 'min' },
  { name: 'e2e_mean_ms', title: 'mean end to end', best: 'min' },
  { name: 'requests_per_s', title: 'requests/s', best: 'max' },
] as const;

/** How far the figures and the ranking of an experiment's cells depend on the clock. */
export interface ClockStudy {
  readonly experiment: string;
  readonly draws: number;
  readonly metrics: readonly {
    readonly metric: (typeof clockMetrics)[number];
    readonly cells: readonly { readonly cell: string; readonly estimate: Estimate }[];
    readonly ranking: RankingShare;
  }[];
}

/**
 * Runs every cell of an experiment again under draws of the clock (constants from their intervals,
 * admissible engine profiles in turn), the same draws for every cell. Cells with several seeds
 * take part with their first. Summaries alone are kept; runs that are there are skipped.
 * @throws InputError for a cell whose clock has no draws
 */
export async function studyClock(
  experiment: Experiment,
  plans: readonly PlannedRun[],
  { draws, ...options }: SweepOptions & { draws: number },
): Promise<ClockStudy> {
  const summary: Experiment = { ...experiment, tables: 'summary' };
  const systems: { cell: string; variants: PlannedRun[] }[] = [];
  for (const plan of firstSeeds(plans)) {
    const variants: PlannedRun[] = [];
    for (const [clock, patch] of Object.entries(variantsOf(plan, draws))) {
      const cell = {
        name: `${plan.cell},clock=${clock}`,
        labels: { ...plan.labels, clock },
        scenario: merged(plan.scenario, patch as Record<string, unknown>),
      };
      variants.push(await planCell(summary, cell, options.traces));
    }
    systems.push({ cell: plan.cell, variants });
  }
  const all = systems.flatMap(({ variants }) => variants);
  const { failed } = await runSweep(all, options);
  if (failed[0]) throw new Error(`${failed[0].plan.cell}: ${failed[0].message}`);
  const figures = await figuresOf(options.out, all);
  return {
    experiment: idOf(experiment),
    draws,
    metrics: clockMetrics.flatMap((metric) => {
      const drawn = systems.flatMap(({ cell, variants }) => {
        const values = variants.map(({ run }) => figures.get(run)?.[metric.name]);
        const [published, ...others] = values as number[];
        return published === undefined || values.some((value) => typeof value !== 'number')
          ? []
          : [{ system: cell, published, draws: others }];
      });
      if (drawn.length === 0) return [];
      return {
        metric,
        cells: drawn.map((one) => ({
          cell: one.system,
          estimate: clockEstimate(one.published, one.draws),
        })),
        ranking: rankingShare(drawn, { best: metric.best }),
      };
    }),
  };
}

function variantsOf(plan: PlannedRun, draws: number): Readonly<Record<string, ScenarioPatch>> {
  try {
    return clockVariants(plan.scenario, { draws });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`cell ${plan.cell}`);
  }
}

/** Of cells that differ in the seed alone, the first. */
function firstSeeds(plans: readonly PlannedRun[]): PlannedRun[] {
  const seen = new Map<string, PlannedRun>();
  for (const plan of plans) {
    const { seed: _, ...labels } = plan.labels;
    const key = JSON.stringify(labels);
    if (!seen.has(key)) seen.set(key, plan);
  }
  return [...seen.values()];
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
