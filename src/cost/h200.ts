import { a100Constants } from './a100.ts';
import type { Constant } from './constants.ts';
import type { GpuProfile, KernelTree } from './gpu-profiles.ts';
import { h200Variants } from './h200-vllm.ts';
import { elementwiseConstants } from './plain-elementwise.ts';

/**
 * Kernel constants of one NVIDIA H200, PyTorch 2.11.0 and CUDA 13.0, November 2026.
 *
 * `reprise calibrate fit` with seed 1 on single kernels: 437 GEMMs of 22 shapes, attention of four
 * head configurations (PyTorch's scaled_dot_product_attention), single gated experts. Nothing of a
 * whole step is in these. Element-wise work is that of a decoder in plain PyTorch, two constants
 * from 56 whole steps of llama-2-7b, which no check counts. Prompts on a cached prefix: from our own
 * measurement beside the fit (`calibration/data/h200`), since the others time none.
 *
 * Shares are of 989e12 FLOP/s and 4.8e12 B/s. Decode attention folds the query heads of a group
 * into one call, and PyTorch's kernel then gives each sequence and KV head to one thread block: a
 * batch of few cannot draw the whole bandwidth (`groupedBlockShare`, 45 GB/s a block). Heads
 * without a group take another kernel, which splits the KV. No collectives were measured (one GPU),
 * no fused experts: the constants of the latter are those of single experts.
 */
const measured = (what: string) =>
  `fitted on one H200, PyTorch 2.11.0, CUDA 13.0, 2026-11: ${what}; seed 1`;

const from =
  (source: string) =>
  (unit: string) =>
  (value: number, low: number, high: number): Constant => ({
    value,
    unit,
    source,
    interval: [low, high],
  });

const gemm = from(measured('gemm.csv'));
const attention = from(measured('attention.csv'));
const experts = from(measured('expert_ffn.csv'));
const prefix = from(measured('own attention.csv, calibration/data/h200'));
const steps = from(measured('whole steps of llama-2-7b, decode.csv and prefill.csv'));

const share = 'share of peak';

/** Start of a layer's kernels, us, and us per million elements read or written, with intervals. */
const elementwise = {
  middle: elementwiseConstants({ usPerLayer: 49.22, usPerMillionMoved: 0.9682 }),
  low: elementwiseConstants({ usPerLayer: 48.1, usPerMillionMoved: 0.607 }),
  high: elementwiseConstants({ usPerLayer: 49.8, usPerMillionMoved: 1.13 }),
};

const operation = (name: keyof KernelTree['elementwise']) => {
  const { middle, low, high } = elementwise;
  const [at, least, most] = [middle[name], low[name], high[name]];
  return {
    startUs: steps('us')(at.startUs, least.startUs, most.startUs),
    usPerMillion: steps('us per million elements')(
      at.usPerMillion,
      least.usPerMillion,
      most.usPerMillion,
    ),
  };
};

export const h200Constants: KernelTree = {
  gemm: {
    startUs: gemm('us')(5.055, 2.85, 6.37),
    flopsShare: gemm(share)(0.7734, 0.759, 0.791),
    bytesShare: gemm(share)(0.8769, 0.792, 0.921),
    exponent: gemm('1')(4.08, 3.16, 4.8),
    waves: { value: 0, unit: '1', source: `${measured('gemm.csv')}: no better with it` },
  },
  prefillAttention: {
    startUs: attention('us')(10.32, 8.8, 13.4),
    flopsShare: attention(share)(0.6098, 0.608, 0.651),
    bytesShare: attention(share)(0.773, 0.248, 1.19),
    prefixFactor: prefix('1')(1.869, 1.69, 1.99),
    prefixMasked: { value: 0, unit: '1', source: `${measured('own attention.csv')}: not told` },
  },
  decodeAttention: {
    startUs: attention('us')(5.878, 5.46, 6.82),
    kvShare: attention(share)(0.9405, 0.938, 0.948),
    queryShare: attention(share)(0.1444, 0.0754, 0.158),
    blockUs: attention('us')(0.4567, 0.213, 0.521),
    groupedBlockShare: attention(share)(0.009392, 0.00898, 0.00944),
    blockBytesPerS: a100Constants.decodeAttention.blockBytesPerS,
  },
  allReduce: a100Constants.allReduce,
  allReduceNccl: a100Constants.allReduceNccl,
  experts: {
    startUs: experts('us')(12.84, 12, 20.1),
    per128ExpertsUs: a100Constants.experts.per128ExpertsUs,
    flopsShare: experts(share)(0.6949, 0.647, 0.726),
    bytesShare: experts(share)(0.8384, 0.769, 0.947),
    exponent: experts('1')(2.101, 1.74, 3.21),
    trafficFactor: experts('1')(0.8889, 0.497, 1.12),
  },
  elementwise: {
    norm: operation('norm'),
    rope: operation('rope'),
    activation: operation('activation'),
    residualAdd: operation('residualAdd'),
    embedding: operation('embedding'),
  },
};

export const h200Profile: GpuProfile = {
  gpu: 'h200',
  constants: h200Constants,
  variants: h200Variants,
  fittedSteps: [
    { file: 'decode', model: 'llama-2-7b' },
    { file: 'prefill', model: 'llama-2-7b' },
  ],
  fittedFiles: [
    {
      sha256: 'bbb3ab668b27d4b75cb5db8a525462e6875fb7bbe90e40d461600323c8f5883a',
      families: ['gemm'],
    },
    {
      sha256: 'efc44963aa513c3255ad47578f4b3174b7e80106c94a0cecd583a5f9b54fbc72',
      families: ['attention-prefill', 'attention-decode'],
    },
    {
      sha256: 'f1edfd92df2e8b4623c0b55bf77a3d053c0604394013203414d3fa8bcf5b02fa',
      families: ['moe'],
    },
    {
      sha256: 'f9621b627bf1d44dec4b665d9aa2da1db0703b1da1f5670beb14a132d8e70785',
      families: ['attention-prefill'],
      only: 'prefix',
    },
  ],
  heldOut: {
    gemm: 6.1,
    'attention-prefill': 11.9,
    'attention-decode': 4.4,
    moe: 24,
    'vllm-0.14-h200 attention-prefill': 10.3,
    'vllm-0.14-h200 attention-decode': 12.4,
    'vllm-0.14-h200 moe': 16.6,
  },
};
