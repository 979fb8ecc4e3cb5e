/**
 * The requests of a run as the records that NVIDIA AIPerf writes to profile_export.jsonl, one JSON
 * object a line. Facts from ai-dynamo/aiperf: docs/tutorials/working-with-profile-exports.md
 * (13992dbd9687), docs/metrics-reference.md (0176f59496d0), src/aiperf/common/models/
 * record_models.py (017c63d230ac; MetricRecordMetadata) and src/aiperf/metrics/types.
 * Latencies in ms, timestamps in ns from time 0 of the trace, where AIPerf has the wall clock.
 *
 * Lists of gaps (`inter_chunk_latency`) are there, as with AIPerf's per-chunk data switched on.
 * A failed request ends at the last moment that the tables know of it. Left out: conversations
 * (the tables of a run do not hold them; every request is a session of its own), acknowledgements,
 * reasoning tokens, and what a server or the HTTP client reports.
 */
import type { RequestRow } from './run-rows.ts';
import type { Slos } from './slos.ts';

export interface MetricValue {
  readonly value: number | readonly number[];
  readonly unit: string;
}

export type RecordMetrics = Readonly<Record<string, MetricValue>>;

/** Tag of the metric that each target is for. */
const sloTags = {
  ttft: 'time_to_first_token',
  tpot: 'inter_token_latency',
  e2e: 'request_latency',
} as const;

/** Metrics of one request; those that do not exist for it are left out. */
export function recordMetrics(
  request: RequestRow,
  gapsMs: Float64Array | null,
  slos: Slos,
): RecordMetrics {
  const input = request.inputTokens;
  if (request.status === 'cancelled') return {};
  if (request.status !== 'finished') return { error_isl: tokens(input) };
  const output = request.outputTokens;
  const ttft = request.ttftMs as number;
  const latency = request.e2eMs as number;
  const itl = output > 1 ? (latency - ttft) / (output - 1) : null;
  const metrics: Record<string, MetricValue> = {
    input_sequence_length: tokens(input),
    output_token_count: tokens(output),
    output_sequence_length: tokens(output),
    time_to_first_token: ms(ttft),
    request_latency: ms(latency),
  };
  if (gapsMs !== null && gapsMs.length > 0) {
    metrics.time_to_second_token = ms(gapsMs[0] as number);
    metrics.inter_chunk_latency = { value: [...gapsMs], unit: 'ms' };
  }
  if (itl !== null) metrics.inter_token_latency = ms(itl);
  if (itl) metrics.output_token_throughput_per_user = perUser(1000 / itl);
  if (latency > 0) metrics.e2e_output_token_throughput = perUser(output / (latency / 1000));
  if (ttft > 0) metrics.prefill_throughput_per_user = perUser(input / (ttft / 1000));
  if (Object.keys(slos).length > 0) {
    const good = isGood(metrics, slos) ? 1 : 0;
    metrics.good_request_count = { value: good, unit: 'requests' };
  }
  return metrics;
}

/** A request that lacks the metric of a target (one token: no ITL) is not good. */
function isGood(metrics: RecordMetrics, slos: Slos): boolean {
  return Object.entries(slos).every(([name, target]) => {
    const value = metrics[sloTags[name as keyof Slos]]?.value;
    return typeof value === 'number' && value <= target;
  });
}

/** A line of profile_export.jsonl. @param place of the request in order of arrival */
export function recordLine(request: RequestRow, place: number, metrics: RecordMetrics): string {
  const { arrivalMs, firstTokenMs, finishMs, status } = request;
  const metadata = {
    session_num: place,
    x_request_id: String(request.id),
    request_start_ns: ns(arrivalMs),
    request_ack_ns: null,
    request_end_ns: ns(finishMs ?? firstTokenMs ?? arrivalMs),
    worker_id: 'reprise',
    record_processor_id: 'reprise',
    benchmark_phase: 'profiling',
    was_cancelled: status === 'cancelled',
    cancellation_time_ns: null,
  };
  return JSON.stringify({ metadata, metrics, error: errorOf(request) });
}

export interface ErrorDetails {
  readonly code: number | null;
  readonly type: string;
  readonly message: string;
}

export function errorOf({ status, reason }: RequestRow): ErrorDetails | null {
  if (status === 'finished') return null;
  return { code: status === 'cancelled' ? 499 : null, type: status, message: reason || status };
}

export function ns(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

function tokens(value: number): MetricValue {
  return { value, unit: 'tokens' };
}

function ms(value: number): MetricValue {
  return { value, unit: 'ms' };
}

function perUser(value: number): MetricValue {
  return { value, unit: 'tokens/sec/user' };
}
