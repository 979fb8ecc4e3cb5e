import { type Gpu, gpuNamed } from '../hardware/gpus.ts';
import { attentionPairs, gemmWork } from '../model/operations.ts';
import { unknownName } from '../units/nearest.ts';
import type { a100Constants } from './a100.ts';
import { type ValuesOf, valuesOf } from './constants.ts';
import { drawnValue } from './draws.ts';
import { gpuProfiles, type KernelTree, profileOfGpu, treeOfVariant } from './gpu-profiles.ts';
import { wavePadding } from './waves.ts';

/**
 * Kernel times as functions of work: a start time plus a roofline with fitted shares of the peaks.
 *
 * Source: the forms and errors stand in this room's README; constants in `a100.ts` and `h200.ts`. A
 * GPU without constants of its own takes the A100's shares of its own peaks: on an H100 that leaves
 * 10 to 15 % for sustained products and prefill attention, and 19 to 80 % elsewhere.
 * Units: microseconds, bytes, FLOP/s and bytes/s.
 */
export type KernelConstants = ValuesOf<typeof a100Constants>;

/** Which kernels are timed: variants of any GPU; vLLM 0.14 on the A100 where nothing else is said. */
export const kernelVariants: readonly string[] = [
  'vllm-0.14',
  ...gpuProfiles.flatMap(({ variants }) => Object.keys(variants)),
];

export type AllReduceKind = 'custom' | 'nccl';

/** All-reduce buffers up to this size take the custom kernel's small-message path. */
const smallAllReduceBytes = 8 * 2 ** 20;

/**
 * Constants of a variant: its own in the place of those it names, the common ones else. A GPU
 * without constants of its own has those of the A100, one without the variant its common ones.
 */
export function kernelTree(variant = 'vllm-0.14', gpu = gpuNamed('a100')): KernelTree {
  if (!kernelVariants.includes(variant)) {
    throw unknownName('kernel variant', variant, kernelVariants);
  }
  return treeOfVariant(profileOfGpu(gpu), variant);
}

/** Constants of a variant as plain numbers: the published ones, or the n-th draw of them. */
export function kernelConstants(variant?: string, draw = 0, gpu?: Gpu): KernelConstants {
  return valuesOf(kernelTree(variant, gpu), (placed) => drawnValue(placed, draw));
}

/** (x^p + y^p)^(1/p), the smooth maximum of the two sides of a roofline. */
export function softMax(x: number, y: number, p: number): number {
  const large = Math.max(x, y);
  if (large === 0) return 0;
  const ratio = Math.min(x, y) / large;
  return large * (1 + ratio ** p) ** (1 / p);
}

/** Who reads KV in one call of decode attention. */
export interface KvReaders {
  /** Requests x KV heads: the thread blocks of a kernel that does not split one request's KV. */
  readonly blocks: number;
  /** Several query heads read one KV head. */
  readonly grouped: boolean;
  /** Limit every block as in A100 kernels without split KV, for any heads; off by default. */
  readonly capped?: boolean;
}

type ElementwiseKind = keyof KernelConstants['elementwise'];

/** Kernel times on one GPU, in microseconds. */
export class Kernels {
  readonly gpu: Gpu;
  readonly constants: KernelConstants;
  /** Wire that carries an all-reduce: NVLink, or PCIe where there is none. */
  readonly wireBytesPerS: number;

  constructor(gpu: Gpu, constants: KernelConstants = kernelConstants()) {
    this.gpu = gpu;
    this.constants = constants;
    this.wireBytesPerS = gpu.nvlinkBytesPerS || gpu.pcieBytesPerS;
  }

  /** Y[m,n] = X[m,k] W[k,n]; with `waves` above 0, the FLOPs of waves that are not full count too. */
  productUs(m: number, n: number, k: number): number {
    const { flops, bytes } = gemmWork(m, n, k);
    const { waves } = this.constants.gemm;
    if (waves === 0) return this.gemmUs(flops, bytes);
    return this.gemmUs(flops * wavePadding(m, n, this.gpu.smCount) ** waves, bytes);
  }

  /** Any operation with the roofline of a matrix product. */
  gemmUs(flops: number, bytes: number): number {
    const { startUs, flopsShare, bytesShare, exponent } = this.constants.gemm;
    return (
      startUs +
      softMax(
        (1e6 * flops) / (this.gpu.flopsPerS * flopsShare),
        (1e6 * bytes) / (this.gpu.hbmBytesPerS * bytesShare),
        exponent,
      )
    );
  }

