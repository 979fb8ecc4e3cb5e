import { a100Constants } from './a100.ts';
import type { Constant } from './constants.ts';
import type { KernelVariants } from './gpu-profiles.ts';

/**
 * Kernels of vLLM 0.14.0 on an H200, for scenarios of a serving engine there: attention,
 * all-reduce and fused experts, each with whole shapes held out (`reprise calibrate fit`, seed 1).
 * Held-out errors (MAPE / median): prefill attention 10.3 / 7.6, decode attention 12.4 / 5.7,
 * experts 16.6 / 11.8. Matrix products stay those of `h200.ts`, which were timed sustained; its
 * element-wise work is that of plain PyTorch, so an engine's fused kernels take the A100's.
 */
const source =
  'fitted on ai-dynamo/aiconfigurator@095f58a5, h200_sxm, vLLM 0.14.0 (`reprise calibrate fit`, seed 1)';

const fitted =
  (unit: string) =>
  (value: number, low: number, high: number): Constant => ({
    value,
    unit,
    source,
    interval: [low, high],
  });
const us = fitted('us');
const share = fitted('share of peak');
const number = fitted('1');
const unknown = (value: number): Constant => ({
  value,
  unit: '1',
  source: `${source}: no prompt on a cached prefix was timed`,
});

export const h200Variants: KernelVariants = {
  'vllm-0.14-h200': {
    prefillAttention: {
      startUs: us(12.35, 11.9, 13),
      flopsShare: share(0.6131, 0.601, 0.633),
      bytesShare: share(0.26, 0.223, 0.29),
      prefixFactor: unknown(1),
      prefixMasked: unknown(0),
    },
    decodeAttention: {
      startUs: us(11.02, 11, 11.1),
      kvShare: share(0.9074, 0.876, 0.928),
      queryShare: share(0.7076, 0.508, 0.98),
      blockUs: us(3.131, 3.06, 3.17),
      groupedBlockShare: share(0.08171, 0.0643, 0.0934),
    },
    allReduce: {
      startUs: us(4.277, 3.88, 4.4),
      perGpuUs: us(0.1178, 0.0579, 0.284),
      smallShare: share(0.347, 0.291, 0.355),
      largeStartUs: us(29.15, 28.4, 63.8),
      largeShare: share(0.7831, 0.771, 0.821),
    },
    experts: {
      startUs: us(30.05, 16.6, 41),
      per128ExpertsUs: us(4.336, 0, 9.82),
      flopsShare: share(0.3864, 0.319, 0.863),
      // At its bound: the rows tell traffic and weights apart badly.
      bytesShare: share(1, 1, 1),
      exponent: number(1.094, 0.874, 1.18),
      trafficFactor: number(2.916, 2.26, 5.46),
    },
    elementwise: a100Constants.elementwise,
  },
};
