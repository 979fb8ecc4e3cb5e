import type { Constant } from './constants.ts';

/**
 * Kernel constants of the A100-SXM4-80GB, rounded as published with the calibration.
 *
 * GEMM, element-wise and send/receive: fitted on microsoft/vidur@7d475133 (whole layers, sustained
 * clocks). Attention, experts and all-reduce: fitted on ai-dynamo/aiconfigurator@095f58a5,
 * a100_sxm, vLLM 0.14.0. Loss: mean |log(prediction / measurement)|; intervals: 90 % bootstrap over
 * whole shapes; 15 % of the shapes never seen by any fit. Shares are of the peaks in
 * `hardware/gpus.ts`; times are microseconds.
 */
const vidur = 'fitted on microsoft/vidur@7d475133, data/profiling (A100)';
const aiconfigurator = 'fitted on ai-dynamo/aiconfigurator@095f58a5, a100_sxm, vLLM 0.14.0';

const us = (value: number, source: string, interval?: readonly [number, number]): Constant => ({
  value,
  unit: 'us',
  source,
  ...(interval && { interval }),
});
const share = (value: number, source: string, interval?: readonly [number, number]): Constant => ({
  value,
  unit: 'share of peak',
  source,
  ...(interval && { interval }),
});
const number = (value: number, source: string, interval?: readonly [number, number]): Constant => ({
  value,
  unit: '1',
  source,
  ...(interval && { interval }),
});
const elementwise = (startUs: number, usPerMillion: number) => ({
  startUs: us(startUs, vidur),
  usPerMillion: { value: usPerMillion, unit: 'us per million elements', source: vidur },
});

export const a100Constants = {
  /** t0 + softmax_p(2mnk / (P e), 2(mn + mk + nk) / (W e)). */
  gemm: {
    startUs: us(5.18, vidur, [4.44, 5.75]),
    flopsShare: share(0.744, vidur, [0.738, 0.75]),
    bytesShare: share(0.8, vidur, [0.785, 0.815]),
    exponent: number(1.61, vidur, [1.56, 1.67]),
    /** Power of the padding by waves that are not full (`waves.ts`); 0: none, as fitted. */
    waves: number(0, `${vidur} without it`),
  },
  /** t0 + F / (P e) + B / (W e). */
  prefillAttention: {
    startUs: us(12.24, aiconfigurator, [11.67, 12.43]),
    flopsShare: share(0.592, aiconfigurator, [0.59, 0.595]),
    bytesShare: share(0.356, aiconfigurator, [0.301, 0.386]),
    /** On a cached prefix: factor on the time of the pairs, and masked pairs computed, as a share. */
    prefixFactor: number(
      1,
      `${vidur} has one kernel with prefixes, of 2024: not fitted, as without`,
    ),
    prefixMasked: number(
      0,
      `${vidur} has one kernel with prefixes, of 2024: not fitted, as without`,
    ),
  },
  /** t0 + KV / (W e) + Q / (W e) + blockUs b hk / SMs. */
  decodeAttention: {
    startUs: us(17.34, aiconfigurator, [12.62, 17.74]),
    kvShare: share(0.753, aiconfigurator, [0.714, 0.761]),
    queryShare: share(0.261, aiconfigurator, [0.202, 1.308]),
    blockUs: us(2.78, aiconfigurator, [2.56, 3.22]),
    /** Bandwidth of one (request, KV head) block where query heads share KV heads; 1: no limit. */
    groupedBlockShare: share(1, `${aiconfigurator}: no limit seen`),
    /** Limit of one (request, head) block in kernels without split KV; used only on request. */
    blockBytesPerS: {
      value: 22.8e9,
      unit: 'B/s',
      source: aiconfigurator,
      interval: [22.5e9, 22.9e9],
    } satisfies Constant,
  },
  /** Custom kernel in a CUDA graph; up to 8 MiB t0 + g (n - 1) + wire / (N e), above t1 + wire / (N e). */
  allReduce: {
    startUs: us(4.9, aiconfigurator, [4.74, 5.0]),
    perGpuUs: us(0.21, aiconfigurator, [0.15, 0.4]),
    smallShare: share(0.515, aiconfigurator, [0.425, 0.618]),
    largeStartUs: us(67.6, aiconfigurator, [53.5, 77.1]),
    largeShare: share(0.723, aiconfigurator, [0.709, 0.74]),
  },
  /** NCCL alone: t0 + g (n - 1) + wire / (N e); held-out error 16.4 %. */
  allReduceNccl: {
    startUs: us(10.5, aiconfigurator),
    perGpuUs: us(2.06, aiconfigurator),
    share: share(0.609, aiconfigurator),
  },
  /** Fused experts: t0 + cE E / 128 + softmax_p(6 pad h f / (P e), 6 A h f / (W e)) + io traffic / W. */
  experts: {
    startUs: us(32.2, aiconfigurator, [22.3, 48.6]),
    per128ExpertsUs: us(4.8, aiconfigurator, [0, 8.3]),
    flopsShare: share(0.525, aiconfigurator, [0.447, 0.633]),
    bytesShare: share(0.85, aiconfigurator, [0.815, 0.884]),
    exponent: number(1.64, aiconfigurator, [1.47, 1.74]),
    trafficFactor: number(3.5, aiconfigurator, [2.12, 3.94]),
  },
  /** t0 + c (elements / 1e6). */
  elementwise: {
    norm: elementwise(1.92, 5.6),
    rope: elementwise(2.19, 4.49),
    /** Per output element of the (gated) activation. */
    activation: elementwise(1.98, 5.92),
    residualAdd: elementwise(0.98, 3.26),
    embedding: elementwise(2.42, 12.84),
  },
};

