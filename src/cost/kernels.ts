import type { Gpu } from '../hardware/gpus.ts';
import { unknownName } from '../units/nearest.ts';
import { a100Constants, a100Variants } from './a100.ts';
import { type ValuesOf, valuesOf } from './constants.ts';
import { drawnValue } from './draws.ts';

/**
 * Kernel times as functions of work: a start time plus a roofline with fitted shares of the peaks.
 *
 * Source: the forms and errors stand in this room's README; constants in `a100.ts`. On a GPU other
 * than the A100 the same shares are taken of its own peaks: compute shares travel between
 * generations within 11 to 14 %, the share of decode attention does not (Hopper kernels are faster).
 * Units: microseconds, bytes, FLOP/s and bytes/s.
 */
export type KernelConstants = ValuesOf<typeof a100Constants>;

/** Which kernels are timed: names of `a100.ts`, vLLM 0.14 where nothing else is said. */
export const kernelVariants: readonly string[] = ['vllm-0.14', ...Object.keys(a100Variants)];

export type AllReduceKind = 'custom' | 'nccl';

/** All-reduce buffers up to this size take the custom kernel's small-message path. */
const smallAllReduceBytes = 8 * 2 ** 20;

/** Constants of a variant: its own in the place of those it names, the common ones else. */
export function kernelTree(variant = 'vllm-0.14'): typeof a100Constants {
  if (!kernelVariants.includes(variant)) {
    throw unknownName('kernel variant', variant, kernelVariants);
  }
  const merged: Record<string, object> = { ...a100Constants };
  const changes = (a100Variants as Record<string, object>)[variant] ?? {};
  for (const [family, constants] of Object.entries(changes)) {
    merged[family] = { ...merged[family], ...constants };
  }
  return merged as typeof a100Constants;
}

/** Constants of a variant as plain numbers: the published ones, or the n-th draw of them. */
export function kernelConstants(variant?: string, draw = 0): KernelConstants {
  return valuesOf(kernelTree(variant), (placed) => drawnValue(placed, draw));
}

/** (x^p + y^p)^(1/p), the smooth maximum of the two sides of a roofline. */
export function softMax(x: number, y: number, p: number): number {
  const large = Math.max(x, y);
  if (large === 0) return 0;
  const ratio = Math.min(x, y) / large;
  return large * (1 + ratio ** p) ** (1 / p);
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

  /** A matrix product, or any operation with such a roofline. */
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
   * Rate at which decode attention reads KV, bytes/s; with `blocks` (requests x KV heads) given,
   * limited as in kernels that do not split one request's KV over thread blocks.
   */
  kvBytesPerS(blocks?: number): number {
    const { kvShare, blockBytesPerS } = this.constants.decodeAttention;
    const rate = this.gpu.hbmBytesPerS * kvShare;
    return blocks === undefined ? rate : Math.min(rate, blockBytesPerS * blocks);
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
