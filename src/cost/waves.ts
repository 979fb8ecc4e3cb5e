/**
 * Wave quantisation of a matrix product: tiles of the result run on the multiprocessors in waves, and
 * the last wave takes as long as a full one.
 *
 * The kernel library's choice is not known; it is taken to be the best of eight tile shapes and of
 * 1, 2, 4 or 8 parts of k. The result is FLOPs with all waves full over FLOPs needed, at least 1.
 */
const tiles = [
  [64, 64],
  [64, 128],
  [128, 64],
  [128, 128],
  [64, 256],
  [256, 64],
  [128, 256],
  [256, 128],
] as const;
const splits = [1, 2, 4, 8] as const;

export function wavePadding(m: number, n: number, smCount: number): number {
  let least = Infinity;
  for (const [rows, columns] of tiles) {
    const count = Math.ceil(m / rows) * Math.ceil(n / columns);
    for (const parts of splits) {
      const waves = Math.ceil((count * parts) / smCount);
      least = Math.min(least, (waves * smCount * rows * columns) / parts);
    }
  }
  return least / (m * n);
}
