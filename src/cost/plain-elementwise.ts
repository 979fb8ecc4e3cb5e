import type { KernelConstants } from './kernels.ts';

/**
 * Element-wise work of a decoder in plain PyTorch as two constants: the kernels of a layer, and the
 * elements that they read and write. The constants of a serving engine's fused kernels are others.
 *
 * Each operation is so many kernels, and each kernel reads and writes its elements: a norm is one
 * kernel (1 read, 1 write); rotation of queries, and of keys, is negation of a half, concatenation,
 * two products and a sum (10 for each element in all); a gated activation is SiLU and a product (5);
 * a sum is one kernel (3). A layer of two norms, rotation, activation and two sums is 16 kernels.
 * Fitted on whole steps, the time of a layer holds what else no file times, such as writing the cache.
 */
export const plainOperations: Readonly<
  Record<keyof KernelConstants['elementwise'], { kernels: number; moved: number }>
> = {
  norm: { kernels: 1, moved: 2 },
  rope: { kernels: 10, moved: 10 },
  activation: { kernels: 2, moved: 5 },
  residualAdd: { kernels: 1, moved: 3 },
  embedding: { kernels: 1, moved: 2 },
};

const kernelsPerLayer = 16;

/** Start of all kernels of a layer, us, and us per million elements read or written. */
export interface PlainElementwise {
  readonly usPerLayer: number;
  readonly usPerMillionMoved: number;
}

/** The constants of each operation that the two amount to. */
export function elementwiseConstants({
  usPerLayer,
  usPerMillionMoved,
}: PlainElementwise): KernelConstants['elementwise'] {
  const entries = Object.entries(plainOperations).map(([name, { kernels, moved }]) => [
    name,
    {
      startUs: (usPerLayer * kernels) / kernelsPerLayer,
      usPerMillion: usPerMillionMoved * moved,
    },
  ]);
  return Object.fromEntries(entries);
}
