/** Mean and quantiles of a column, in its own unit; `null` where there are no values. */
export interface Summary {
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
}

/** The q-quantile of sorted values, by linear interpolation (DuckDB's quantile_cont). */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const position = q * (n - 1);
  const low = Math.floor(position);
  const a = sorted[low] as number;
  const b = sorted[Math.min(low + 1, n - 1)] as number;
  return a + (b - a) * (position - low);
}

/** Mean (summed in index order) and quantiles of finite values. */
export function summarise(values: Float64Array): Summary {
  if (values.length === 0) {
    return { mean: null, p50: null, p90: null, p95: null, p99: null, max: null };
  }
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const sorted = values.slice().sort();
  return {
    mean: sum / values.length,
    p50: quantileSorted(sorted, 0.5),
    p90: quantileSorted(sorted, 0.9),
    p95: quantileSorted(sorted, 0.95),
    p99: quantileSorted(sorted, 0.99),
    max: sorted[sorted.length - 1] as number,
  };
}
