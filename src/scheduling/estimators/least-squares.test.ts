import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitRelative } from './least-squares.ts';

fc.configureGlobal({ seed: 52, numRuns: 200 });

const coefficient = fc.constantFrom(0, 1e-9, 0.003, 1, 40);

/** Prompts by length: one, its tokens, its squared tokens. */
function features(lengths: readonly number[]): Float64Array {
  return Float64Array.from(lengths.flatMap((n) => [1, n, n * n]));
}

function lossOf(x: Float64Array, y: Float64Array, c: readonly number[]): number {
  let loss = 0;
  for (let s = 0; s < y.length; s++) {
    const value = c.reduce((sum, one, i) => sum + one * (x[3 * s + i] as number), 0);
    loss += (value / (y[s] as number) - 1) ** 2;
  }
  return loss;
}

describe('fitRelative', () => {
  it('finds the coefficients of data without error, eight orders of magnitude apart', () => {
    const lengths = [64, 130, 300, 900, 3000, 9000, 30_000, 120_000];
    fc.assert(
      fc.property(coefficient, coefficient, coefficient, (c0, c1, c2) => {
        fc.pre(c0 + c1 + c2 > 0);
        const x = features(lengths);
        const y = Float64Array.from(lengths, (n) => c0 + c1 * n + c2 * n * n);
        const found = fitRelative(x, y);
        for (const [s, n] of lengths.entries()) {
          const value = found[0] + found[1] * n + found[2] * n * n;
          expect(Math.abs(value / (y[s] as number) - 1)).toBeLessThan(1e-6);
        }
      }),
    );
  });

  it('has no coefficient below 0, and no non-negative ones near by are better', () => {
    const times = fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), {
      minLength: 4,
      maxLength: 10,
    });
    const nudge = fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(-1, -0.01, 0, 0.01, 1)));
    fc.assert(
      fc.property(times, nudge, (values, by) => {
        const x = features(values.map((_, i) => i + 1));
        const y = Float64Array.from(values);
        const found = fitRelative(x, y);
        expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
        const near = found.map((one, i) => Math.max(0, one + (by[i] as number)));
        expect(lossOf(x, y, found)).toBeLessThanOrEqual(lossOf(x, y, near) + 1e-9);
      }),
    );
  });

  it('weighs relative errors: a constant lies nearer to the small value', () => {
    const x = Float64Array.from([1, 0, 0, 1, 0, 0]);
    // Least of (c - 1)^2 + (c / 3 - 1)^2.
    expect(fitRelative(x, Float64Array.from([1, 3]))[0]).toBeCloseTo(1.2, 12);
  });
});
