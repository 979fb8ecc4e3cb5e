import { quantileSorted } from '../../units/quantile.ts';

/**
 * What varied between the draws of an interval:
 * - workload: requests resampled, or the workload's seed
 * - policy seed: the draws of policies
 * - prediction noise: the errors of length predictors
 * - workload and policy seed: the scenario's seed, where arrivals are drawn too
 * - clock: constants of the cost model and engine profiles
 */
export type IntervalSource =
  | 'workload'
  | 'policy seed'
  | 'prediction noise'
  | 'workload and policy seed'
  | 'clock';

/** An interval of a figure, in the figure's unit. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Two-sided: 0.9 leaves 5 % on each side. */
  readonly level: number;
  readonly source: IntervalSource;
  /** Resamples, seeds or clock draws that it is made from. */
  readonly draws: number;
}

/** A figure and how far it can be trusted; no interval where it is not defined. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

export const defaultLevel = 0.9;

/**
 * The middle `level` of draws. Draws without a value (a resample that holds no request with the
 * metric) are left out; null where none is left.
 */
export function percentileInterval(
  draws: Float64Array,
  source: IntervalSource,
  level: number = defaultLevel,
): Interval | null {
  const sorted = draws.filter(Number.isFinite).sort();
  if (sorted.length === 0) return null;
  const tail = (1 - level) / 2;
  return {
    low: quantileSorted(sorted, tail),
    high: quantileSorted(sorted, 1 - tail),
    level,
    source,
    draws: sorted.length,
  };
}