  /** Attention of one layer over all prompts of a step together. */
  prefillAttentionUs(flops: number, bytes: number): number {
    const { startUs, flopsShare, bytesShare } = this.constants.prefillAttention;
    return (
      startUs +
      (1e6 * flops) / (this.gpu.flopsPerS * flopsShare) +
      (1e6 * bytes) / (this.gpu.hbmBytesPerS * bytesShare)
    );
  }

  /** The part of one layer's decode attention that does not depend on the context. */
  decodeAttentionFixedUs(queryBytes: number, blocks: number): number {
    const { startUs, queryShare, blockUs } = this.constants.decodeAttention;
    return (
      startUs +
      (1e6 * queryBytes) / (this.gpu.hbmBytesPerS * queryShare) +
      (blockUs * blocks) / this.gpu.smCount
    );
  }

  /**
   * Query-key pairs that prefill attention takes the time of: `rows` new tokens on `keys` tokens,
   * themselves included. On a cached prefix some kernels run slower, and compute a part of the
   * masked pairs too, up to the whole rectangle.
   */
  timedPairs(rows: number, keys: number, mask: 'causal' | 'full'): number {
    const pairs = attentionPairs(rows, keys, mask);
    if (mask === 'full' || keys === rows) return pairs;
    const { prefixFactor, prefixMasked } = this.constants.prefillAttention;
    return prefixFactor * (pairs + (prefixMasked * rows * (rows - 1)) / 2);
  }

  /** Rate at which decode attention reads KV, bytes/s; of a large batch if nothing is given. */
  kvBytesPerS(readers?: KvReaders): number {
    const { kvShare, groupedBlockShare, blockBytesPerS } = this.constants.decodeAttention;
    const { hbmBytesPerS } = this.gpu;
    if (readers === undefined) return hbmBytesPerS * kvShare;
    const { blocks, grouped, capped = false } = readers;
    if (capped) return Math.min(hbmBytesPerS * kvShare, blockBytesPerS * blocks);
    return hbmBytesPerS * (grouped ? Math.min(kvShare, groupedBlockShare * blocks) : kvShare);
  }

  /** Sum of `bytes` per GPU over `gpus` GPUs of one host. */
  allReduceUs(bytes: number, gpus: number, kind: AllReduceKind = 'custom'): number {
    if (gpus <= 1) return 0;
    const wireUs = (1e6 * this.wireBytes(bytes, gpus)) / this.wireBytesPerS;
    if (kind === 'nccl') {
      const { startUs, perGpuUs, share } = this.constants.allReduceNccl;
      return startUs + perGpuUs * (gpus - 1) + wireUs / share;
    }
    const { startUs, perGpuUs, smallShare, largeStartUs, largeShare } = this.constants.allReduce;
    if (bytes > smallAllReduceBytes) return largeStartUs + wireUs / largeShare;
    return startUs + perGpuUs * (gpus - 1) + wireUs / smallShare;
  }

  /** Bytes that each GPU sends in an all-reduce of `bytes`. */
  wireBytes(bytes: number, gpus: number): number {
    return (2 * (gpus - 1) * bytes) / gpus;
  }

  /** Element-wise operations by the elements they touch. */
  elementwiseUs(kind: ElementwiseKind, elements: number): number {
    const { startUs, usPerMillion } = this.constants.elementwise[kind];
    return startUs + (usPerMillion * elements) / 1e6;
  }

  /** All routed experts of one layer in one fused kernel. */
  expertsUs(work: {
    /** FLOPs with every expert's rows padded to whole blocks. */
    paddedFlops: number;
    /** Bytes of the distinct experts' weights. */
    weightBytes: number;
    /** Bytes of routed activations: in, intermediate and out. */
    trafficBytes: number;
    experts: number;
  }): number {
    const c = this.constants.experts;
    return (
      c.startUs +
      (c.per128ExpertsUs * work.experts) / 128 +
      softMax(
        (1e6 * work.paddedFlops) / (this.gpu.flopsPerS * c.flopsShare),
        (1e6 * work.weightBytes) / (this.gpu.hbmBytesPerS * c.bytesShare),
        c.exponent,
      ) +
      (1e6 * c.trafficFactor * work.trafficBytes) / this.gpu.hbmBytesPerS
    );
  }
}
