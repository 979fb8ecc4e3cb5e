import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capacityFactors, lastCrossing, nextRate } from './scan.ts';

function points(...limits: readonly [factor: number, lowerLimit: number][]) {
  return limits.map(([factor, lowerLimit]) => ({ factor, lowerLimit }));
}

const falling = points([1, 1], [2, 0.95], [4, 0.85], [8, 0.1]);

describe('capacityFactors', () => {
  it('gives the highest rate that passes and the crossing after it', () => {
    expect(capacityFactors(falling, [], 0.9)).toEqual({
      grid: 2,
      interpolated: expect.closeTo(3, 9),
      atLeast: false,
      monotone: true,
      reason: null,
    });
  });

  it('refines the crossing, not the grid', () => {
    const refined = points([3, 0.92]);
    const { grid, interpolated } = capacityFactors(falling, refined, 0.9);
    expect(grid).toBe(2);
    expect(interpolated).toBeCloseTo(3 + (0.02 / 0.07) * 1, 9);
  });

  it('is 0 with a reason where nothing passes', () => {
    expect(capacityFactors(falling, [], 1.1)).toMatchObject({
      grid: 0,
      interpolated: 0,
      atLeast: false,
      reason: 'no rate of the scan meets the target',
    });
  });

  it('is at least the highest rate where that passes', () => {
    expect(capacityFactors(falling, [], 0.1)).toMatchObject({
      grid: 8,
      interpolated: 8,
      atLeast: true,
    });
  });

  it('takes the last crossing of a scan that falls and rises, and flags it', () => {
    const uneven = points([1, 0.95], [2, 0.5], [3, 0.92], [4, 0.2]);
    expect(capacityFactors(uneven, [], 0.9)).toMatchObject({ grid: 3, monotone: false });
    const late = points([1, 0.5], [2, 0.95], [3, 0.2]);
    expect(capacityFactors(late, [], 0.9)).toMatchObject({ grid: 2, monotone: false });
    const rising = points([1, 0.5], [2, 0.95]);
    expect(capacityFactors(rising, [], 0.9)).toMatchObject({ atLeast: true, monotone: false });
  });

  it('finds the crossing of a falling curve to the width of the last halving', () => {
    const truth = fc.double({ min: 1.01, max: 7.99, noNaN: true });
    fc.assert(
      fc.property(truth, fc.integer({ min: 0, max: 8 }), (at, halvings) => {
        const limit = (factor: number) => 0.9 * Math.exp(at - factor);
        const measured = (factor: number) => ({ factor, lowerLimit: limit(factor) });
        const grid = [1, 2, 4, 8].map(measured);
        const refined: typeof grid = [];
        for (let i = 0; i < halvings; i++) {
          refined.push(measured(nextRate([...grid, ...refined], 0.9) as number));
        }
        const { grid: passing, interpolated } = capacityFactors(grid, refined, 0.9);
        expect(passing).toBe([1, 2, 4].findLast((factor) => factor <= at));
        expect(Math.abs(interpolated - at)).toBeLessThanOrEqual(passing / 2 ** halvings);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('nextRate', () => {
  it('halves the last crossing, and stops where there is none', () => {
    expect(nextRate(falling, 0.9)).toBe(3);
    expect(nextRate(falling, 0.05)).toBeNull();
    expect(nextRate(falling, 1.1)).toBeNull();
    expect(lastCrossing(falling, 0.9)?.fails.factor).toBe(4);
  });
});
