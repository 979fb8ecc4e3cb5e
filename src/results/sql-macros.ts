/** A view or table macro on top of the tables of all runs. */
export interface SqlMacro {
  readonly name: string;
  /** How it is called. */
  readonly usage: string;
  readonly doc: string;
  readonly sql: string;
}

/**
 * Attainment: finished requests that meet all their SLOs, over all arrivals (rejected, cancelled
 * and unfinished ones are misses). Goodput: those per second, from first arrival to last finish,
 * or over the window where one is given. A request with one output token has no TPOT to miss.
 */
const attainment: SqlMacro = {
  name: 'attainment',
  usage: 'FROM attainment(ttft_slo_ms := 500, tpot_slo_ms := 50)',
  doc:
    'per run: share of all arrivals that finish within the SLOs, goodput per second and per GPU; ' +
    'also e2e_slo_ms, gap_slo_ms (longest gap), and from_ms, to_ms (arrivals in [from, to))',
  sql: `
CREATE MACRO attainment(ttft_slo_ms := 'inf'::DOUBLE, tpot_slo_ms := 'inf'::DOUBLE,
    e2e_slo_ms := 'inf'::DOUBLE, gap_slo_ms := 'inf'::DOUBLE,
    from_ms := NULL::DOUBLE, to_ms := NULL::DOUBLE) AS TABLE
  WITH counted AS (
    SELECT run, count(*) AS arrivals,
      count(*) FILTER (status = 'finished' AND ttft_ms <= ttft_slo_ms AND e2e_ms <= e2e_slo_ms
        AND coalesce(tpot_ms <= tpot_slo_ms, true)
        AND coalesce(max_gap_ms <= gap_slo_ms, true)) AS met,
      min(arrival_ms) AS first_ms, max(finish_ms) AS last_ms
    FROM requests
    WHERE arrival_ms >= coalesce(from_ms, '-inf'::DOUBLE)
      AND arrival_ms < coalesce(to_ms, 'inf'::DOUBLE)
    GROUP BY run),
  timed AS (
    SELECT *, (coalesce(to_ms, last_ms) - coalesce(from_ms, first_ms)) / 1000 AS span_s
    FROM counted)
  SELECT run, arrivals, met, met / arrivals AS attainment,
    if(met = 0, 0, met / nullif(span_s, 0)) AS goodput_per_s, goodput_per_s / gpus AS goodput_per_gpu_s
  FROM timed JOIN runs USING (run)
  ORDER BY run`,
};

const summary: SqlMacro = {
  name: 'summary',
  usage: 'FROM summary',
  doc: 'per run: means and quantiles of TTFT, TPOT, gaps, end-to-end time and queueing',
  sql: `
CREATE VIEW summary AS
  SELECT run, label, trace, requests, finished,
    COLUMNS('^(ttft|tpot|itl|e2e|queue)_.*_ms$'), requests_per_s, tokens_per_s
  FROM runs ORDER BY trace, label, run`,
};

const itl: SqlMacro = {
  name: 'itl',
  usage: 'FROM itl(0.99)',
  doc: 'per run: quantile of the gaps between tokens, pooled over requests, linear within a bucket',
  sql: `
CREATE MACRO itl(q) AS TABLE
  WITH running AS (
    SELECT run, low_ms, high_ms, gaps,
      sum(gaps) OVER (PARTITION BY run ORDER BY low_ms) AS upto,
      sum(gaps) OVER (PARTITION BY run) AS total
    FROM gaps)
  SELECT run, arg_min(low_ms + (high_ms - low_ms) * ((q * total - (upto - gaps)) / gaps), low_ms)
    AS itl_ms
  FROM running WHERE gaps > 0 AND upto >= q * total
  GROUP BY run ORDER BY run`,
};

const rounds: SqlMacro = {
  name: 'rounds',
  usage: 'FROM rounds WHERE run = … AND instance = 0',
  doc: 'steps unrolled: one row per iteration, with its own start, duration and KV tokens read',
  sql: `
CREATE VIEW rounds AS
  SELECT run, instance, kind, k AS round,
    start_ms + (k - 1) * first_ms + slope_ms * (k - 1) * (k - 2) / 2 AS start_ms,
    first_ms + (k - 1) * slope_ms AS step_ms,
    decodes, prefill_requests, prefill_tokens,
    context_tokens + (k - 1) * decodes::DOUBLE AS context_tokens
  FROM steps, unnest(range(1, rounds + 1)) AS rows(k)`,
};

export const sqlMacros: readonly SqlMacro[] = [summary, attainment, itl, rounds];
