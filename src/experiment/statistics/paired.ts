import { InputError } from '../../units/input-error.ts';
import { type BootstrapOptions, bootstrapDraws } from './block-bootstrap.ts';
import { type Estimate, percentileInterval } from './interval.ts';
import { meanOverSeeds, type SeededValue, type SeedOptions, seedKey, seedSource } from './seeds.ts';
import type { Units } from './session-units.ts';
import { plainValue, type Statistic } from './weighted.ts';

/** How a figure of one system stands to that of its baseline. */
export interface Comparison {
  readonly baseline: number;
  readonly value: number;
  /** value - baseline, in the figure's unit. */
  readonly difference: Estimate;
  /** value / baseline. */
  readonly ratio: Estimate;
}

/**
 * Rows of two runs that are the same request: by request_id, the k-th of one with the k-th of the
 * other where resampled arrivals repeat a request. Rows are in order of arrival.
 */
export function pairRows(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { readonly a: Int32Array; readonly b: Int32Array } {
  const places = new Map<number, number[]>();
  for (let row = 0; row < b.length; row++) {
    const id = b[row] as number;
    const known = places.get(id);
    if (known) known.push(row);
    else places.set(id, [row]);
  }
  const taken = new Map<number, number>();
  const pairs: [number, number][] = [];
  for (let row = 0; row < a.length; row++) {
    const id = a[row] as number;
    const k = taken.get(id) ?? 0;
    const other = places.get(id)?.[k];
    if (other === undefined) continue;
    taken.set(id, k + 1);
    pairs.push([row, other]);
  }
  return { a: Int32Array.from(pairs, ([x]) => x), b: Int32Array.from(pairs, ([, y]) => y) };
}

/**
 * Difference and ratio of a statistic between two runs of the same requests, row by row the same:
 * both are taken in the same resamples of the requests, so what the workload does to both cancels.
 */
export function pairedComparison(
  units: Units,
  baseline: Statistic,
  statistic: Statistic,
  options: BootstrapOptions = {},
): Comparison {
  return pairedComparisons(units, [{ baseline, statistic }], options)[0] as Comparison;
}

/** Several statistics in the same resamples. */
export function pairedComparisons(
  units: Units,
  pairs: readonly { readonly baseline: Statistic; readonly statistic: Statistic }[],
  options: BootstrapOptions = {},
): Comparison[] {
  const draws = bootstrapDraws(
    units,
    pairs.flatMap(({ baseline, statistic }) => [baseline, statistic]),
    options,
  );
  return pairs.map((pair, i) => {
    const a = draws[2 * i] as Float64Array;
    const b = draws[2 * i + 1] as Float64Array;
    const baseline = plainValue(pair.baseline, units.of.length);
    const value = plainValue(pair.statistic, units.of.length);
    const interval = (combine: (x: number, y: number) => number) =>
      percentileInterval(
        a.map((x, draw) => combine(x, b[draw] as number)),
        'workload',
        options.level,
      );
    return {
      baseline,
      value,
      difference: { value: value - baseline, interval: interval((x, y) => y - x) },
      ratio: { value: value / baseline, interval: interval((x, y) => y / x) },
    };
  });
}

/**
 * Mean of the differences and mean of the ratios over seeds that both systems ran (common random
 * numbers), each with Student's interval over the seeds.
 * @throws InputError where no seed is shared
 */
export function pairedOverSeeds(
  baseline: readonly SeededValue[],
  values: readonly SeededValue[],
  options: SeedOptions = {},
): Comparison {
  const before = new Map(baseline.map((one) => [seedKey(one.labels), one.value]));
  const shared = values.filter(({ labels }) => before.has(seedKey(labels)));
  if (shared.length === 0) {
    throw new InputError('no seed in common', { rule: 'the same seeds for both systems' });
  }
  const source = seedSource(
    shared.map(({ labels }) => labels),
    options,
  );
  const pairs = shared.map(({ labels, value }) => [before.get(seedKey(labels)) as number, value]);
  const over = (map: (a: number, b: number) => number) =>
    meanOverSeeds(
      pairs.map(([a, b]) => map(a as number, b as number)),
      source,
      options.level,
    );
  return {
    baseline: over((a) => a).value,
    value: over((_, b) => b).value,
    difference: over((a, b) => b - a),
    ratio: over((a, b) => b / a),
  };
}
