/**
 * Latin hypercube sample: `count` points of the unit cube such that each of `count` equal slices
 * of every dimension holds one. McKay, Beckman and Conover, Technometrics 21 (1979).
 */
import type { RandomStream } from '../../units/random.ts';

export function latinHypercube(
  count: number,
  dimensions: number,
  random: RandomStream,
): number[][] {
  const columns = Array.from({ length: dimensions }, () => {
    const slices = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [slices[i], slices[j]] = [slices[j] as number, slices[i] as number];
    }
    return slices.map((slice) => (slice + random.uniform()) / count);
  });
  return Array.from({ length: count }, (_, i) => columns.map((column) => column[i] as number));
}
