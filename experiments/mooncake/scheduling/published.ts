/** Figures on served clusters in the two Mooncake papers, printed or read from vector geometry. */

/** FAST'25. LLaMA3-70B, 16 nodes of 8 A800. */
export const fast25 = {
  /** Figure 5: TTFT on the conversation trace, s; means printed, quartiles read. */
  strategies: {
    random: { mean: 19.65, q1: 3.54, median: 13.7, q3: 29.3 },
    'load-balancing': { mean: 5.27, q1: 1.05, median: 3.56, q3: 7.41 },
    'cache-aware': { mean: 3.58, q1: 0.56, median: 2.16, q3: 5.14 },
    'kv-cache-centric': { mean: 3.07, q1: 0.39, median: 1.72, q3: 4.14 },
  },
  /** Figure 10, read: 10 prefill nodes, outputs cut to 1 token; hit rate, prefill GPU s. */
  pools: {
    conversation: { local: 0.169, global: 0.375, localS: 1.38, globalS: 1.05 },
    'toolagent-like': { local: 0.42, global: 0.581, localS: 0.7, globalS: 0.52 },
    synthetic: { local: 0.264, global: 0.622, localS: 1.5, globalS: 0.78 },
  },
  /** Figure 13, read: synthetic workload; mean TTFT and mean transfer of a request, s. */
  bandwidth: {
    gbps: [24, 40, 80, 100, 160, 320, 400],
    ttft: [5.09, 2.4, 1.73, 1.6, 1.41, 1.25, 1.25],
    theory: [1.536, 0.936, 0.478, 0.383, 0.242, 0.123, 0.1],
    real: [3.649, 1.134, 0.51, 0.403, 0.251, 0.125, 0.102],
    recomputing: 2.62,
  },
  /** Figure 15, read: synthetic, 16 nodes, TTFT up to 10 s and TBT up to 100 ms. */
  split: {
    prefill: [5, 6, 7, 8, 9, 10, 11],
    effective: [0.777, 0.972, 0.991, 0.99, 0.992, 0.984, 0.861],
    ttft: [5.74, 1.71, 1.3, 1.19, 1.12, 1.11, 1.14],
    tbtMs: [31.5, 31.8, 32.9, 35, 38.2, 44.2, 58.3],
  },
} as const;

/** arXiv 2407.00079v3, figure 8: TTFT of 23,000 requests on 8 prefill and 8 decode nodes, s. */
export const v3Strategies = {
  random: { mean: 92.07, q1: 21, median: 89.9, q3: 152.2 },
  'load-balancing': { mean: 60.41, q1: 7, median: 50.2, q3: 104.4 },
  'cache-aware': { mean: 14.36, q1: 1.4, median: 4.5, q3: 26 },
  'kv-cache-centric': { mean: 6.26, q1: 1.1, median: 2.5, q3: 9.1 },
} as const;

export type Strategy = keyof typeof v3Strategies;
export const strategies = Object.keys(v3Strategies) as readonly Strategy[];
