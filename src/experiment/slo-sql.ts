import { quoteText } from '../tables/duckdb.ts';
import type { AbsoluteSlo } from './define.ts';
import type { ResolvedSlo } from './slo.ts';

/** Arrivals that count: [fromMs, toMs), in ms of the replay. */
export interface MeasureWindow {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/**
 * The requests of all runs of a session that arrive in the window, with `met` (finished within all
 * its limits) and `session_id` (null where the trace has none): a query to select from. Rejected,
 * cancelled and unfinished requests have not met it; a request with one output token has no TPOT
 * and no gap to miss.
 */
export function metRequestsSql(slo: ResolvedSlo, { fromMs, toMs }: MeasureWindow = {}): string {
  const window = [
    ...(fromMs === undefined ? [] : [`r.arrival_ms >= ${fromMs}`]),
    ...(toMs === undefined ? [] : [`r.arrival_ms < ${toMs}`]),
  ];
  return `SELECT r.*, t.session_id, t.slo_class, ${metSql(slo)} AS met
    FROM requests r JOIN runs USING (run)
    LEFT JOIN trace_requests t ON t.trace = runs.trace AND t.request_id = r.request_id
    ${window.length > 0 ? `WHERE ${window.join(' AND ')}` : ''}`;
}

/**
 * Per run: arrivals, met, attainment, goodput_per_s, goodput_per_gpu_s; as the macro `attainment`,
 * for limits by class too. Goodput is over the window where one is given, else from the first
 * arrival to the last finish.
 */
export function attainmentSql(slo: ResolvedSlo, window: MeasureWindow = {}): string {
  const bound = (ms: number | undefined, otherwise: string) => ms ?? otherwise;
  return `WITH marked AS (${metRequestsSql(slo, window)}),
    counted AS (
      SELECT run, count(*) AS arrivals, count(*) FILTER (met) AS met,
        (${bound(window.toMs, 'max(finish_ms)')} - ${bound(window.fromMs, 'min(arrival_ms)')}) / 1000
          AS span_s
      FROM marked GROUP BY run)
    SELECT run, arrivals, met, met / arrivals AS attainment,
      if(met = 0, 0, met / nullif(span_s, 0)) AS goodput_per_s,
      goodput_per_s / gpus AS goodput_per_gpu_s
    FROM counted JOIN runs USING (run) ORDER BY run`;
}

function metSql(slo: ResolvedSlo): string {
  if ('limits' in slo) return limitsSql(slo.limits);
  const cases = Object.entries(slo.byClass).map(
    ([name, limits]) => `WHEN ${quoteText(name)} THEN ${limitsSql(limits)}`,
  );
  return `CASE t.slo_class ${cases.join(' ')}
    ELSE error('no SLO of class ' || coalesce(t.slo_class, '(none)')) END`;
}

function limitsSql({ ttftMs, tpotMs, e2eMs, gapMs }: AbsoluteSlo): string {
  const within = (column: string, limit: number | undefined) =>
    limit === undefined ? [] : [`coalesce(r.${column} <= ${limit}, true)`];
  const all = [
    "r.status = 'finished'",
    ...within('ttft_ms', ttftMs),
    ...within('tpot_ms', tpotMs),
    ...within('e2e_ms', e2eMs),
    ...within('max_gap_ms', gapMs),
  ];
  return `(${all.join(' AND ')})`;
}
