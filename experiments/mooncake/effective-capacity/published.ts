/**
 * Figures of FAST'25, sections 5.2 and 5.3: 16 nodes of 8 A800, Mooncake against vLLM v0.5.1.
 * Read from the vector geometry of figures 1, 6, 7 and 8 unless said otherwise. How the 16 nodes
 * are split into prefill and decode, and at what rate the traces are replayed, is not reported.
 */

/** Limits on the mean of a request's longest tenth of gaps, ms. */
export const limitsMs = [50, 75, 100, 150, 200, 300, 500, 1000] as const;

/** Limits of TBT whose gains are printed, ms. */
export const gainLimitsMs = [100, 200, 300] as const;

export const ttftLimitMs = 30_000;

export const baselines = ['vllm', 'vllm-prefix', 'vllm-chunked'] as const;
export type Baseline = (typeof baselines)[number];

/** Per cent of requests within each of `limitsMs`. */
export type Published = readonly number[];

export interface Workload {
  readonly trace: string;
  readonly within: Readonly<Record<'mooncake' | Baseline, Published>>;
  /** Gain over the best baseline at `gainLimitsMs`, printed. */
  readonly gains: readonly number[];
  /** Prefill GPU seconds of a request, figure 8. */
  readonly prefillS: Readonly<Record<'mooncake' | Baseline, number>>;
  /** Those of the baselines over Mooncake's, printed in figure 8. */
  readonly prefillRatio: Readonly<Record<Baseline, number>>;
}

export const workloads: Readonly<Record<string, Workload>> = {
  conversation: {
    trace: 'conversation',
    within: {
      mooncake: [3.5, 52.1, 96.6, 99.8, 100, 100, 100, 100],
      vllm: [3.3, 12.8, 16.1, 25.8, 38.8, 62.8, 86.4, 97.9],
      'vllm-prefix': [1.8, 11.2, 15.1, 23.7, 34.4, 56.0, 80.8, 96.3],
      'vllm-chunked': [1.2, 7.1, 9.4, 17.4, 28.8, 55.4, 96.5, 100],
    },
    gains: [4.98, 1.57, 0.59],
    prefillS: { mooncake: 1.06, vllm: 1.66, 'vllm-prefix': 1.52, 'vllm-chunked': 2.02 },
    prefillRatio: { vllm: 1.56, 'vllm-prefix': 1.43, 'vllm-chunked': 1.9 },
  },
  toolagent: {
    trace: 'toolagent-like',
    within: {
      mooncake: [9.5, 62.3, 93.2, 98.8, 99.8, 100, 100, 100],
      vllm: [2.2, 26.7, 43.1, 44.0, 45.3, 49.8, 66.0, 92.1],
      'vllm-prefix': [12.8, 51.8, 56.5, 63.2, 70.0, 81.3, 91.3, 96.7],
      'vllm-chunked': [0.9, 9.4, 18.7, 20.0, 21.3, 40.4, 87.9, 99.2],
    },
    gains: [0.64, 0.42, 0.22],
    prefillS: { mooncake: 0.53, vllm: 1.12, 'vllm-prefix': 0.74, 'vllm-chunked': 1.42 },
    prefillRatio: { vllm: 2.12, 'vllm-prefix': 1.4, 'vllm-chunked': 2.68 },
  },
  synthetic: {
    trace: 'synthetic',
    within: {
      mooncake: [83.2, 98.8, 99.6, 100, 100, 100, 100, 100],
      vllm: [54.1, 57.9, 61.3, 67.0, 71.0, 78.1, 85.0, 91.2],
      'vllm-prefix': [53.9, 57.6, 61.0, 66.5, 70.8, 77.2, 85.6, 92.5],
      'vllm-chunked': [42.5, 44.5, 46.6, 52.2, 57.3, 69.5, 98.5, 99.9],
    },
    gains: [0.62, 0.4, 0.28],
    prefillS: { mooncake: 0.73, vllm: 2.02, 'vllm-prefix': 1.9, 'vllm-chunked': 2.44 },
    prefillRatio: { vllm: 2.76, 'vllm-prefix': 2.59, 'vllm-chunked': 3.33 },
  },
};
