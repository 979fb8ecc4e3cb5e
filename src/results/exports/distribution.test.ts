import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GapHistogram } from '../gap-histogram.ts';
import { distributionOf, distributionOfBuckets } from './distribution.ts';

describe('distribution', () => {
  it('has the figures that NumPy gives', () => {
    // numpy.mean, std, percentile of this list, with their defaults (NumPy 2.4).
    const found = distributionOf([3.5, 1.25, 9, 4, 4, 100.125, 0.5, 7]);
    expect(found).toMatchObject({
      count: 8,
      sum: 129.375,
      mean: 16.171875,
      min: 0.5,
      max: 100.125,
    });
    expect(found.std).toBeCloseTo(31.837167345876974, 12);
    const percentiles = [1, 25, 50, 90, 95, 99].map(found.percentile);
    const numpy = [0.5525, 2.9375, 4, 36.3375, 68.23125, 93.74625];
    for (const [i, value] of numpy.entries()) expect(percentiles[i]).toBeCloseTo(value, 10);
  });
});

describe('distribution of buckets', () => {
  it('has the count, sum and mean of the values, the rest within a bucket', () => {
    const gap = fc.double({ min: 1, max: 5000, noNaN: true });
    fc.assert(
      fc.property(fc.array(gap, { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = new GapHistogram();
        for (const value of values) histogram.add(value);
        const columns = histogram.buckets();
        const buckets = Array.from(columns.gaps, (gaps, i) => ({
          lowMs: columns.lowMs[i] as number,
          highMs: columns.highMs[i] as number,
          gaps,
          sumMs: columns.sumMs[i] as number,
        }));
        const exact = distributionOf(values);
        const found = distributionOfBuckets(buckets);
        expect(found.count).toBe(exact.count);
        expect(found.sum / exact.sum).toBeCloseTo(1, 9);
        expect(found.mean / exact.mean).toBeCloseTo(1, 9);
        for (const key of ['min', 'max'] as const) {
          expect(Math.abs(found[key] / exact[key] - 1)).toBeLessThan(0.005);
        }
        expect(Math.abs(found.std - exact.std)).toBeLessThanOrEqual(0.005 * exact.max);
        // Between ranks both interpolate, over different distances: compare with whole ranks.
        const sorted = [...values].sort((x, y) => x - y);
        for (const p of [25, 50, 99]) {
          const value = sorted[Math.max(0, Math.ceil((p / 100) * values.length) - 1)] as number;
          expect(Math.abs(found.percentile(p) / value - 1)).toBeLessThan(0.0051);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
