/**
 * Figures of arXiv 2407.00079v3, section 8.1: Mooncake-[xP+yD] against vLLM-[nM] at equal nodes.
 * Read from the vector geometry of figures 11 to 13 unless said otherwise.
 */

export const systems = ['3P1D', '2P2D', '4M'] as const;
export type System = (typeof systems)[number];

/** Whether a workload is one of figure 12. */
export const isSimulated = (workload: string) => workload.endsWith('k');

/** What the figures draw for everything above their scale: 1.2 times the service level. */
export const clipped = 1.2;

/** By request rate; a rate that the figure has and its reading lacks is left out. */
export type Points = Readonly<Record<number, number>>;

export interface Workload {
  readonly trace: string;
  /** Arrivals per second of the trace as it is generated. */
  readonly traceRate: number;
  readonly figure: string;
  /** Rates that the figure tests, requests per second. */
  readonly rates: readonly number[];
  /** P90 over the service level: 1 is the limit, 1.2 and more is drawn as 1.2. */
  readonly ttft: Readonly<Record<System, Points>>;
  readonly tbt: Readonly<Record<System, Points>>;
  /** The largest P90 of TBT at any rate, where single points were not read. */
  readonly mostTbt: Readonly<Partial<Record<System, number>>>;
  /** Ratio of the highest tested rates within TTFT's level, Mooncake-[3P+1D] over vLLM, less one. */
  readonly printedGain: number | null;
}

const simulated = (k: number) => ({
  trace: `simulated-${k}k`,
  traceRate: 0.1,
  figure: `figure 12, ${k}k`,
});

export const workloads: Readonly<Record<string, Workload>> = {
  arxiv: {
    trace: 'arxiv-like',
    traceRate: 2,
    figure: 'figure 11, ArXiv Summarization',
    rates: [0.5, 1, 1.5, 2, 2.5, 3, 4],
    ttft: {
      '3P1D': { 0.5: 0.1, 1: 0.12, 1.5: 0.12, 2: 0.15, 2.5: 0.25, 3: 1, 4: clipped },
      '2P2D': { 0.5: 0.11, 1: 0.14, 1.5: 0.21, 2: clipped },
      '4M': { 0.5: 0.08, 1: 0.1, 2: 0.12, 2.5: 0.29, 3: clipped },
    },
    tbt: {
      '3P1D': { 0.5: 0.21, 2: 0.41, 2.5: 0.48, 3: 0.49, 4: 0.48 },
      '2P2D': {},
      '4M': { 0.5: 0.2, 1.5: 0.35, 2: 0.62, 2.5: 0.91, 3: 0.96, 4: 0.98 },
    },
    mostTbt: { '2P2D': 0.26 },
    printedGain: 0.2,
  },
  leval: {
    trace: 'leval-like',
    traceRate: 1,
    figure: 'figure 11, L-Eval',
    rates: [0.1, 0.5, 0.8, 1, 1.25, 1.5, 1.75, 2],
    ttft: {
      '3P1D': {
        0.1: 0.08,
        0.5: 0.09,
        0.8: 0.15,
        1: 0.22,
        1.25: 0.3,
        1.5: 0.65,
        1.75: 0.62,
        2: clipped,
      },
      '2P2D': { 0.5: 0.15, 0.8: 0.29, 1: 0.55, 1.25: 1.05 },
      '4M': { 0.1: 0.14, 0.5: 0.24, 0.8: 0.31, 1: 0.6, 1.25: 0.74, 1.5: clipped },
    },
    tbt: {
      '3P1D': { 0.1: 0.21, 0.5: 0.34, 0.8: 0.64, 1: clipped },
      '2P2D': {},
      '4M': { 0.1: 0.18, 0.5: 0.53, 0.8: clipped },
    },
    mostTbt: { '2P2D': 0.34 },
    // On TTFT alone: on TBT Mooncake-[3P+1D] leaves its level at 0.93 requests per second.
    printedGain: 0.4,
  },
  '16k': {
    ...simulated(16),
    rates: [0.1, 0.2, 0.5, 1, 1.22, 1.25],
    ttft: {
      '3P1D': { 1.25: 0.85 },
      '2P2D': { 1: 0.24, 1.22: 1.33 },
      '4M': { 0.1: 0.09, 0.2: 0.53, 0.5: clipped },
    },
    tbt: { '3P1D': {}, '2P2D': {}, '4M': {} },
    mostTbt: { '3P1D': 0.45, '2P2D': 0.34, '4M': 0.18 },
    printedGain: 5.25,
  },
  '32k': {
    ...simulated(32),
    rates: [0.1, 0.2, 0.5, 0.6],
    ttft: { '3P1D': { 0.6: 0.89 }, '2P2D': { 0.6: 0.31 }, '4M': { 0.2: 0.63, 0.5: clipped } },
    tbt: { '3P1D': {}, '2P2D': {}, '4M': {} },
    mostTbt: { '3P1D': 0.45, '2P2D': 0.38, '4M': 0.17 },
    printedGain: 2,
  },
  '64k': {
    ...simulated(64),
    rates: [0.1, 0.2, 0.3, 0.4],
    ttft: {
      '3P1D': { 0.3: 0.89, 0.4: clipped },
      '2P2D': { 0.3: 0.69, 0.4: clipped },
      '4M': { 0.1: 0.13, 0.2: 0.91, 0.3: clipped },
    },
    tbt: { '3P1D': {}, '2P2D': {}, '4M': {} },
    mostTbt: { '3P1D': 0.53, '2P2D': 0.41, '4M': 0.16 },
    printedGain: 0.5,
  },
  '128k': {
    ...simulated(128),
    rates: [0.1, 0.12, 0.14],
    ttft: {
      '3P1D': { 0.12: 0.27, 0.14: 0.48 },
      '2P2D': { 0.12: 0.35, 0.14: clipped },
      '4M': { 0.1: 0.36, 0.12: 0.76, 0.14: clipped },
    },
    tbt: { '3P1D': {}, '2P2D': {}, '4M': {} },
    mostTbt: { '3P1D': 0.46, '2P2D': 0.29, '4M': 0.16 },
    // Not saturated at the highest rate: at least that.
    printedGain: null,
  },
};

