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
