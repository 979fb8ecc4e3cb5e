import { describe, expect, it } from 'vitest';
import { errorBins } from './error-bins.ts';
import { thinned } from './predicted-measured.ts';

describe('errors by size', () => {
  it('puts each power of two into a bin of its own, with the quantiles of its errors', () => {
    const bins = errorBins([
      { size: 4, error: -10 },
      { size: 5, error: 0 },
      { size: 7, error: 30 },
      { size: 8, error: 5 },
    ]);
    expect(bins.map(({ rows }) => rows)).toEqual([3, 1]);
    expect(bins[0]).toMatchObject({ p10: -8, median: 0, p90: 24 });
    expect(bins[0]?.size).toBeCloseTo((4 * 5 * 7) ** (1 / 3), 10);
    expect(bins[1]).toMatchObject({ p10: 5, median: 5, p90: 5 });
  });

  it('keeps every row in few bins over many powers', () => {
    const errors = Array.from({ length: 40 }, (_, i) => ({ size: 2 ** i, error: i }));
    const bins = errorBins(errors);
    expect(bins.length).toBeLessThanOrEqual(11);
    expect(bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(40);
    const medians = bins.map(({ median }) => median);
    expect(medians).toEqual([...medians].sort((a, b) => a - b));
  });

  it('leaves out rows without a size', () => {
    expect(errorBins([{ size: 0, error: 1 }])).toEqual([]);
  });
});

describe('thinned rows', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ measured: 100 - i, predicted: i }));

  it('are spread evenly over the measured time, both ends among them', () => {
    const chosen = thinned(rows, 12).map(({ measured }) => measured);
    expect(chosen).toHaveLength(12);
    expect([chosen[0], chosen.at(-1)]).toEqual([1, 100]);
    const steps = chosen.slice(1).map((value, i) => value - (chosen[i] as number));
    expect(new Set(steps)).toEqual(new Set([9]));
  });

  it('are all rows where there are few', () => {
    expect(thinned(rows, 100)).toHaveLength(100);
  });
});
