import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedImprovement } from './expected-improvement.ts';

/** The mean of max(0, best - y) over a normal y, by the midpoint rule. */
function integrated(mean: number, deviation: number, best: number): number {
  let sum = 0;
  const steps = 20_000;
  for (let i = 0; i < steps; i++) {
    const z = -8 + (16 * (i + 0.5)) / steps;
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    sum += Math.max(0, best - (mean + z * deviation)) * density * (16 / steps);
  }
  return sum;
}

describe('expectedImprovement', () => {
  it('equals the integral', () => {
    const near = { min: -3, max: 3, noNaN: true };
    fc.assert(
      fc.property(
        ...[fc.double(near), fc.double({ min: 0.1, max: 3, noNaN: true }), fc.double(near)],
        (mean, deviation, best) => {
          const value = expectedImprovement(
            mean as number,
            (deviation as number) ** 2,
            best as number,
          );
          expect(value).toBeCloseTo(
            integrated(mean as number, deviation as number, best as number),
            5,
          );
        },
      ),
      { seed: 1, numRuns: 40 },
    );
  });

  it('is the plain difference of a certain prediction', () => {
    expect(expectedImprovement(2, 0, 5)).toBe(3);
    expect(expectedImprovement(5, 0, 2)).toBe(0);
  });
});
