import { describe, expect, it } from 'vitest';
import { recordLine, recordMetrics } from './aiperf-records.ts';
import { aiperfSummary, leftOutOfSummary } from './aiperf-summary.ts';
import { distributionOf } from './distribution.ts';
import type { RequestRow, RunAbout } from './run-rows.ts';
import type { TokenGaps } from './token-gaps.ts';

const about: RunAbout = {
  run: 'abcd',
  scenarioHash: 'ffff',
  label: 'chunked-prefill',
  trace: 'small',
  model: 'llama-3.1-8b',
  gpu: 'a100-80gb',
  seed: 7,
  concurrency: null,
};

const finished: RequestRow = {
  id: 12,
  status: 'finished',
  reason: '',
  instance: 0,
  arrivalMs: 1000,
  firstTokenMs: 1500,
  finishMs: 1700.25,
  inputTokens: 100,
  outputTokens: 3,
  preemptions: 0,
  ttftMs: 500,
  tpotMs: 100.125,
  e2eMs: 700.25,
  maxGapMs: 100.25,
  tbtTop10Ms: 100.25,
};
const gapsMs = Float64Array.of(100, 100.25);
const oneToken: RequestRow = {
  ...finished,
  id: 13,
  arrivalMs: 2000,
  firstTokenMs: 3000,
  finishMs: 3000,
  outputTokens: 1,
  ttftMs: 1000,
  tpotMs: null,
  e2eMs: 1000,
};
const nothing = { firstTokenMs: null, finishMs: null, outputTokens: 0, ttftMs: null, e2eMs: null };
const rejected: RequestRow = { ...finished, ...nothing, status: 'rejected', reason: 'kv-capacity' };
const cancelled: RequestRow = { ...finished, finishMs: null, e2eMs: null, status: 'cancelled' };

const none = { preempted: 0, inconsistent: 0 };
const allGaps: TokenGaps = {
  of: (place) => (place === 0 ? gapsMs : new Float64Array()),
  pooled: distributionOf(gapsMs),
  unknown: none,
};

function summary(requests: readonly RequestRow[], slos = {}, gaps = allGaps) {
  const records = requests.map((one, place) => recordMetrics(one, gaps.of(place), slos));
  return aiperfSummary(about, requests, records, gaps, slos);
}

describe('a record', () => {
  it('has a value with a unit for every metric of a request that succeeded', () => {
    const ms = (value: unknown) => ({ value, unit: 'ms' });
    expect(recordMetrics(finished, gapsMs, {})).toEqual({
      input_sequence_length: { value: 100, unit: 'tokens' },
      output_token_count: { value: 3, unit: 'tokens' },
      output_sequence_length: { value: 3, unit: 'tokens' },
      time_to_first_token: ms(500),
      time_to_second_token: ms(100),
      inter_chunk_latency: ms([100, 100.25]),
      inter_token_latency: ms(100.125),
      request_latency: ms(700.25),
      output_token_throughput_per_user: { value: 1000 / 100.125, unit: 'tokens/sec/user' },
      e2e_output_token_throughput: { value: 3 / 0.70025, unit: 'tokens/sec/user' },
      prefill_throughput_per_user: { value: 200, unit: 'tokens/sec/user' },
    });
  });

  it('lacks what one token, or unknown gaps, cannot give', () => {
    const gapTags = ['time_to_second_token', 'inter_chunk_latency'];
    const single = Object.keys(recordMetrics(oneToken, new Float64Array(), {}));
    for (const tag of [...gapTags, 'inter_token_latency', 'output_token_throughput_per_user']) {
      expect(single).not.toContain(tag);
    }
    const unknown = Object.keys(recordMetrics(finished, null, {}));
    expect(unknown).toContain('inter_token_latency');
    for (const tag of gapTags) expect(unknown).not.toContain(tag);
  });

  it('is good if it has every metric of the targets, within them', () => {
    const good = (row: RequestRow, slos: object) =>
      recordMetrics(row, null, slos).good_request_count?.value;
    expect(good(finished, {})).toBeUndefined();
    expect(good(finished, { ttft: 500, tpot: 101, e2e: 701 })).toBe(1);
    expect(good(finished, { ttft: 499 })).toBe(0);
    expect(good(oneToken, { ttft: 1000 })).toBe(1);
    expect(good(oneToken, { tpot: 1000 })).toBe(0);
  });

  it('is a line of JSON with times in nanoseconds', () => {
    const metrics = recordMetrics(finished, gapsMs, {});
    const line = recordLine(finished, 4, metrics);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({
      metadata: {
        session_num: 4,
        x_request_id: '12',
        request_start_ns: 1_000_000_000,
        request_end_ns: 1_700_250_000,
        benchmark_phase: 'profiling',
        was_cancelled: false,
      },
      metrics,
      error: null,
    });
  });

  it('of a request that failed has the error and the last known time', () => {
    const parsed = (row: RequestRow) =>
      JSON.parse(recordLine(row, 0, recordMetrics(row, null, {})));
    expect(parsed(rejected)).toMatchObject({
      metadata: { request_end_ns: 1_000_000_000, was_cancelled: false },
      metrics: { error_isl: { value: 100, unit: 'tokens' } },
      error: { code: null, type: 'rejected', message: 'kv-capacity' },
    });
    expect(parsed(cancelled)).toMatchObject({
      metadata: { request_end_ns: 1_500_000_000, was_cancelled: true },
      metrics: {},
      error: { code: 499, type: 'cancelled' },
    });
  });
});

