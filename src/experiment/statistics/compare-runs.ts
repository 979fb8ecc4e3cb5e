import { quoteText, type Session } from '../../tables/duckdb.ts';
import { unknownName } from '../../units/nearest.ts';
import type { ResolvedSlo } from '../slo.ts';
import type { MeasureWindow } from '../slo-sql.ts';
import type { Estimate } from './interval.ts';
import { type Metric, metrics } from './metrics.ts';
import { type Comparison, pairedComparisons, pairRows } from './paired.ts';
import { type RunRows, readRows, takeRows } from './run-rows.ts';
import { sessionUnits } from './session-units.ts';

export interface CompareOptions {
  /** SLOs for attainment and goodput; left out without. */
  readonly slo?: ResolvedSlo | null | undefined;
  /** Requests to compare by; figures of whole runs are left out where it is given. */
  readonly window?: MeasureWindow | undefined;
  readonly draws?: number | undefined;
  /** Only these metrics, by name. */
  readonly only?: readonly string[] | undefined;
}

/** A figure in two runs; null where a run has none. */
export interface MetricComparison {
  readonly metric: Metric;
  readonly baseline: number | null;
  readonly value: number | null;
  readonly difference: Estimate | null;
  readonly ratio: Estimate | null;
}

/** One run against another. */
export interface RunComparison {
  readonly baseline: string;
  readonly run: string;
  /** Both replay the same trace, by its bytes: without it no request is paired. */
  readonly sameTrace: boolean;
  readonly equalGpus: boolean;
  /** Requests in both, and those in only one. */
  readonly paired: number;
  readonly unpaired: number;
  /** What was resampled; null where nothing was. */
  readonly units: 'sessions' | 'requests' | null;
  readonly metrics: readonly MetricComparison[];
}

/**
 * Compares two runs metric by metric: values, and difference and ratio with their workload
 * interval where the runs replay the same requests (common random numbers). The session sees both.
 */
export async function compareRuns(
  session: Session,
  { baseline, run }: { readonly baseline: string; readonly run: string },
  options: CompareOptions = {},
): Promise<RunComparison> {
  const [before, after] = [await summaryOf(session, baseline), await summaryOf(session, run)];
  const sameTrace = traceOf(before) === traceOf(after);
  const { slo = null, window = {} } = options;
  const rows = {
    before: await readRows(session, baseline, { slo, window }),
    after: await readRows(session, run, { slo, window }),
  };
  const pairs = sameTrace && rows.before && rows.after ? pairedRows(rows.before, rows.after) : null;
  const wanted = chosen(options);
  const found = pairs ? comparisons(wanted, pairs, options) : new Map<string, Comparison>();
  const count = (one: RunRows | null) => one?.requestId.length ?? 0;
  const paired = pairs?.before.requestId.length ?? 0;
  return {
    baseline,
    run,
    sameTrace,
    equalGpus: before.gpus === after.gpus && before.gpu === after.gpu,
    paired,
    unpaired: count(rows.before) + count(rows.after) - 2 * paired,
    units: pairs && (pairs.before.session.some((id) => id !== null) ? 'sessions' : 'requests'),
    metrics: wanted.map((metric) => {
      const comparison = found.get(metric.name);
      return {
        metric,
        ...(comparison ? finite(comparison) : wholeRun(metric, before, after)),
      };
    }),
  };
}

type Summary = Readonly<Record<string, unknown>>;

async function summaryOf(session: Session, run: string): Promise<Summary> {
  const rows = await session.objects(`FROM runs WHERE run = ${quoteText(run)}`);
  if (rows[0]) return rows[0];
  const known = await session.objects('SELECT run FROM runs');
  throw unknownName('run', run, new Set(known.map((row) => String(row.run))));
}

function traceOf({ scenario }: Summary): unknown {
  return (JSON.parse(String(scenario)) as { trace?: unknown }).trace;
}

function chosen({ slo = null, window, only }: CompareOptions): Metric[] {
  const windowed = window?.fromMs !== undefined || window?.toMs !== undefined;
  return metrics.filter(
    ({ name, needsSlo = false, statistic }) =>
      (only?.includes(name) ?? true) &&
      (!needsSlo || slo !== null) &&
      (!windowed || statistic !== undefined),
  );
}

interface PairedRows {
  readonly before: RunRows;
  readonly after: RunRows;
}

function pairedRows(before: RunRows, after: RunRows): PairedRows {
  const pairs = pairRows(before.requestId, after.requestId);
  return { before: takeRows(before, pairs.a), after: takeRows(after, pairs.b) };
}

function comparisons(
  wanted: readonly Metric[],
  { before, after }: PairedRows,
  { draws }: CompareOptions,
): Map<string, Comparison> {
  if (before.requestId.length === 0) return new Map();
  const sampled = wanted.flatMap(({ name, statistic }) =>
    statistic ? [{ name, baseline: statistic(before), statistic: statistic(after) }] : [],
  );
  const found = pairedComparisons(sessionUnits(before), sampled, { draws });
  return new Map(sampled.map(({ name }, i) => [name, found[i] as Comparison]));
}

/** A comparison with null for what is not a number: no request has it, or the baseline is 0. */
function finite({ baseline, value, difference, ratio }: Comparison) {
  const known = (figure: number) => (Number.isFinite(figure) ? figure : null);
  return {
    baseline: known(baseline),
    value: known(value),
    difference: Number.isFinite(difference.value) ? difference : null,
    ratio: Number.isFinite(ratio.value) ? ratio : null,
  };
}

function wholeRun({ name }: Metric, before: Summary, after: Summary) {
  const figure = (summary: Summary) => {
    const value = summary[name];
    return typeof value === 'number' ? value : null;
  };
  const [baseline, value] = [figure(before), figure(after)];
  const alone = (number: number) =>
    Number.isFinite(number) ? { value: number, interval: null } : null;
  return {
    baseline,
    value,
    difference: baseline === null || value === null ? null : alone(value - baseline),
    ratio: baseline === null || value === null ? null : alone(value / baseline),
  };
}