const serving = (framework: string) =>
  `fitted on ai-dynamo/aiconfigurator@095f58a5, a100_sxm, ${framework}`;

/** The same forms fitted on other kernels; what a variant does not name stays as above. */
export const a100Variants = {
  'sglang-0.5.10': {
    prefillAttention: {
      startUs: us(14.26, serving('SGLang 0.5.10')),
      flopsShare: share(0.67, serving('SGLang 0.5.10')),
      bytesShare: share(0.593, serving('SGLang 0.5.10')),
    },
    decodeAttention: {
      startUs: us(13.88, serving('SGLang 0.5.10')),
      kvShare: share(0.523, serving('SGLang 0.5.10')),
      queryShare: share(1.304, serving('SGLang 0.5.10')),
      blockUs: us(3.22, serving('SGLang 0.5.10')),
    },
  },
  'trtllm-1.0.0': {
    prefillAttention: {
      startUs: us(13.65, serving('TensorRT-LLM 1.0.0')),
      flopsShare: share(0.49, serving('TensorRT-LLM 1.0.0')),
      bytesShare: share(0.289, serving('TensorRT-LLM 1.0.0')),
    },
    decodeAttention: {
      startUs: us(13.03, serving('TensorRT-LLM 1.0.0')),
      kvShare: share(0.831, serving('TensorRT-LLM 1.0.0')),
      queryShare: share(0.1, serving('TensorRT-LLM 1.0.0')),
      blockUs: us(1.35, serving('TensorRT-LLM 1.0.0')),
    },
  },
  'sarathi-flash-attention-2024': {
    decodeAttention: {
      startUs: us(15.72, 'fitted on microsoft/vidur@e2d00e9a attention.csv (May 2024)'),
      kvShare: share(0.777, 'fitted on microsoft/vidur@e2d00e9a attention.csv (May 2024)'),
      queryShare: share(0.576, 'fitted on microsoft/vidur@e2d00e9a attention.csv (May 2024)'),
      blockUs: us(0, 'fitted on microsoft/vidur@e2d00e9a attention.csv (May 2024)'),
    },
  },
  /** Products with waves that are not full counted: 0.2 to 0.4 points better on held-out shapes. */
  'gemm-waves': {
    gemm: {
      startUs: us(4.93, `${vidur}, seed 1`, [4.33, 5.8]),
      flopsShare: share(0.741, `${vidur}, seed 1`, [0.731, 0.75]),
      bytesShare: share(0.916, `${vidur}, seed 1`, [0.847, 0.995]),
      exponent: number(1.58, `${vidur}, seed 1`, [1.35, 1.79]),
      waves: number(0.911, `${vidur}, seed 1`, [0.797, 0.934]),
    },
  },
  'gemm-microbenchmark': {
    gemm: {
      startUs: us(6.02, aiconfigurator, [5.71, 6.26]),
      flopsShare: share(0.858, aiconfigurator, [0.841, 0.866]),
      bytesShare: share(0.764, aiconfigurator, [0.759, 0.773]),
      exponent: number(1.68, aiconfigurator, [1.64, 1.71]),
    },
  },
};
