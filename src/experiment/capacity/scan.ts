/**
 * Capacity from a scan over rate factors. A rate passes if the lower confidence limit of its
 * attainment is at least the target. Attainment need not fall with the rate (a cache that holds
 * more of a faster trace): the last crossing, from a rate that passes to the next that does not,
 * is the one that is refined, every point is kept, and a scan that fails below a rate that passes
 * is flagged.
 */
export interface ScannedRate {
  /** Arrival rate as a multiple of the trace. */
  readonly factor: number;
  /** Lower confidence limit of attainment. */
  readonly lowerLimit: number;
}

export interface CapacityFactors {
  /** Highest rate of the grid that passes; 0 if none does. */
  readonly grid: number;
  /**
   * Where the lower limit meets the target, linearly between the last rate that passes and the
   * next one; 0 if none passes, the highest rate of the grid if it passes.
   */
  readonly interpolated: number;
  /** The highest rate passes: capacity is at least that. */
  readonly atLeast: boolean;
  /** No rate fails below one that passes. */
  readonly monotone: boolean;
  /** Why the figures are bounds rather than a crossing; null where there is one. */
  readonly reason: string | null;
}

/** The rates around the last crossing; null where the scan has none. */
export function lastCrossing<T extends ScannedRate>(
  points: readonly T[],
  target: number,
): { readonly passes: T; readonly fails: T } | null {
  const rising = byFactor(points);
  const last = rising.findLastIndex(({ lowerLimit }) => lowerLimit >= target);
  const passes = rising[last];
  const fails = rising[last + 1];
  return passes && fails ? { passes, fails } : null;
}

/** Middle of the last crossing: the next rate to try. */
export function nextRate(points: readonly ScannedRate[], target: number): number | null {
  const crossing = lastCrossing(points, target);
  return crossing && (crossing.passes.factor + crossing.fails.factor) / 2;
}

/**
 * @param grid the rates of the grid
 * @param refined those tried between them
 */
export function capacityFactors(
  grid: readonly ScannedRate[],
  refined: readonly ScannedRate[],
  target: number,
): CapacityFactors {
  const all = byFactor([...grid, ...refined]);
  const passed = all.map(({ lowerLimit }) => lowerLimit >= target);
  const monotone = !passed.some((ok, i) => !ok && passed.includes(true, i));
  const best = byFactor(grid).findLast(({ lowerLimit }) => lowerLimit >= target);
  if (best === undefined) {
    const reason = 'no rate of the scan meets the target';
    return { grid: 0, interpolated: 0, atLeast: false, monotone, reason };
  }
  const crossing = lastCrossing(all, target);
  if (crossing === null) {
    const { factor } = best;
    const reason = 'the highest rate of the scan meets the target';
    return { grid: factor, interpolated: factor, atLeast: true, monotone, reason };
  }
  const { passes, fails } = crossing;
  const share = (passes.lowerLimit - target) / (passes.lowerLimit - fails.lowerLimit);
  const interpolated = passes.factor + (fails.factor - passes.factor) * share;
  return { grid: best.factor, interpolated, atLeast: false, monotone, reason: null };
}

function byFactor<T extends ScannedRate>(points: readonly T[]): T[] {
  return [...points].sort((a, b) => a.factor - b.factor);
}
