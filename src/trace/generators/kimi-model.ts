/** A point of a quantile function: the share of draws at or below a number of tokens. */
export type QuantilePoint = readonly [share: number, tokens: number];

/**
 * Every constant of the kimi-like generator. All are aggregates of the conversation trace of
 * kvcache-ai/Mooncake (FAST25-release/traces/conversation_trace.jsonl, 12,031 requests), measured
 * on it or searched so that the generated trace shows the aggregate; none is a row of it. The
 * header of kimi-like.ts says which statistics were fitted.
 */
export const kimiModel = {
  requests: 12_031,
  blockTokens: 512,

  /** The shortest prompts have 891 tokens: a system prompt before the user's first token. */
  systemTokens: 890,
  /** Context window: the longest prompt of the original has 126,195 tokens. */
  contextTokens: 126_195,

  /** Arrivals of the original are logged every 3 s, a tick early by 1 ms in 29 % of cases. */
  tickMs: 3_000,
  earlyTickShare: 0.29,

  /** Set so that all requests, first and later turns, arrive at 3.4 per second. */
  sessionsPerSecond: 1.82,
  /**
   * Rate of new sessions at time t: mean · (1 − amplitude · cos(2π t / period)). Half a period
   * spans the original's hour, over which its rate climbs from 2.9 to 3.7 per second.
   */
  drift: { amplitude: 0.12, periodMs: 7_200_000 },
  /** Sessions start this long before the trace does, so that it opens amid running ones. */
  warmUpMs: 3_600_000,

  /**
   * A session goes on after its k-th turn with probability (a + k − 1) / (a + b + k − 1): each
   * has its own inclination, drawn from Beta(a, b). Beyond `longTokens` of prompt the
   * probability is multiplied by `longFactor`.
   */
  turns: { a: 1.9, b: 2.8, longTokens: 32_768, longFactor: 0.75 },

  /** User tokens of a first prompt, behind the system prompt. */
  firstPrompt: [
    [0, 1],
    [0.05, 7],
    [0.1, 15],
    [0.14, 41],
    [0.18, 134],
    [0.24, 397],
    [0.3, 867],
    [0.35, 1877],
    [0.4, 3023],
    [0.5, 4374],
    [0.6, 6528],
    [0.7, 9881],
    [0.8, 14981],
    [0.9, 24669],
    [0.95, 37604],
    [0.98, 66236],
    [0.99, 88978],
    [1, 125305],
  ] as readonly QuantilePoint[],

  output: [
    [0, 1],
    [0.01, 3],
    [0.05, 10],
    [0.1, 24],
    [0.25, 156.5],
    [0.5, 350],
    [0.75, 472],
    [0.9, 597],
    [0.95, 698],
    [0.99, 1118.5],
    [1, 2000],
  ] as readonly QuantilePoint[],
  /** Share of outputs drawn near the session's own rank; its square is the correlation of turns. */
  outputLoyalty: 0.78,

  /** A turn that repeats the prompt of the one before (regenerated answer): 118 of 4,658. */
  repeatShare: 0.025,
  /**
   * A turn that drops the end of the prompt before it, such as retrieved text, and brings as much
   * anew: common only where there is something to drop. What stays is log-uniform between the
   * first two blocks and the whole prompt.
   */
  replace: { fromTokens: 8_192, share: 0.27, lessShare: 0.04, keptBlocks: 2, sigma: 0.5 },
  /** What a turn appends: a message and, at times, a document or retrieved text. Lognormal. */
  message: { median: 20, sigma: 1.7 },
  material: { share: 0.19, median: 4_800, sigma: 0.85 },

  /**
   * Assumed service time, for think times only: 2 s to the first token, then 50 ms per token.
   * Parent's arrival + service + think time = arrival.
   */
  service: { firstTokenMs: 2_000, perTokenMs: 50 },
  /** Lognormal; `paceShare` of its log-variance belongs to the session. */
  think: { medianMs: 105_000, sigma: 1.15, paceShare: 0.3, leastMs: 1_000 },
} as const;

export type KimiModel = typeof kimiModel;
