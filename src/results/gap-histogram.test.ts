import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GapHistogram, summariseGaps } from './gap-histogram.ts';

fc.configureGlobal({ seed: 91, numRuns: 200 });

const gap = fc.double({ min: 1e-3, max: 1e5, noNaN: true });
const series = fc.record({
  base: gap,
  slope: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 20, noNaN: true })),
  terms: fc.integer({ min: 1, max: 400 }),
  count: fc.integer({ min: 1, max: 5 }),
});

function histogramOf(gaps: readonly number[]): GapHistogram {
  const histogram = new GapHistogram();
  for (const one of gaps) histogram.add(one);
  return histogram;
}

/** Sums of buckets add the same numbers in another order. */
function expectClose(found: Float64Array, expected: Float64Array): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of found.entries()) {
    expect(Math.abs(value / (expected[i] as number) - 1)).toBeLessThan(1e-9);
  }
}

describe('GapHistogram', () => {
  it('puts every gap between the edges of its bucket, which are half a percent apart', () => {
    fc.assert(
      fc.property(gap, (one) => {
        const { lowMs, highMs, gaps, sumMs } = histogramOf([one]).buckets();
        expect([...gaps]).toEqual([1]);
        expect([...sumMs]).toEqual([one]);
        expect((highMs[0] as number) / (lowMs[0] as number)).toBeCloseTo(1.005, 9);
        expect(one).toBeGreaterThanOrEqual((lowMs[0] as number) * (1 - 1e-12));
        expect(one).toBeLessThanOrEqual((highMs[0] as number) * (1 + 1e-12));
      }),
    );
  });

  it('lists its buckets in order, without overlap, and keeps count and sum', () => {
    fc.assert(
      fc.property(fc.array(gap, { minLength: 1, maxLength: 60 }), (all) => {
        const { lowMs, highMs, gaps, sumMs } = histogramOf(all).buckets();
        for (let i = 1; i < lowMs.length; i++) {
          expect(lowMs[i]).toBeGreaterThanOrEqual(highMs[i - 1] as number);
        }
        expect(gaps.reduce((sum, n) => sum + n, 0)).toBe(all.length);
        const total = all.reduce((sum, one) => sum + one, 0);
        expect(sumMs.reduce((sum, ms) => sum + ms, 0) / total).toBeCloseTo(1, 9);
      }),
    );
  });

  it('takes a series as its terms one by one', () => {
    fc.assert(
      fc.property(series, ({ base, slope, terms, count }) => {
        const whole = new GapHistogram();
        whole.addSeries(base, slope, terms, count);
        const single = new GapHistogram();
        for (let k = 0; k < terms; k++) single.add(base + k * slope, count);
        expect(whole.buckets().lowMs).toEqual(single.buckets().lowMs);
        expect(whole.buckets().highMs).toEqual(single.buckets().highMs);
        expect(whole.buckets().gaps).toEqual(single.buckets().gaps);
        expectClose(whole.buckets().sumMs, single.buckets().sumMs);
        expect(whole.maxMs).toBe(single.maxMs);
      }),
    );
  });

  it('shares the outermost buckets among gaps of nothing and gaps of ages', () => {
    const { gaps } = histogramOf([0, 1e-9, 1e15, 1e20]).buckets();
    expect([...gaps]).toEqual([2, 2]);
  });
});

describe('summariseGaps', () => {
  it('is within half a percent of the gap at that rank, and exact in mean and maximum', () => {
    fc.assert(
      fc.property(fc.array(gap, { minLength: 1, maxLength: 200 }), (all) => {
        const sorted = all.toSorted((a, b) => a - b);
        const summary = summariseGaps(histogramOf(all));
        for (const [name, q] of [
          ['p50', 0.5],
          ['p90', 0.9],
          ['p95', 0.95],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(q * all.length) - 1] as number;
          expect(Math.abs((summary[name] as number) / exact - 1)).toBeLessThan(0.00501);
        }
        const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
        expect((summary.mean as number) / mean).toBeCloseTo(1, 9);
        expect(summary.max).toBe(sorted.at(-1));
      }),
    );
  });

  it('has nothing but nulls to say of no gaps', () => {
    const none = { mean: null, p50: null, p90: null, p95: null, p99: null, max: null };
    expect(summariseGaps(new GapHistogram())).toEqual(none);
  });
});
