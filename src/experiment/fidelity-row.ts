/** One statistic of a generated trace held against the same statistic of the original. */
export interface FidelityRow {
  /** What is compared, with its parameter: 'input tokens p95', 'LRU hit ratio, 5000 blocks'. */
  statistic: string;
  /** True when the generator's parameters were chosen to meet this figure. */
  fitted: boolean;
  generated: number;
  original: number;
  /** Unit of `generated` and `original`: 'tokens', 's', 'ratio', 'requests', … */
  unit: string;
  /** Signed, in the unit of `tolerance`: relative (generated/original − 1) or in points of a ratio. */
  difference: number;
  /** Largest |difference| accepted. */
  tolerance: number;
  ok: boolean;
}

/** A statistic that a fidelity check computes of `T`: a trace, or what is drawn from one. */
export interface Statistic<T> {
  readonly name: string;
  /** `ratio` is compared by difference, in points; everything else relative to the original. */
  readonly unit: 'tokens' | 'images' | 'requests' | 'requests/s' | 'blocks' | 's' | 'ratio';
  readonly fitted: boolean;
  readonly tolerance: number;
  /** Value in the original, for want of the original itself. */
  readonly original: number;
  readonly measure: (subject: T) => number;
}

/** Holds one statistic of `ours` against the original, or against its known value. */
export function compareStatistic<T>(
  statistic: Statistic<T>,
  ours: T,
  theirs: T | undefined,
  toleranceAt: (original: number) => number = () => statistic.tolerance,
): FidelityRow {
  const { name, fitted, unit } = statistic;
  const generated = statistic.measure(ours);
  const original = theirs === undefined ? statistic.original : statistic.measure(theirs);
  const difference = unit === 'ratio' ? generated - original : generated / original - 1;
  const tolerance = toleranceAt(original);
  const ok = Math.abs(difference) <= tolerance;
  return { statistic: name, fitted, generated, original, unit, difference, tolerance, ok };
}
