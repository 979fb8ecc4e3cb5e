import { fast25, v3 } from '../experiments/mooncake/published.ts';

/** Where a figure stands. v3 is arXiv 2407.00079v3; the other paper is of FAST 2025. */
export const sources = {
  table1: 'arXiv v3, table 1, printed',
  table2: 'FAST 2025, table 2, printed',
  table3: 'arXiv v3, table 3, printed',
  v3Figure8: 'arXiv v3, figure 8, means printed',
  v3Figure9: 'arXiv v3, figure 9, read from its geometry',
  figure5: 'FAST 2025, figure 5, means printed',
  figure9: 'FAST 2025, figure 9, read from its geometry',
} as const;

/** Hits of LRU in one pool, as a share of prompt tokens, on the trace that was released. */
export const hitRates = fast25.hitRate.tokens.map((tokens, i) => ({
  capacity_blocks: Number(tokens) / 512,
  share: fast25.hitRate.conversation[i] as number,
}));

export const workload = fast25.workloads.conversation;

/** Table 1, of a trace that was not released: LRU with 10,000 blocks, and without a limit. */
export const lruOfV3 = { limited: v3.table1.lru[4], unlimited: v3.table1.lru[0] };

/** Mean TTFT in seconds by placement, on 16 nodes. v3 has 8 + 8; FAST 2025 does not say. */
export const meanTtftS = {
  'FAST 2025': {
    'kv-cache-centric': 3.07,
    'cache-aware': 3.58,
    'load-balancing': 5.27,
    random: 19.65,
  },
  'arXiv v3': {
    'kv-cache-centric': 6.26,
    'cache-aware': 14.36,
    'load-balancing': 60.41,
    random: 92.07,
  },
} as const;

/** Overload of 8 + 8 nodes at twice the rate of v3's trace: rejected of 23,000 requests. */
export const rejected = { 'two-gates': 4183, early: 3771, 'early-predicted': 3589 } as const;

/** Loads under early rejection, 20 machines over 20 minutes, a sample every 15 s. */
export const fluctuation = { prefillSd: 0.26, decodeSd: 0.14, correlation: -0.52 } as const;
