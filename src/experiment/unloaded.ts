import { openResults } from '../results/views.ts';
import { quoteText } from '../tables/duckdb.ts';
import { InputError } from '../units/input-error.ts';
import { hasLabels } from './cells.ts';
import type { Labels } from './define.ts';
import { isPresent, isReplay, type PlannedReplay, type PlannedRun, planReplay } from './plan.ts';
import type { SloContext } from './slo.ts';
import { withoutSeeds } from './statistics/seeds.ts';
import { runSweep } from './sweep/run-sweep.ts';

/** Requests of the trace that the unloaded system serves, from its beginning. */
const unloadedRequests = 200;

export type UnloadedStatistic = 'mean' | 'p50' | 'p90' | 'p99';

/** Latency of a system that serves one request at a time; null where no request has it. */
export interface Unloaded {
  readonly cell: string;
  readonly run: string;
  readonly requests: number;
  readonly statistic: UnloadedStatistic;
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
  readonly e2eMs: number | null;
}

type UnloadedOutcome =
  | { readonly state: 'resolved'; readonly unloaded: Unloaded }
  | { readonly state: 'missing'; readonly missing: readonly PlannedRun[] };

/**
 * Latency of a named cell's system without load: its scenario on the first requests of its trace,
 * each sent when the one before it has ended. Runs it where it is missing.
 * @throws InputError for labels of no cell, or of cells that differ in more than their seeds
 */
export async function unloadedLatency(
  labels: Labels,
  statistic: UnloadedStatistic,
  { experiment, plans, out, traces, workers, noRun = false }: SloContext,
): Promise<UnloadedOutcome> {
  const cell = namedCell(labels, plans);
  const { limits } = cell.scenario;
  const requests = Math.min(limits.requests ?? unloadedRequests, unloadedRequests);
  const scenario = {
    ...cell.scenario,
    arrivals: { mode: 'closed', concurrency: 1 },
    limits: { ...limits, requests },
  };
  const expanded = { name: `${cell.cell}, unloaded`, labels: cell.labels, scenario };
  const plan = await planReplay({ ...experiment, tables: 'all' }, expanded, traces);
  if (!isPresent(out, plan)) {
    if (noRun) return { state: 'missing', missing: [plan] };
    const { failed } = await runSweep([plan], { out, traces, workers });
    if (failed[0]) throw new Error(`${plan.cell}: ${failed[0].message}`);
  }
  const session = await openResults(out, { only: [plan.run] });
  try {
    const column = (metric: string) => `${statisticSql(statistic, metric)} AS ${metric}`;
    const [row] = await session.objects(
      `SELECT count(*)::INTEGER AS requests, ${['ttft_ms', 'tpot_ms', 'e2e_ms'].map(column).join(', ')}
       FROM requests WHERE run = ${quoteText(plan.run)} AND status = 'finished'`,
    );
    const { requests, ttft_ms, tpot_ms, e2e_ms } = row as Record<string, number | null>;
    const unloaded = {
      cell: cell.cell,
      run: plan.run,
      requests: requests as number,
      statistic,
      ttftMs: ttft_ms as number | null,
      tpotMs: tpot_ms as number | null,
      e2eMs: e2e_ms as number | null,
    };
    return { state: 'resolved', unloaded };
  } finally {
    session.close();
  }
}

function namedCell(labels: Labels, all: readonly PlannedRun[]): PlannedReplay {
  const plans = all.filter(isReplay);
  const found = plans.filter((plan) => hasLabels(plan.labels, labels));
  const wanted = Object.entries(labels).map(([axis, label]) => `${axis}=${label}`);
  const where = `slo.multipleOf ${wanted.join(',')}`;
  const [first] = found;
  if (first === undefined) {
    const rule = `one of ${plans.map(({ cell }) => cell || '(only)').join(' ')}`;
    throw new InputError('no such cell', { where, rule });
  }
  const shared = withoutSeeds(first.labels);
  const other = found.find((plan) => !hasLabels(plan.labels, shared));
  if (other) {
    const rule = 'labels that name one cell (or its seeds)';
    throw new InputError(`it names ${first.cell} and ${other.cell}`, { where, rule });
  }
  return first;
}

function statisticSql(statistic: UnloadedStatistic, metric: string): string {
  if (statistic === 'mean') return `avg(${metric})`;
  return `quantile_cont(${metric}, ${Number(statistic.slice(1)) / 100})`;
}