describe('the summary', () => {
  it('has a distribution per record metric, and one value per count or rate', () => {
    const found = summary([finished, oneToken]);
    expect(found).toMatchObject({
      schema_version: '1.5',
      benchmark_id: 'abcd',
      run_info: { random_seed: 7, run_label: 'chunked-prefill' },
      time_to_first_token: { unit: 'ms', avg: 750, min: 500, max: 1000, std: 250, count: 2 },
      inter_token_latency: { unit: 'ms', avg: 100.125, std: 0, count: 1, sum: 100.125 },
      inter_chunk_latency: { unit: 'ms', avg: 100.125, count: 2, p50: 100.125 },
      start_time: '1970-01-01T00:00:01.000Z',
      end_time: '1970-01-01T00:00:03.000Z',
      was_cancelled: false,
      error_summary: [],
    });
    expect(found.request_throughput).toEqual({ unit: 'requests/sec', avg: 1 });
    expect(found.output_token_throughput).toEqual({ unit: 'tokens/sec', avg: 2 });
    expect(found.total_token_throughput).toEqual({ unit: 'tokens/sec', avg: 102 });
    expect(found.benchmark_duration).toEqual({ unit: 'sec', avg: 2 });
    expect(found).not.toHaveProperty('error_request_count');
    expect(found).not.toHaveProperty('goodput');
  });

  it('counts goodput over what it attempted, cancelled requests apart', () => {
    const found = summary([finished, oneToken, rejected, cancelled], { tpot: 200 });
    const single = (tag: string) => (found[tag] as { avg: number }).avg;
    expect(single('good_request_count')).toBe(1);
    expect(single('goodput')).toBe(0.5);
    expect(single('good_request_fraction')).toBeCloseTo(1 / 3, 12);
    expect(single('error_request_count')).toBe(1);
    expect(single('request_error_rate')).toBeCloseTo(100 / 3, 12);
    expect(single('cancelled_request_count')).toBe(1);
    expect(single('total_error_isl')).toBe(100);
    expect(found.error_summary).toEqual([
      { error_details: { code: null, type: 'rejected', message: 'kv-capacity' }, count: 1 },
      { error_details: { code: 499, type: 'cancelled', message: 'cancelled' }, count: 1 },
    ]);
  });

  it('of a run in which nothing finished has no rates', () => {
    const found = summary([rejected]);
    expect(found).toMatchObject({ error_request_count: { avg: 1 }, error_isl: { avg: 100 } });
    expect(found).not.toHaveProperty('request_count');
    expect(found).not.toHaveProperty('request_throughput');
    expect(found).not.toHaveProperty('good_request_fraction');
    expect(summary([rejected], { ttft: 1 })).toMatchObject({ good_request_fraction: { avg: 0 } });
    expect(summary([])).not.toHaveProperty('start_time');
  });

  it('leaves out what needs the gaps of every request where one of them is unknown', () => {
    const unknown = { preempted: 1, inconsistent: 0 };
    const partly = { ...allGaps, unknown };
    expect(leftOutOfSummary(partly)).toEqual(['time_to_second_token']);
    expect(summary([finished], {}, partly)).not.toHaveProperty('time_to_second_token');
    expect(summary([finished], {}, partly)).toHaveProperty('inter_chunk_latency');
    const without = { ...partly, pooled: null };
    expect(leftOutOfSummary(without)).toHaveLength(2);
    expect(summary([finished], {}, without)).not.toHaveProperty('inter_chunk_latency');
  });
});
