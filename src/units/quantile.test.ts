import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantileSorted, summarise } from './quantile.ts';

fc.configureGlobal({ seed: 11, numRuns: 200 });

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const numbers = fc.array(number, { minLength: 1, maxLength: 30 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('quantileSorted', () => {
  it('interpolates between neighbours', () => {
    expect(quantileSorted([10, 20, 30, 40], 0.5)).toBe(25);
    expect(quantileSorted([10, 20, 30, 40], 0.25)).toBe(17.5);
    expect(quantileSorted([10, 20], 0.9)).toBe(19);
  });

  it('is the value itself at every k/(n − 1)', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantileSorted([1, 2, 4, 8, 16], q))).toEqual([
      1, 2, 4, 8, 16,
    ]);
  });

  it('never falls as q grows and stays within the values', () => {
    fc.assert(
      fc.property(numbers, share, share, (values, p, q) => {
        const sorted = Float64Array.from(values).sort();
        const low = quantileSorted(sorted, Math.min(p, q));
        const high = quantileSorted(sorted, Math.max(p, q));
        // Rounding may turn two equal values' interpolation by an ulp.
        const slack = 1e-9;
        expect(low).toBeLessThanOrEqual(high + slack);
        expect(low).toBeGreaterThanOrEqual((sorted[0] as number) - slack);
        expect(high).toBeLessThanOrEqual((sorted.at(-1) as number) + slack);
      }),
    );
  });

  it('mirrors: the q-quantile of negated values is minus the (1 − q)-quantile', () => {
    fc.assert(
      fc.property(numbers, share, (values, q) => {
        const sorted = Float64Array.from(values).sort();
        const negated = sorted.map((x) => -x).reverse();
        expect(quantileSorted(negated, q)).toBeCloseTo(-quantileSorted(sorted, 1 - q), 4);
      }),
    );
  });

  it('is not a number without values', () => {
    expect(quantileSorted([], 0.5)).toBeNaN();
  });
});

describe('summarise', () => {
  it('gives mean, quantiles and maximum, and leaves the values in their order', () => {
    const values = Float64Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
    const before = values.slice();
    expect(summarise(values)).toEqual({ mean: 50, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
    expect(values).toEqual(before);
  });

  it('sorts negative numbers by value', () => {
    expect(summarise(Float64Array.of(-1, -10, -9))).toMatchObject({ p50: -9, max: -1 });
  });

  it('has nothing but nulls to say of no values', () => {
    const none = { mean: null, p50: null, p90: null, p95: null, p99: null, max: null };
    expect(summarise(new Float64Array())).toEqual(none);
  });
});
