import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { bootstrapEstimate } from './block-bootstrap.ts';
import type { Interval } from './interval.ts';
import { pairedComparison, pairedOverSeeds, pairRows } from './paired.ts';
import { weightedMean, weightedQuantile } from './weighted.ts';

const ids = fc.array(fc.nat({ max: 6 }), { maxLength: 15 });

function single(count: number) {
  return { of: Int32Array.from({ length: count }, (_, i) => i), count };
}

function width(interval: Interval | null): number {
  return interval === null ? Number.NaN : interval.high - interval.low;
}

describe('pairRows', () => {
  it('pairs equal requests, each once, as many as both have', () => {
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        const pairs = pairRows(a, b);
        expect(Array.from(pairs.a, (row) => a[row])).toEqual(Array.from(pairs.b, (row) => b[row]));
        expect(new Set(pairs.a).size).toBe(pairs.a.length);
        expect(new Set(pairs.b).size).toBe(pairs.b.length);
        const count = (list: number[], id: number) => list.filter((one) => one === id).length;
        const shared = [0, 1, 2, 3, 4, 5, 6].map((id) => Math.min(count(a, id), count(b, id)));
        expect(pairs.a.length).toBe(shared.reduce((sum, n) => sum + n, 0));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('pairs repeated requests in order of arrival', () => {
    const pairs = pairRows([7, 5, 7], [7, 7, 5]);
    expect([[...pairs.a], [...pairs.b]]).toEqual([
      [0, 1, 2],
      [0, 2, 1],
    ]);
  });
});

describe('pairedComparison', () => {
  it('has an interval of width 0 for a constant difference and a constant ratio', () => {
    const stream = new RandomStream(1);
    const base = Array.from({ length: 80 }, () => stream.exponential(10));
    const compare = (values: number[]) =>
      pairedComparison(single(80), weightedMean(base), weightedMean(values));
    const later = compare(base.map((value) => value + 3));
    expect(later.difference.value).toBeCloseTo(3, 9);
    expect(width(later.difference.interval)).toBeLessThan(1e-9);
    const slower = compare(base.map((value) => value * 2));
    expect(slower.ratio.value).toBeCloseTo(2, 9);
    expect(width(slower.ratio.interval)).toBeLessThan(1e-9);
    expect(slower.difference.interval?.source).toBe('workload');
  });

  it('is narrower than the interval of either value where the workload does the same to both', () => {
    const stream = new RandomStream(2);
    const base = Array.from({ length: 200 }, () => stream.exponential(10));
    const other = base.map((value) => value + stream.normal());
    const units = single(200);
    const { difference } = pairedComparison(
      units,
      weightedQuantile(base, 0.9),
      weightedQuantile(other, 0.9),
    );
    const alone = bootstrapEstimate(units, weightedQuantile(base, 0.9)).interval;
    expect(width(difference.interval)).toBeLessThan(width(alone) / 2);
  });
});

describe('pairedOverSeeds', () => {
  const at = (seed: number, value: number) => ({ labels: { seed }, value });

  it('takes differences seed by seed', () => {
    const before = [at(1, 10), at(2, 20), at(3, 30)];
    const after = [at(3, 33), at(1, 11), at(2, 22)];
    const { baseline, value, difference } = pairedOverSeeds(before, after);
    expect([baseline, value, difference.value]).toEqual([20, 22, 2]);
    // Differences 1, 2, 3: t(0.95, 2) = 2.920, standard error 1 / sqrt(3)
    expect(difference.interval?.low).toBeCloseTo(2 - 2.92 / Math.sqrt(3), 3);
    expect(difference.interval).toMatchObject({ source: 'policy seed', draws: 3 });
  });

  it('compares the same seeds alone, and refuses systems without one in common', () => {
    const { baseline } = pairedOverSeeds([at(1, 10), at(2, 1000)], [at(1, 12)]);
    expect(baseline).toBe(10);
    expect(() => pairedOverSeeds([at(1, 1)], [at(2, 1)])).toThrow(/no seed in common/);
  });
});
