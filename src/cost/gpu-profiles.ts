import type { Gpu } from '../hardware/gpus.ts';
import { a100Constants, a100Variants } from './a100.ts';
import type { Constant } from './constants.ts';
import { h200Profile } from './h200.ts';

type ConstantsLike<T> = T extends Constant
  ? Constant
  : { readonly [K in keyof T]: ConstantsLike<T[K]> };

/** Kernel constants of one GPU, in the tree that the kernel forms read. */
export type KernelTree = ConstantsLike<typeof a100Constants>;

/** Constants of other kernels than the common ones, by name; what one does not give is common. */
export type KernelVariants = Readonly<
  Record<string, { readonly [F in keyof KernelTree]?: Partial<KernelTree[F]> }>
>;

/** Measured steps that constants of a profile were set from, so that a check can mark them. */
export interface FittedSteps {
  /** Stem of the file: `decode`, `prefill`. */
  readonly file: string;
  readonly model: string;
}

/** Kernel constants that were fitted on one GPU. */
export interface GpuProfile {
  /** Name of the GPU in `hardware/gpus.ts`. */
  readonly gpu: string;
  readonly constants: KernelTree;
  readonly variants: KernelVariants;
  readonly fittedSteps: readonly FittedSteps[];
  /** Files of kernels that constants were fitted on, where rows do not name their source. */
  readonly fittedFiles?: readonly FittedFile[];
  /** MAPE over held-out shapes, %, by family of the check; `VARIANT FAMILY` for a variant's. */
  readonly heldOut?: Readonly<Record<string, number>>;
}

/** A file of kernel times, of which whole shapes were fitted. */
export interface FittedFile {
  readonly sha256: string;
  /** As the check calls them; undefined: all. */
  readonly families?: readonly string[] | undefined;
  /** Rows on a cached prefix alone. */
  readonly only?: 'prefix';
}

export const a100Profile: GpuProfile = {
  gpu: 'a100-80gb',
  constants: a100Constants,
  variants: a100Variants,
  fittedSteps: [],
  heldOut: {
    gemm: 8.4,
    'gemm-microbenchmark gemm-microbench': 7.6,
    'attention-prefill': 14.4,
    'attention-decode': 18.3,
    allreduce: 9.5,
    moe: 16.2,
  },
};

/** Every GPU with constants of its own, the one that stands for all others first. */
export const gpuProfiles: readonly GpuProfile[] = [a100Profile, h200Profile];

/**
 * The constants to price a GPU with: its own, else those of the A100, whose shares are then taken of
 * the GPU's own peaks.
 */
export function profileOfGpu(gpu: Gpu): GpuProfile {
  return gpuProfiles.find((profile) => profile.gpu === gpu.name) ?? a100Profile;
}

/** Constants of a variant: its own in the place of those it names; unknown variants are common. */
export function treeOfVariant({ constants, variants }: GpuProfile, variant?: string): KernelTree {
  const changes = variant === undefined ? undefined : variants[variant];
  if (changes === undefined) return constants;
  const merged: Record<string, object> = { ...constants };
  for (const [family, own] of Object.entries(changes)) {
    merged[family] = { ...merged[family], ...own };
  }
  return merged as unknown as KernelTree;
}
