import { describe, expect, it } from 'vitest';
import { correctedInterval } from './corrected-interval.ts';
import { percentileInterval } from './interval.ts';

const even = Float64Array.from({ length: 1001 }, (_, i) => i - 500);
const options = { source: 'workload', level: 0.9 } as const;

describe('correctedInterval', () => {
  it('is the percentile interval without bias and skew', () => {
    const { low, high } = correctedInterval(even, { ...options, value: 0, influence: [1, -1] });
    const plain = percentileInterval(even, 'workload');
    expect(low).toBeCloseTo(plain?.low as number, 6);
    expect(high).toBeCloseTo(plain?.high as number, 6);
  });

  it('moves both ends down where a few units pull the figure down', () => {
    const influence = [-9, ...Array(9).fill(1)];
    const plain = correctedInterval(even, { ...options, value: 0, influence: [1, -1] });
    const skewed = correctedInterval(even, { ...options, value: 0, influence });
    expect(skewed.low).toBeLessThan(plain.low);
    expect(skewed.high).toBeLessThan(plain.high);
  });

  it('moves both ends up where the draws lie below the figure', () => {
    const plain = correctedInterval(even, { ...options, value: 0, influence: [1, -1] });
    const biased = correctedInterval(even, { ...options, value: 100, influence: [1, -1] });
    expect(biased.low).toBeGreaterThan(plain.low);
    expect(biased.high).toBeGreaterThan(plain.high);
  });

  it('is finite where all draws are on one side, or equal', () => {
    for (const value of [-1000, 0, 1000]) {
      const { low, high } = correctedInterval(even, { ...options, value, influence: [1, -1] });
      expect(low).toBeGreaterThanOrEqual(-500);
      expect(high).toBeLessThanOrEqual(500);
    }
    const flat = correctedInterval(new Float64Array(9), { ...options, value: 0, influence: [0] });
    expect(flat).toMatchObject({ low: 0, high: 0, draws: 9 });
  });
});
