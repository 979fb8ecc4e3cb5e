import { describe, expect, it } from 'vitest';
import { distributionOf } from './distribution.ts';
import type { RequestRow, RunAbout } from './run-rows.ts';
import type { Slos } from './slos.ts';
import type { TokenGaps } from './token-gaps.ts';
import { leftOutOfBench, vllmBenchLines } from './vllm-bench.ts';

const about: RunAbout = {
  run: 'abcd',
  scenarioHash: 'ffff',
  label: 'a "label"',
  trace: 'small',
  model: 'llama-3.1-8b',
  gpu: 'a100-80gb',
  seed: 1,
  concurrency: null,
};

/** A request with a token at every time, or one that failed if there is none. */
function request(arrivalMs: number, tokensMs: number[], changes: Partial<RequestRow> = {}) {
  const [first, last] = [tokensMs[0] ?? null, tokensMs[tokensMs.length - 1] ?? null];
  const since = (ms: number | null) => (ms === null ? null : ms - arrivalMs);
  const row: RequestRow = {
    id: 0,
    status: first === null ? 'rejected' : 'finished',
    reason: first === null ? 'kv-capacity' : '',
    instance: 0,
    arrivalMs,
    firstTokenMs: first,
    finishMs: last,
    inputTokens: 100,
    outputTokens: tokensMs.length,
    preemptions: 0,
    ttftMs: since(first),
    tpotMs: null,
    e2eMs: since(last),
    maxGapMs: null,
    tbtTop10Ms: null,
    ...changes,
  };
  const gapsMs = tokensMs.slice(1).map((time, i) => time - (tokensMs[i] as number));
  return { row, gapsMs };
}

type Made = ReturnType<typeof request>;

function document(made: readonly Made[], slos: Slos = {}, gaps: Partial<TokenGaps> = {}) {
  const pooled = made.flatMap(({ gapsMs }) => gapsMs);
  const known: TokenGaps = {
    of: (place) => Float64Array.from(made[place]?.gapsMs ?? []),
    pooled: pooled.length > 0 ? distributionOf(pooled) : null,
    unknown: { preempted: 0, inconsistent: 0 },
    ...gaps,
  };
  const rows = made.map(({ row }) => row);
  return JSON.parse([...vllmBenchLines(about, rows, known, slos)].join('\n'));
}

const two = [request(1000, [1500, 1600, 1700]), request(2000, [2100, 3000])];

describe('the result of a serving benchmark', () => {
  it('has lists in seconds and figures in milliseconds', () => {
    expect(document(two)).toMatchObject({
      label: 'a "label"',
      duration: 2,
      completed: 2,
      failed: 0,
      ttfts: [0.5, 0.1],
      latencies: [0.7, 1],
      start_times: [1, 2],
      itls: [[0.1, 0.1], [0.9]],
      output_lens: [3, 2],
      output_throughput: 2.5,
      total_token_throughput: 102.5,
      request_goodput: null,
      mean_ttft_ms: 300,
      std_ttft_ms: 200,
      mean_tpot_ms: 500,
      max_concurrent_requests: 1,
      max_output_tokens_per_s: 3,
    });
  });

  it('counts a failed request in the lists, and nowhere else', () => {
    const cancelled = request(500, [600], { status: 'cancelled', reason: '', finishMs: null });
    const failed = { ...cancelled, row: { ...cancelled.row, e2eMs: null } };
    const found = document([failed, ...two, request(2500, [])], { ttft: 1000 });
    expect(found).toMatchObject({
      num_prompts: 4,
      completed: 2,
      failed: 2,
      total_input_tokens: 200,
      total_output_tokens: 5,
      errors: ['cancelled', '', '', 'rejected: kv-capacity'],
      output_lens: [0, 3, 2, 0],
      ttfts: [0.1, 0.5, 0.1, 0],
      latencies: [0, 0.7, 1, 0],
      mean_ttft_ms: 300,
      // From the first send, whoever sent it, to the last finish.
      duration: 2.5,
      request_goodput: 0.8,
    });
  });

  it('takes a one-token request for one with a TPOT of 0, and a target as met when reached', () => {
    const made = [...two, request(2000, [2500])];
    expect(document(made, { tpot: 100 })).toMatchObject({
      goodput_slos: 'tpot:100',
      request_goodput: 1,
    });
    expect(document(made, { ttft: 500 }).request_goodput).toBe(1.5);
    expect(document(made, { ttft: 499, e2e: 999 }).request_goodput).toBe(0);
  });

  it('does not count a request that ends when another starts as beside it', () => {
    const chain = [request(0, [10, 20]), request(20, [30, 40]), request(30, [35, 50])];
    expect(document(chain).max_concurrent_requests).toBe(2);
  });

  it('is zeros where nothing finished or nothing came', () => {
    for (const made of [[], [request(0, [])]]) {
      const found = document(made, { ttft: 1 });
      expect(found).toMatchObject({ completed: 0, duration: 0, request_throughput: 0 });
      expect(found).toMatchObject({ mean_itl_ms: 0, p99_e2el_ms: 0, max_concurrent_requests: 0 });
    }
  });

  it('leaves out what needs the gaps of every request where one of them is unknown', () => {
    const unknown = { preempted: 1, inconsistent: 0 };
    const partly = document(two, {}, { unknown });
    expect(partly).not.toHaveProperty('itls');
    expect(partly).not.toHaveProperty('max_output_tokens_per_s');
    expect(partly.mean_itl_ms).toBeCloseTo(1100 / 3, 9);
    const without = document(two, {}, { unknown, pooled: null });
    expect(Object.keys(without).filter((key) => key.includes('itl'))).toEqual([]);
    const gaps = { of: () => null, unknown, pooled: null };
    const whole = Object.keys(document(two));
    expect(leftOutOfBench(gaps).sort()).toEqual(
      whole.filter((key) => !Object.keys(without).includes(key)).sort(),
    );
    expect(leftOutOfBench({ ...gaps, unknown: { preempted: 0, inconsistent: 0 } })).toEqual([]);
  });

  it('has the concurrency of closed arrivals', () => {
    const closed = { ...about, concurrency: 8 };
    const gaps = { of: () => null, unknown: { preempted: 0, inconsistent: 0 }, pooled: null };
    expect([...vllmBenchLines(closed, [], gaps, {})].join('')).toContain('"max_concurrency": 8');
  });
});
