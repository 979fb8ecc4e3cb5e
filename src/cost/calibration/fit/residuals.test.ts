import { describe, expect, it } from 'vitest';
import { residualFactor } from './residuals.ts';

const grid = (log: (x: number) => number) =>
  Array.from({ length: 21 }, (_, i) => ({ at: [i / 2], log: log(i / 2) }));

describe('residualFactor', () => {
  it('is the residual at a measured point and between points of one residual', () => {
    expect(residualFactor([{ at: [1, 2], log: 0.3 }], [1, 2])).toBeCloseTo(Math.exp(0.3), 5);
    expect(
      residualFactor(
        grid(() => 0.2),
        [3.25],
      ),
    ).toBeGreaterThan(Math.exp(0.1));
    expect(
      residualFactor(
        grid(() => 0.2),
        [3.25],
      ),
    ).toBeLessThan(Math.exp(0.2));
  });

  it('weighs near points more than far ones', () => {
    const step = grid((x) => (x < 5 ? -0.4 : 0.4));
    expect(residualFactor(step, [4.1])).toBeLessThan(0.9);
    expect(residualFactor(step, [6.1])).toBeGreaterThan(1.1);
  });

  it('draws towards 1 away from the data, and is 1 without any', () => {
    const points = grid(() => 0.5);
    const far = [11, 15, 40].map((x) => residualFactor(points, [x]));
    expect([...far].sort((a, b) => b - a)).toEqual(far);
    expect(far[2]).toBeCloseTo(1, 2);
    expect(residualFactor([], [1])).toBe(1);
  });
});
