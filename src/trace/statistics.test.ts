import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importTrace } from './importers/index.ts';
import { findTraceMirror } from './mirror.ts';
import { newTrace } from './new-trace.ts';
import type { RequestTrace } from './request-trace.ts';
import { traceStatistics } from './statistics.ts';
import { TraceBuilder } from './trace-builder.ts';

function chatTrace(prompts: { arrivalMs: number; chain: string[] }[]): RequestTrace {
  const builder = new TraceBuilder();
  for (const { arrivalMs, chain } of prompts) {
    const blockIds = chain.map((_, depth) => chain.slice(0, depth + 1).join('/'));
    builder.add({ arrivalMs, inputTokens: 16 * chain.length - 3, outputTokens: 1, blockIds });
  }
  return builder.finish({ name: 'chats', kind: 'generated', blockSize: 16 });
}

/** Reuse by sets and lists of times, reference by reference. */
function reuseByHand(trace: RequestTrace) {
  const seen = new Map<number, number[]>();
  const gaps: number[] = [];
  let hits = 0;
  const { offsets = [], values = [] } = trace.blocks ?? {};
  for (let row = 0; row < trace.count; row++) {
    const ids = [...values.slice(offsets[row], offsets[row + 1])];
    const unknown = ids.findIndex((id) => !seen.has(id));
    hits += unknown < 0 ? ids.length : unknown;
    for (const id of ids) {
      const times = seen.get(id) ?? [];
      if (times.length > 0) gaps.push((trace.arrivalMs[row] ?? 0) - (times.at(-1) ?? 0));
      seen.set(id, [...times, trace.arrivalMs[row] ?? 0]);
    }
  }
  const uses = [...seen.values()].map((times) => times.length);
  return { hits, gaps, once: uses.filter((n) => n === 1).length, unique: uses.length };
}

describe('traceStatistics', () => {
  it('agrees with a count by hand on block reuse', () => {
    const prompt = fc.record({
      arrivalMs: fc.nat(100_000),
      chain: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 1, maxLength: 25 }), (prompts) => {
        const trace = chatTrace(prompts);
        const { reuse, blocks } = traceStatistics(trace);
        const { hits, gaps, once, unique } = reuseByHand(trace);
        expect(blocks).toMatchObject({ unique, references: trace.blocks?.values.length });
        expect(reuse?.infinite_cache_hits).toBe(hits);
        expect(reuse?.used_once_share).toBeCloseTo(once / unique, 12);
        for (const { s, share } of reuse?.reused_within ?? []) {
          const within = gaps.filter((gap) => gap <= 1000 * s).length;
          expect(share).toBeCloseTo(gaps.length ? within / gaps.length : 0, 12);
        }
      }),
    );
  });

  it('finds the tick of a clock, and none in a Poisson-like trace', () => {
    const ticked = Float64Array.from({ length: 300 }, (_, i) => 3000 * Math.floor(i / 10));
    const spread = Float64Array.from({ length: 300 }, (_, i) => i * i);
    const tick = (arrivalMs: Float64Array) => {
      const ones = new Int32Array(300).fill(1);
      const trace = newTrace({ arrivalMs, inputTokens: ones, outputTokens: ones });
      return traceStatistics(trace).arrivals.tick_ms;
    };
    expect(tick(ticked)).toBe(3000);
    expect(tick(spread)).toBeNull();
  });

  it('has no rate, no quantiles and no JSON-breaking numbers without rows', () => {
    const none = newTrace({ name: 'none', arrivalMs: [], inputTokens: [], outputTokens: [] });
    const statistics = traceStatistics(none);
    expect(statistics).toMatchObject({
      requests: 0,
      duration_s: 0,
      input_tokens: { sum: 0, mean: null, p50: null, max: null },
      arrivals: { rate_per_s: null, gap_cv: null, distinct_times: 0 },
    });
    expect(JSON.parse(JSON.stringify(statistics))).toEqual(statistics);
  });

  it('counts sessions and media', () => {
    const builder = new TraceBuilder();
    const image = { kind: 'image', tokens: 100 };
    const row = { arrivalMs: 0, inputTokens: 5, outputTokens: 1 };
    builder.add({ ...row, sessionId: 'x', media: [image, image] });
    builder.add({ ...row, sessionId: 'x', parentRequestId: 0, media: [] });
    builder.add({ ...row, sessionId: 'y' });
    const { media, sessions } = traceStatistics(builder.finish({ name: 'm', kind: 'sampled' }));
    expect(media).toMatchObject({ count: 2, tokens: 200, requests_with_media: 1 });
    expect(sessions).toEqual({ count: 2, requests_with_parent: 1, longest: 2 });
  });
});

const mirror = findTraceMirror();
describe.skipIf(!mirror)('traceStatistics of the Mooncake traces (needs a trace mirror)', () => {
  it('finds the measured lengths, ticks and reuse of conversation', async () => {
    const path = join(mirror as string, 'mooncake/conversation_trace.jsonl');
    const statistics = traceStatistics(await importTrace('mooncake', path));
    expect(statistics).toMatchObject({
      requests: 12_031,
      duration_s: 3536.999,
      input_tokens: { sum: 144_793_823, min: 891, p50: 6909, p90: 27_367, max: 126_195 },
      output_tokens: { sum: 4_122_048, min: 1, p50: 350, p90: 597, max: 2000 },
      blocks: { references: 288_500, unique: 182_790, block_size: 512 },
      arrivals: { distinct_times: 1180, tick_ms: 3000 },
      reuse: { infinite_cache_hits: 105_710, most_uses: 12_031, roots: 1 },
    });
    const { reuse, arrivals, input_tokens } = statistics;
    expect(input_tokens.p99).toBeCloseTo(85_400.4, 1);
    expect(arrivals.rate_per_s).toBeCloseTo(3.4015, 4);
    expect(arrivals.gap_cv).toBeCloseTo(3.03, 2);
    expect(reuse?.infinite_cache_hit_ratio).toBeCloseTo(0.36641, 5);
    expect(reuse?.infinite_cache_token_ratio).toBeCloseTo(0.37362, 5);
    expect(reuse?.used_once_share).toBeCloseTo(0.7585, 4);
    const quantiles = Object.values(reuse?.interval_s ?? {}).map(Math.round);
    expect(quantiles).toEqual([54, 114, 267, 519, 627, 1578]);
  });

  it('finds those of synthetic', async () => {
    const path = join(mirror as string, 'mooncake/synthetic_trace.jsonl');
    const { reuse, arrivals, ...rest } = traceStatistics(await importTrace('mooncake', path));
    expect(rest).toMatchObject({
      requests: 3993,
      input_tokens: { sum: 61_194_628, p50: 11_587, max: 191_378 },
      output_tokens: { sum: 595_432 },
      blocks: { references: 121_877, unique: 43_924 },
    });
    expect(arrivals).toMatchObject({ distinct_times: 3982, tick_ms: null });
    expect(arrivals.gap_cv).toBeCloseTo(1.011, 3);
    expect(reuse).toMatchObject({ infinite_cache_hits: 77_953, roots: 2211, most_uses: 24 });
    const quantiles = Object.values(reuse?.interval_s ?? {}).map(Math.round);
    expect(quantiles).toEqual([18, 59, 158, 282, 390, 583]);
  });
});
