import type { RandomStream } from '../../units/random.ts';

/**
 * Arrivals of a Poisson process in whole milliseconds, as public traces log them; the first at
 * time 0.
 * @param rate requests per second
 */
export function poissonArrivals(random: RandomStream, count: number, rate: number): Float64Array {
  const arrivalMs = new Float64Array(count);
  let atMs = 0;
  for (let row = 1; row < count; row++) {
    atMs += random.exponential(1000 / rate);
    arrivalMs[row] = Math.round(atMs);
  }
  return arrivalMs;
}
