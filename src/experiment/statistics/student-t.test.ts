import { describe, expect, it } from 'vitest';
import { studentQuantile } from './student-t.ts';

/** Printed tables: upper quantiles, three decimals. */
const table: readonly [degrees: number, p: number, t: number][] = [
  [1, 0.95, 6.314],
  [1, 0.975, 12.706],
  [2, 0.95, 2.92],
  [2, 0.975, 4.303],
  [3, 0.99, 4.541],
  [4, 0.95, 2.132],
  [5, 0.975, 2.571],
  [9, 0.95, 1.833],
  [10, 0.995, 3.169],
  [30, 0.95, 1.697],
  [30, 0.975, 2.042],
  [120, 0.975, 1.98],
];

describe('studentQuantile', () => {
  it.each(table)('with %d degrees of freedom at %d is %d', (degrees, p, t) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(t, 3);
  });

  it('has its closed forms for 1 and 2 degrees of freedom', () => {
    for (const p of [0.6, 0.9, 0.99, 0.9999]) {
      expect(studentQuantile(p, 1)).toBeCloseTo(Math.tan(Math.PI * (p - 0.5)), 6);
      const u = 2 * p - 1;
      expect(studentQuantile(p, 2)).toBeCloseTo(u * Math.sqrt(2 / (1 - u * u)), 8);
    }
  });

  it('is symmetric and tends to the normal quantile', () => {
    expect(studentQuantile(0.1, 7)).toBeCloseTo(-studentQuantile(0.9, 7), 12);
    expect(studentQuantile(0.5, 7)).toBe(0);
    expect(studentQuantile(0.95, 1e6)).toBeCloseTo(1.644854, 5);
  });

  it('refuses what is no probability', () => {
    expect(() => studentQuantile(1, 3)).toThrow(/not in \(0, 1\)/);
    expect(() => studentQuantile(0.9, 0)).toThrow(/degrees of freedom/);
  });
});