/**
 * Where straight lines between the points, drawn as the figure draws them, reach the service level;
 * the highest tested rate where they do not.
 */
export function crossing(points: Points): number {
  const rates = Object.keys(points)
    .map(Number)
    .sort((a, b) => a - b);
  const at = (rate: number) => Math.min(points[rate] as number, clipped);
  for (let i = 1; i < rates.length; i++) {
    const [from, to] = [rates[i - 1] as number, rates[i] as number];
    if (at(from) > 1 || at(to) <= 1) continue;
    return from + ((to - from) * (1 - at(from))) / (at(to) - at(from));
  }
  return rates[rates.length - 1] ?? Number.POSITIVE_INFINITY;
}

/** The highest rate of the figure at which both are within their levels, or TTFT alone is. */
export function highestWithin({ ttft, tbt }: Workload, system: System, both: boolean): number {
  const beyond = Object.entries(tbt[system])
    .filter(([, share]) => both && share > 1)
    .map(([rate]) => Number(rate));
  const within = Object.entries(ttft[system])
    .filter(([, share]) => share <= 1)
    .map(([rate]) => Number(rate));
  return Math.max(...within.filter((rate) => rate < Math.min(...beyond)));
}

/** Figure 13: the recorded trace of 2024, Mooncake-[10P+10D] and vLLM-[20M]; seconds. */
export const realWorkload = {
  quantiles: [0.5, 0.75, 0.9, 0.95, 0.99],
  ttftS: {
    mooncake: [0.96, 1.88, 3.93, 6.27, 16.8],
    vllm: [1.09, 1.94, 4.15, 7.2, 20.5],
  },
  tbtS: {
    mooncake: [0.057, 0.072, 0.082, 0.088, 0.095],
    vllm: [0.088, 0.148, 0.273, 0.522, 1.86],
  },
  /** Share of requests with TTFT of at most 30 s, and with TBT of at most 0.1 s. */
  within30s: { mooncake: 0.998, vllm: 0.998 },
  within100ms: { mooncake: 0.997, vllm: 0.572 },
} as const;
