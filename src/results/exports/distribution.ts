import { quantileSorted } from '../../units/quantile.ts';

/** Statistics of a list of values in the way of NumPy, which both tools use. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Of the population: divided by the count (numpy.std's default). */
  readonly std: number;
  /** Linear interpolation between ranks (numpy.percentile's default); p in percent. */
  percentile(p: number): number;
}

/** @param values at least one */
export function distributionOf(values: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  let sum = 0;
  for (const value of sorted) sum += value;
  const mean = sum / count;
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  return {
    count,
    sum,
    mean,
    min: sorted[0] as number,
    max: sorted[count - 1] as number,
    std: Math.sqrt(squares / count),
    percentile: (p) => quantileSorted(sorted, p / 100),
  };
}

/** A bucket of `gaps`. */
export interface Bucket {
  readonly lowMs: number;
  readonly highMs: number;
  readonly gaps: number;
  readonly sumMs: number;
}

/**
 * The same of values that are known by bucket, lowest first: count, sum and mean are exact, the
 * rest within the width of a bucket. Percentiles as the SQL macro `itl` has them.
 */
export function distributionOfBuckets(buckets: readonly Bucket[]): Distribution {
  const count = buckets.reduce((n, { gaps }) => n + gaps, 0);
  const sum = buckets.reduce((n, { sumMs }) => n + sumMs, 0);
  const mean = sum / count;
  const means = buckets.map(({ sumMs, gaps }) => sumMs / gaps);
  const squares = buckets.reduce(
    (n, one, i) => n + one.gaps * ((means[i] as number) - mean) ** 2,
    0,
  );
  return {
    count,
    sum,
    mean,
    min: means[0] as number,
    max: means[means.length - 1] as number,
    std: Math.sqrt(squares / count),
    percentile(p) {
      const rank = (p / 100) * count;
      let before = 0;
      for (const { lowMs, highMs, gaps } of buckets) {
        if (before + gaps >= rank) return lowMs + (highMs - lowMs) * ((rank - before) / gaps);
        before += gaps;
      }
      return buckets[buckets.length - 1]?.highMs as number;
    },
  };
}
