import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundMs, roundsToReach, runMs } from './decode-run.ts';

fc.configureGlobal({ seed: 51, numRuns: 500 });

const firstMs = fc.double({ min: 0.5, max: 100, noNaN: true });
/** None, what cost models give, steep, and so small that it vanishes beside the first round. */
const slopeMs = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-6, max: 1e-2, noNaN: true }),
  fc.double({ min: 1, max: 50, noNaN: true }),
  fc.constantFrom(1e-14, 1e-17, 1e-40, 1e-300),
);
const start = fc.double({ min: 0, max: 1e7, noNaN: true });
const budget = fc.double({ min: -10, max: 5000, noNaN: true });

describe('roundsToReach', () => {
  it('is the first round that ends at the time or later', () => {
    fc.assert(
      fc.property(start, firstMs, slopeMs, budget, (from, first, slope, more) => {
        const time = from + more;
        let k = 1;
        while (from + runMs(first, slope, k) < time) k++;
        expect(roundsToReach(from, first, slope, time)).toBe(k);
      }),
    );
  });

  it('is round k for the very time at which round k ends', () => {
    fc.assert(
      fc.property(firstMs, slopeMs, fc.integer({ min: 1, max: 3000 }), (first, slope, k) => {
        expect(roundsToReach(0, first, slope, runMs(first, slope, k))).toBe(k);
      }),
    );
  });

  it('is one round for a time that has passed', () => {
    expect(roundsToReach(100, 5, 1, 99)).toBe(1);
    expect(roundsToReach(100, 5, 0, 100)).toBe(1);
  });
});

describe('runMs', () => {
  it('is the sum of its rounds', () => {
    fc.assert(
      fc.property(firstMs, slopeMs, fc.integer({ min: 0, max: 500 }), (first, slope, k) => {
        let sum = 0;
        for (let round = 1; round <= k; round++) sum += roundMs(first, slope, round);
        expect(Math.abs(runMs(first, slope, k) - sum)).toBeLessThanOrEqual(1e-12 * k * (1 + sum));
      }),
    );
  });

  it('adds a slope to every round after the first', () => {
    expect([1, 2, 3].map((k) => roundMs(10, 2, k))).toEqual([10, 12, 14]);
    expect([0, 1, 2, 3].map((k) => runMs(10, 2, k))).toEqual([0, 10, 22, 36]);
  });
});
