/**
 * A run as the summary that NVIDIA AIPerf writes to profile_export_aiperf.json, schema version 1.5.
 * Facts from ai-dynamo/aiperf: docs/reference/json-export-schema.md (1554b478d4ee),
 * docs/metrics-reference.md (0176f59496d0), src/aiperf/metrics/metric_dicts.py (0fec57a67268: the
 * standard deviation is the population's and percentiles are linear, though the schema page says
 * sample standard deviation) and src/aiperf/metrics/types.
 *
 * Record metrics have a distribution; counts and rates only `unit` and `avg`. A metric that no
 * request has is left out. Rates are per second from the first send to the last token of the
 * requests that succeeded. AIPerf sketches the percentiles of `inter_chunk_latency`; here they are
 * exact, or from 0.5 % buckets where the gaps of a preempted request are unknown.
 * Left out: `aiperf_version` and `input_config` (there is no AIPerf run), the `adj_*` metrics (how
 * their percentiles are written could not be found out), metrics over a sweep line, of GPU power,
 * of the HTTP client and of a server.
 */
import { type ErrorDetails, errorOf, type RecordMetrics } from './aiperf-records.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { RequestRow, RunAbout } from './run-rows.ts';
import type { Slos } from './slos.ts';
import { hasAllGaps, type TokenGaps } from './token-gaps.ts';

const percentiles = [1, 5, 10, 25, 50, 75, 90, 95, 99];

/** Metrics that the summary lacks since the gaps of some requests are unknown. */
export function leftOutOfSummary(gaps: TokenGaps): string[] {
  if (hasAllGaps(gaps)) return [];
  return ['time_to_second_token', ...(gaps.pooled === null ? ['inter_chunk_latency'] : [])];
}

/** Metrics of records whose sum over a run is a count, not a distribution. */
const counters = ['good_request_count'];

type Stats = Readonly<Record<string, number | string>>;

/** @param records metrics of each request, in the order of `requests` */
export function aiperfSummary(
  about: RunAbout,
  requests: readonly RequestRow[],
  records: readonly RecordMetrics[],
  gaps: TokenGaps,
  slos: Slos,
): Record<string, unknown> {
  const sent = requests.reduce(
    (min, { arrivalMs }) => Math.min(min, arrivalMs),
    Number.POSITIVE_INFINITY,
  );
  const ended = requests.reduce((max, { finishMs }) => Math.max(max, finishMs ?? 0), 0);
  return {
    schema_version: '1.5',
    benchmark_id: about.run,
    run_info: {
      benchmark_id: about.run,
      random_seed: about.seed,
      trial: 0,
      run_label: about.label,
      variation_label: 'base',
      variation_index: 0,
      variation_values: {},
    },
    ...recordStatistics(records, gaps),
    ...countsAndRates(requests, Object.keys(slos).length > 0 ? goodRequests(records) : null),
    was_cancelled: false,
    error_summary: errorSummary(requests),
    ...(requests.length > 0 && { start_time: isoTime(sent), end_time: isoTime(ended) }),
  };
}

function recordStatistics(records: readonly RecordMetrics[], gaps: TokenGaps) {
  const found = new Map<string, { unit: string; values: number[] }>();
  for (const metrics of records) {
    for (const [tag, { value, unit }] of Object.entries(metrics)) {
      if (typeof value !== 'number' || counters.includes(tag)) continue;
      let one = found.get(tag);
      if (one === undefined) {
        one = { unit, values: [] };
        found.set(tag, one);
      }
      one.values.push(value);
    }
  }
  const statistics: Record<string, Stats> = {};
  const leftOut = leftOutOfSummary(gaps);
  for (const [tag, { unit, values }] of found) {
    if (leftOut.includes(tag)) continue;
    statistics[tag] = statsOf(distributionOf(values), unit);
  }
  if (gaps.pooled !== null) statistics.inter_chunk_latency = statsOf(gaps.pooled, 'ms');
  return statistics;
}

function statsOf(found: Distribution, unit: string): Stats {
  const { mean, min, max, sum, std, count, percentile } = found;
  const quantiles = Object.fromEntries(percentiles.map((p) => [`p${p}`, percentile(p)]));
  return { unit, avg: mean, min, max, sum, ...quantiles, std, count };
}

/**
 * Counts of a kind that no request belongs to are left out, and the rates that need them.
 * @param good requests that meet all targets; null where no target is given
 */
function countsAndRates(requests: readonly RequestRow[], good: number | null) {
  const finished = requests.filter(({ status }) => status === 'finished');
  const cancelled = requests.filter(({ status }) => status === 'cancelled').length;
  const errors = requests.length - finished.length - cancelled;
  const sent = finished.reduce(
    (min, { arrivalMs }) => Math.min(min, arrivalMs),
    Number.POSITIVE_INFINITY,
  );
  const ended = finished.reduce((max, one) => Math.max(max, one.finishMs as number), 0);
  const seconds = (ended - sent) / 1000;
  const input = finished.reduce((n, { inputTokens }) => n + inputTokens, 0);
  const output = finished.reduce((n, { outputTokens }) => n + outputTokens, 0);
  const found: Record<string, Stats> = {};
  const put = (tag: string, unit: string, avg: number) => {
    found[tag] = { unit, avg };
  };
  const attempted = finished.length + errors;
  if (errors > 0) {
    put('error_request_count', 'requests', errors);
    const wasted = requests.filter(({ status }) => status !== 'finished' && status !== 'cancelled');
    put(
      'total_error_isl',
      'tokens',
      wasted.reduce((n, { inputTokens }) => n + inputTokens, 0),
    );
  }
  if (cancelled > 0) put('cancelled_request_count', 'requests', cancelled);
  if (attempted > 0) put('request_error_rate', '%', (100 * errors) / attempted);
  if (good !== null) {
    put('good_request_fraction', 'ratio', attempted > 0 ? good / attempted : 0);
  }
  if (finished.length === 0) return found;
  put('request_count', 'requests', finished.length);
  put('total_isl', 'tokens', input);
  put('total_osl', 'tokens', output);
  put('total_output_tokens', 'tokens', output);
  if (good !== null) put('good_request_count', 'requests', good);
  if (!(seconds > 0)) return found;
  put('benchmark_duration', 'sec', seconds);
  put('request_throughput', 'requests/sec', finished.length / seconds);
  put('output_token_throughput', 'tokens/sec', output / seconds);
  put('total_token_throughput', 'tokens/sec', (input + output) / seconds);
  if (good !== null) put('goodput', 'requests/sec', good / seconds);
  return found;
}

function goodRequests(records: readonly RecordMetrics[]): number {
  return records.filter((metrics) => metrics.good_request_count?.value === 1).length;
}

function errorSummary(requests: readonly RequestRow[]) {
  const found = new Map<string, { error_details: ErrorDetails; count: number }>();
  for (const request of requests) {
    const error = errorOf(request);
    if (error === null) continue;
    const key = JSON.stringify(error);
    const one = found.get(key);
    if (one === undefined) found.set(key, { error_details: error, count: 1 });
    else one.count++;
  }
  return [...found.values()];
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
