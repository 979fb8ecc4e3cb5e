/**
 * A run of decode rounds with fixed membership, in closed form: round k lasts
 * first + (k − 1)·slope, so that k rounds last k·first + slope·k(k − 1)/2 milliseconds.
 * Both replay modes read times from these two functions only, never from differences of times.
 */

/** Duration of the first k rounds. */
export function runMs(firstMs: number, slopeMs: number, k: number): number {
  return k * firstMs + slopeMs * ((k * (k - 1)) / 2);
}

/** Duration of round k alone (k from 1). */
export function roundMs(firstMs: number, slopeMs: number, k: number): number {
  return firstMs + (k - 1) * slopeMs;
}

/** The smallest k ≥ 1 whose round ends at `time` or later, for a run that began at `start`. */
export function roundsToReach(
  start: number,
  firstMs: number,
  slopeMs: number,
  time: number,
): number {
  const budget = time - start;
  let k: number;
  if (budget <= 0) k = 1;
  else if (slopeMs > 0) {
    const half = firstMs / slopeMs - 0.5;
    const twice = (2 * budget) / slopeMs;
    // The root less `half`, in the form that keeps its digits when the slope is small.
    k = Math.ceil(twice / (Math.sqrt(half * half + twice) + half));
    if (!Number.isFinite(k)) k = Math.ceil(budget / firstMs);
  } else k = Math.ceil(budget / firstMs);
  if (!(k >= 1)) k = 1;
  while (start + runMs(firstMs, slopeMs, k) < time) k++;
  while (k > 1 && start + runMs(firstMs, slopeMs, k - 1) >= time) k--;
  return k;
}
