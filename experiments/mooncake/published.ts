/** Figures of the two Mooncake papers, as printed or read from the vector geometry of a figure. */

/** arXiv 2407.00079v3, July 2024. LLaMA2-70B, one trace of 23,608 requests that is not in use here. */
export const v3 = {
  /** Table 1, printed: hit ratio of one pool, by policy and capacity in blocks (null: unlimited). */
  table1: {
    capacities: [null, 100_000, 50_000, 30_000, 10_000, 1_000],
    lru: [0.51, 0.51, 0.5, 0.48, 0.4, 0.3],
    lfu: [0.51, 0.51, 0.49, 0.43, 0.35, 0.3],
    'length-aware': [0.51, 0.5, 0.48, 0.42, 0.35, 0.3],
  },
  /** Figure 2, read: prefill time over that of 128k tokens, batch 1. */
  prefillShare: { '8k': 0.034, '16k': 0.071, '32k': 0.158, '64k': 0.373 },
  /** Figure 2, read: time of a decode round at 8k tokens, of one sequence over that of 16. */
  roundShare: 0.801 / 0.995,
  /** Figure 6, read: share of blocks that are used at most so often. */
  usedAtMost: { 1: 0.554, 2: 0.768, 3: 0.865, 5: 0.943, 10: 0.977 },
  /** Figure 7, read: seconds to store the KV of a prompt, after it or layer by layer beside it. */
  store: {
    tokens: ['8k', '16k', '32k', '64k', '128k'],
    serial: [0.111, 0.121, 0.23, 0.423, 0.866],
    layerWise: [0.1, 0.1, 0.12, 0.1, 0.1],
  },
} as const;

/** FAST'25. LLaMA3-70B on nodes of 8 A800; the traces that were released. */
export const fast25 = {
  /** Table 2, printed. */
  workloads: {
    conversation: { input: 12_035, output: 343, requests: 12_031, cacheRatio: 0.4 },
    synthetic: { input: 15_325, output: 149, requests: 3_993, cacheRatio: 0.66 },
  },
  /** Figure 8, read: prefill GPU seconds of a request without reuse (vLLM). */
  prefillS: { conversation: 1.66, synthetic: 2.02 },
  /** Figure 9, read: share of prompt tokens that hit, by capacity in tokens. */
  hitRate: {
    tokens: ['1e4', '1e5', '1e6', '2e6', '4e6', '5e6', '8e6', '1e7', '5e7', '1e8'],
    conversation: [0.0449, 0.0731, 0.0866, 0.1202, 0.2149, 0.2471, 0.2997, 0.3263, 0.3983, 0.4006],
    synthetic: [0.0003, 0.0117, 0.1461, 0.2345, 0.3805, 0.4352, 0.5447, 0.5886, 0.6582, 0.6582],
  },
  /** Text on figure 9, printed: share of the most hits that 3 M tokens keep. */
  shareAt3M: { conversation: 0.41, synthetic: 0.46 },
  /** Figure 10, read: 10 prefill nodes of 3 M tokens each; hit rate, and prefill GPU seconds. */
  pools: {
    conversation: { local: 0.169, global: 0.375, localS: 1.38, globalS: 1.05 },
    synthetic: { local: 0.264, global: 0.622, localS: 1.5, globalS: 0.78 },
  },
  /** Figure 14, read: one request alone on a node, seconds; 128 rounds of decoding. */
  alone: {
    tokens: ['8k', '16k', '32k', '64k', '128k'],
    prefill: [0.97, 2.08, 4.44, 10.58, 27.5],
    prefill95: [0.141, 0.227, 0.411, 0.886, 2.34],
    decode: [3.43, 3.43, 3.53, 3.67, 3.91],
  },
} as const;

/** Tokens of '8k', as the figures name lengths. */
export function tokensOf(name: string): number {
  return 1024 * Number(name.replace('k', ''));
}
