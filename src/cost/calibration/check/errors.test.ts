import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, grouped, summariseErrors, worstOf } from './errors.ts';

const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const rows = fc.array(fc.record({ measured: positive, predicted: positive }), {
  minLength: 1,
  maxLength: 40,
});
const seeded = { seed: 1, numRuns: 200 };

describe('summariseErrors', () => {
  it('takes errors of the measurement, signed for the bias', () => {
    // Errors: +10, -20, +50, 0 %.
    const summary = summariseErrors([
      { measured: 100, predicted: 110 },
      { measured: 50, predicted: 40 },
      { measured: 2, predicted: 3 },
      { measured: 7, predicted: 7 },
    ]);
    expect(summary.rows).toBe(4);
    expect(summary.bias).toBeCloseTo(10, 9);
    expect(summary.mape).toBeCloseTo(20, 9);
    expect(summary.median).toBeCloseTo(15, 9);
    // At 2.7 of 0, 10, 20, 50.
    expect(summary.p90).toBeCloseTo(41, 9);
  });

  it('has no bias above its MAPE, and orders median, P90 and the worst', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { bias, mape, median, p90 } = summariseErrors(given);
        const worst = Math.abs(errorOf(worstOf(given, 1)[0]!));
        const slack = 1 + 1e-9;
        expect(Math.abs(bias)).toBeLessThanOrEqual(mape * slack + 1e-9);
        expect(median).toBeLessThanOrEqual(p90 * slack);
        expect(p90).toBeLessThanOrEqual(worst * slack);
      }),
      seeded,
    );
  });
});

describe('worstOf', () => {
  it('agrees with sorting all rows', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 6 }), (given, count) => {
        const sorted = given
          .map((row) => Math.abs(errorOf(row)))
          .sort((a, b) => b - a)
          .slice(0, count);
        expect(worstOf(given, count).map((row) => Math.abs(errorOf(row)))).toEqual(sorted);
      }),
      seeded,
    );
  });
});

describe('grouped', () => {
  it('keeps the order of keys and of rows', () => {
    const groups = grouped(['b1', 'a1', 'b2'], (row) => row[0]!);
    expect([...groups]).toEqual([
      ['b', ['b1', 'b2']],
      ['a', ['a1']],
    ]);
  });
});
