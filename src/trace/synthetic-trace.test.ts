import { describe, expect, it } from 'vitest';
import { quantileSorted } from '../units/quantile.ts';
import { checkTrace } from './check.ts';
import { catalogueEntry, importEntry } from './fetch.ts';
import { newTrace } from './new-trace.ts';
import type { RequestTrace } from './request-trace.ts';
import { findOriginal } from './shipped.ts';
import { traceStatistics } from './statistics.ts';

const entry = catalogueEntry('synthetic');
const original = findOriginal(entry);
const shares = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

function lengths(values: ArrayLike<number>) {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
  return { mean, sd: Math.sqrt(variance), at: shares.map((q) => quantileSorted(sorted, q)) };
}

/** Leading known blocks of each request, and the tokens that they hold at most. */
function found({ blocks, count, inputTokens }: RequestTrace) {
  const { offsets, values } = blocks!;
  const known = new Set<number>();
  return Array.from({ length: count }, (_, row) => {
    const ids = values.subarray(offsets[row], offsets[row + 1]);
    const miss = ids.findIndex((id) => !known.has(id));
    for (const id of ids) known.add(id);
    const hits = miss === -1 ? ids.length : miss;
    return { hits, blocks: ids.length, share: Math.min(1, (512 * hits) / inputTokens[row]!) };
  });
}

const trace = original
  ? await importEntry(entry, original)
  : newTrace({ arrivalMs: [], inputTokens: [], outputTokens: [] });

describe.skipIf(!original)('the released synthetic trace (needs a trace mirror)', () => {
  it('imports as the paper lists it: 3,993 requests of 15,325 and 149 tokens', () => {
    expect(trace.count).toBe(3_993);
    expect(checkTrace(trace)).toEqual([]);
    expect(trace.meta).toMatchObject({ kind: 'generated', blockSize: 512 });
    expect(trace.meta.source.repository).toBe('kvcache-ai/Mooncake');
  });

  it('has the measured lengths', () => {
    const input = lengths(trace.inputTokens);
    expect(input.mean).toBeCloseTo(15_325.48, 2);
    expect(input.sd).toBeCloseTo(18_380.2, -1);
    expect(input.at.map((value) => Math.round(10 * value) / 10)).toEqual([
      16, 22, 30, 277, 11_587, 23_175, 38_611.2, 48_904.6, 66_456.2, 191_378,
    ]);
    const output = lengths(trace.outputTokens);
    expect(output.mean).toBeCloseTo(149.12, 2);
    expect(output.sd).toBeCloseTo(178.1, 1);
    expect(output.at.map((value) => Math.round(10 * value) / 10)).toEqual([
      2, 2, 4, 11, 69, 250, 389, 519, 768.1, 893,
    ]);
    const { offsets } = trace.blocks!;
    const blocks = lengths(offsets.subarray(1).map((end, row) => end - offsets[row]!));
    expect(blocks.mean).toBeCloseTo(30.523, 3);
    expect(blocks.at).toEqual([1, 1, 1, 1, 23, 46, 76, 96, 130, 374]);
  });

  it('arrives as a Poisson process of 3.9 requests a second', () => {
    const { arrivals } = traceStatistics(trace);
    expect(trace.arrivalMs.at(-1)).toBe(1_022_025);
    expect(arrivals.rate_per_s).toBeCloseTo(3.907, 3);
    expect(arrivals.gap_cv).toBeCloseTo(1.011, 3);
    const gaps = trace.arrivalMs.subarray(1).map((ms, row) => ms - trace.arrivalMs[row]!);
    const { mean, at } = lengths(gaps);
    expect(mean).toBeCloseTo(256.02, 2);
    expect([at[4], at[6], Math.round(at[8]!)]).toEqual([175, 584, 1215]);
    const windows = [0, 0, 0, 0];
    for (const ms of trace.arrivalMs) windows[Math.floor(ms / 300_000)]!++;
    expect(windows).toEqual([1091, 1163, 1215, 524]);
  });

  it('reuses blocks as measured: most of it in its second half', () => {
    const requests = found(trace);
    const ratio = (rows: typeof requests) => {
      const hits = rows.reduce((sum, row) => sum + row.hits, 0);
      return hits / rows.reduce((sum, row) => sum + row.blocks, 0);
    };
    const { reuse } = traceStatistics(trace);
    expect(requests.reduce((sum, row) => sum + row.hits, 0)).toBe(77_953);
    expect(reuse!.infinite_cache_token_ratio! * 61_194_628).toBeCloseTo(39_852_661, 3);
    expect(reuse!.used_once_share).toBeCloseTo(0.5845, 4);
    expect(requests.filter((row) => row.hits === 0).length).toBe(2_211);
    expect(requests.filter((row) => row.hits === row.blocks).length).toBe(213);
    expect(requests.reduce((sum, row) => sum + row.share, 0) / 3_993).toBeCloseTo(0.43152, 5);
    expect(ratio(requests.slice(0, 1_996))).toBeCloseTo(0.3293, 4);
    expect(ratio(requests.slice(1_996))).toBeCloseTo(0.8511, 4);
  });

  it('uses blocks as often as measured', () => {
    const uses = new Int32Array(trace.uniqueBlocks);
    for (const id of trace.blocks!.values) uses[id]!++;
    const between = (least: number, most: number) =>
      uses.filter((times) => times >= least && times <= most).length;
    expect([between(1, 1), between(2, 2), between(3, 10), between(11, 100)]).toEqual([
      25_673, 2_906, 14_323, 1_022,
    ]);
    expect(Math.max(...uses)).toBe(24);
  });
});
