/** What is better in one figure of a point. */
export interface Objective<T> {
  readonly of: (point: T) => number;
  readonly sense: 'min' | 'max';
}

/**
 * The points that no other point beats: none is at least as good in every objective and better in
 * one. Points that are equal in all objectives stand or fall together. A point without a value
 * (NaN) in an objective is on no front. Order is kept.
 */
export function paretoFront<T>(points: readonly T[], objectives: readonly Objective<T>[]): T[] {
  const costs = points.map((point) =>
    objectives.map(({ of, sense }) => (sense === 'min' ? of(point) : -of(point))),
  );
  const candidates = [...costs.keys()].filter((i) => !costs[i]?.some(Number.isNaN));
  // In this order a point is beaten, if at all, by one before it, and so by one on the front.
  candidates.sort((a, b) => compare(costs[a] as number[], costs[b] as number[]));
  const front: number[] = [];
  for (const i of candidates) {
    if (!front.some((j) => beats(costs[j] as number[], costs[i] as number[]))) front.push(i);
  }
  return front.sort((a, b) => a - b).map((i) => points[i] as T);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((cost, k) => cost !== b[k]);
  return at < 0 ? 0 : (a[at] as number) < (b[at] as number) ? -1 : 1;
}

function beats(a: readonly number[], b: readonly number[]): boolean {
  return a.every((cost, k) => cost <= (b[k] as number)) && compare(a, b) !== 0;
}
