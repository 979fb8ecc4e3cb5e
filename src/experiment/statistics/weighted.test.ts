import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantileSorted } from '../../units/quantile.ts';
import { plainValue, weightedMean, weightedQuantile, weightedShare } from './weighted.ts';

/** Values with how often each occurs. */
const sample = fc.array(
  fc.record({ value: fc.integer({ min: -20, max: 20 }), weight: fc.nat({ max: 4 }) }),
  { minLength: 1, maxLength: 20 },
);

function copies(rows: readonly { value: number; weight: number }[]): number[] {
  return rows.flatMap(({ value, weight }) => Array<number>(weight).fill(value));
}

describe('weighted statistics', () => {
  it('equal those of the copied rows', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (rows, q) => {
        const values = rows.map((row) => row.value);
        const weights = rows.map((row) => row.weight);
        fc.pre(weights.some((weight) => weight > 0));
        const copied = copies(rows).sort((a, b) => a - b);
        const quantile = weightedQuantile(values, q)(weights);
        expect(quantile).toBeCloseTo(quantileSorted(copied, q), 9);
        const mean = copied.reduce((sum, value) => sum + value, 0) / copied.length;
        expect(weightedMean(values)(weights)).toBeCloseTo(mean, 9);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('leave out rows without a value', () => {
    const values = [3, Number.NaN, 1, 2];
    const weights = [1, 5, 1, 0];
    expect(weightedMean(values)(weights)).toBe(2);
    expect(weightedQuantile(values, 1)(weights)).toBe(3);
  });

  it('are NaN where the resample holds no value', () => {
    expect(weightedMean([1, Number.NaN])([0, 2])).toBeNaN();
    expect(weightedQuantile([1, Number.NaN], 0.5)([0, 2])).toBeNaN();
    expect(weightedShare([1, 0], [0, 0])([1, 1])).toBeNaN();
  });

  it('give the share of a part, session by session', () => {
    const share = weightedShare([1, 0, 3], [2, 1, 3]);
    expect(plainValue(share, 3)).toBeCloseTo(4 / 6, 12);
    expect(share([0, 2, 1])).toBeCloseTo(3 / 5, 12);
  });
});
