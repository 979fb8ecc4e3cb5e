import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../replay/scenario.ts';
import { bySeeds, seedEstimate, seedSource } from './seeds.ts';

const group = { count: 1, model: 'llama-3.1-8b' };
const drawn = { dequantise: true };

describe('seedSource', () => {
  const two = (name: string) => [1, 2].map((seed) => ({ system: 'a', [name]: seed }));

  it('is named by the seed that varied', () => {
    expect(seedSource(two('seeds.policy'))).toBe('policy seed');
    expect(seedSource(two('seeds.workload'))).toBe('workload');
    expect(seedSource([{ system: 'a', seed: 1 }])).toBeNull();
  });

  it('says of the whole seed what it reaches', () => {
    const source = (parts: object) => {
      const scenario = parseScenario({ groups: [group], ...parts });
      return seedSource(two('seed'), { scenario });
    };
    expect(source({})).toBe('policy seed');
    expect(source({ arrivals: drawn })).toBe('workload and policy seed');
    expect(source({ arrivals: drawn, seeds: { policy: 3 } })).toBe('workload');
    expect(source({ arrivals: drawn, seeds: { workload: 3 } })).toBe('policy seed');
  });

  it('refuses cells in which two seeds vary', () => {
    const cells = [
      { 'seeds.policy': 1, 'seeds.workload': 1 },
      { 'seeds.policy': 2, 'seeds.workload': 2 },
    ];
    expect(() => seedSource(cells)).toThrow(/seeds\.policy and seeds\.workload vary at once/);
  });
});

describe('bySeeds', () => {
  it('groups cells that differ in seeds alone, whatever the order of their labels', () => {
    const cells = [
      { labels: { system: 'a', rate: 1, seed: 1 } },
      { labels: { system: 'b', rate: 1, seed: 1 } },
      { labels: { seed: 2, rate: 1, system: 'a' } },
    ];
    expect(bySeeds(cells)).toEqual([
      { labels: { system: 'a', rate: 1 }, members: [cells[0], cells[2]] },
      { labels: { system: 'b', rate: 1 }, members: [cells[1]] },
    ]);
  });
});

describe('seedEstimate', () => {
  const at = (values: readonly number[]) =>
    seedEstimate(values.map((value, i) => ({ labels: { seed: i + 1 }, value })));

  it("is the mean with Student's interval", () => {
    const { value, interval } = at([1, 2, 3]);
    // t(0.95, 2) = 2.920, standard error 1 / sqrt(3)
    expect(value).toBe(2);
    expect(interval?.low).toBeCloseTo(2 - 2.92 / Math.sqrt(3), 3);
    expect(interval?.high).toBeCloseTo(2 + 2.92 / Math.sqrt(3), 3);
    expect(interval).toMatchObject({ source: 'policy seed', level: 0.9, draws: 3 });
  });

  it('has no interval for one seed, nor for seeds that change nothing', () => {
    expect(at([5])).toEqual({ value: 5, interval: null });
    expect(at([0.25, 0.25])).toEqual({ value: 0.25, interval: null });
  });
});
