import { fetchRows, numberOf, type QuerySession, type Row, textOf } from './session.ts';

/** The latency objective of the page; a request attains it when it meets both. */
export interface Slo {
  readonly ttftMs: number;
  readonly tpotMs: number;
}

/**
 * First token within 2 s, 200 ms per output token: the limits of MLPerf Inference's Llama-2-70B
 * server scenario (there asked of the 99th percentile), recalled and not read anew.
 */
export const defaultSlo: Slo = { ttftMs: 2000, tpotMs: 200 };

/** What one run came to; latencies over finished requests, null if there are none. */
export interface KeyFigures {
  readonly requests: number;
  /** Last minus first arrival. */
  readonly arrivalSpanMs: number;
  /** First arrival to last finish. */
  readonly spanS: number | null;
  readonly ttftP50Ms: number | null;
  readonly ttftP99Ms: number | null;
  readonly tpotP50Ms: number | null;
  readonly tpotP99Ms: number | null;
  readonly itlP99Ms: number | null;
  readonly e2eMeanMs: number | null;
  readonly e2eP50Ms: number | null;
  readonly e2eP99Ms: number | null;
  readonly requestsPerS: number | null;
  readonly outputTokensPerS: number | null;
  /** Requests that meet the objective / all requests. */
  readonly attainment: number | null;
  /** Requests that meet the objective, per second. */
  readonly goodputPerS: number | null;
  /** Prompt tokens taken from the prefix cache / prompt tokens. */
  readonly cachedShare: number | null;
}

/** SQL of the key figures, one row per run. */
export function keyFiguresSql(where: string, { ttftMs, tpotMs }: Slo): string {
  return `WITH per_run AS (
  SELECT run, count(*) AS requests,
    max(arrival_ms) - min(arrival_ms) AS arrival_span_ms,
    (max(finish_ms) FILTER (status = 'finished') - min(arrival_ms)) / 1000 AS span_s,
    count(*) FILTER (status = 'finished') AS finished,
    sum(output_tokens) FILTER (status = 'finished') AS output_tokens,
    quantile_cont(ttft_ms, 0.5) FILTER (status = 'finished') AS ttft_p50_ms,
    quantile_cont(ttft_ms, 0.99) FILTER (status = 'finished') AS ttft_p99_ms,
    quantile_cont(tpot_ms, 0.5) FILTER (status = 'finished') AS tpot_p50_ms,
    quantile_cont(tpot_ms, 0.99) FILTER (status = 'finished') AS tpot_p99_ms,
    avg(e2e_ms) FILTER (status = 'finished') AS e2e_mean_ms,
    quantile_cont(e2e_ms, 0.5) FILTER (status = 'finished') AS e2e_p50_ms,
    quantile_cont(e2e_ms, 0.99) FILTER (status = 'finished') AS e2e_p99_ms,
    sum(cached_tokens) / nullif(sum(input_tokens), 0) AS cached_share
  FROM requests WHERE ${where} GROUP BY run)
SELECT per_run.*, itl_ms AS itl_p99_ms, attainment, goodput_per_s,
  finished / nullif(span_s, 0) AS requests_per_s,
  output_tokens / nullif(span_s, 0) AS output_tokens_per_s
FROM per_run
  LEFT JOIN attainment(ttft_slo_ms := ${ttftMs}, tpot_slo_ms := ${tpotMs}) USING (run)
  LEFT JOIN itl(0.99) USING (run)
ORDER BY run`;
}

export async function loadKeyFigures(
  session: QuerySession,
  where: string,
  slo: Slo,
): Promise<Map<string, KeyFigures>> {
  const rows = await fetchRows(session, keyFiguresSql(where, slo));
  return new Map(rows.map((row) => [textOf(row, 'run'), figuresOf(row)]));
}

function figuresOf(row: Row): KeyFigures {
  return {
    requests: numberOf(row, 'requests') ?? 0,
    arrivalSpanMs: numberOf(row, 'arrival_span_ms') ?? 0,
    spanS: numberOf(row, 'span_s'),
    ttftP50Ms: numberOf(row, 'ttft_p50_ms'),
    ttftP99Ms: numberOf(row, 'ttft_p99_ms'),
    tpotP50Ms: numberOf(row, 'tpot_p50_ms'),
    tpotP99Ms: numberOf(row, 'tpot_p99_ms'),
    itlP99Ms: numberOf(row, 'itl_p99_ms'),
    e2eMeanMs: numberOf(row, 'e2e_mean_ms'),
    e2eP50Ms: numberOf(row, 'e2e_p50_ms'),
    e2eP99Ms: numberOf(row, 'e2e_p99_ms'),
    requestsPerS: numberOf(row, 'requests_per_s'),
    outputTokensPerS: numberOf(row, 'output_tokens_per_s'),
    attainment: numberOf(row, 'attainment'),
    goodputPerS: numberOf(row, 'goodput_per_s'),
    cachedShare: numberOf(row, 'cached_share'),
  };
}

/** The figures of a run without requests. */
export const noFigures: KeyFigures = figuresOf({});
