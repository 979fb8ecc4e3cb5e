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
  sessionsPerSecond: 1.83,
  /**
   * Rate of new sessions at time t: mean · (1 − amplitude · cos(2π t / period)). Half a period
   * spans the original's hour, over which its rate climbs from 2.9 to 3.7 per second.
   */
  drift: { amplitude: 0.12, periodMs: 7_200_000 },
  /** Sessions start this long before the trace does, so that it opens amid running ones. */
  warmUpMs: 3_600_000,

  /**
   * A session goes on after its k-th turn with probability (a + k − 1) / (a + b + k − 1): each
   * has its own inclination, drawn from Beta(a, b). After a first prompt of more than
   * `longTokens` the probability is multiplied by `longFactor`.
   */
  turns: { a: 1.8, b: 2.9, longTokens: 32_768, longFactor: 0.75 },

  /** User tokens of a first prompt, behind the system prompt. Searched. */
  firstPrompt: [
    [0, 1],
    [0.05, 7],
    [0.1, 15],
    [0.14, 20],
    [0.18, 85],
    [0.24, 340],
    [0.3, 910],
    [0.35, 2070],
    [0.4, 3300],
    [0.5, 4600],
    [0.6, 6600],
    [0.7, 10200],
    [0.8, 15700],
    [0.9, 24300],
    [0.95, 37700],
    [0.98, 66500],
    [0.99, 89500],
    [1, 125305],
  ] as readonly QuantilePoint[],

  /** Output tokens: the quantiles of the original. */
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

  /**
   * A turn that repeats the prompt before it, for another answer. 118 requests of the original do,
   * of 4,658 visible continuations and some 600 of prompts too short to show in blocks.
   */
  repeatShare: 0.0225,
  /**
   * Some sessions with a long first prompt end each prompt in text retrieved for that turn only:
   * the next turn drops it and brings about as much anew. What stays of the first prompt is
   * log-uniform between its first two blocks and all of it.
   */
  retrieval: { fromTokens: 8_192, share: 0.4, keptBlocks: 2, sigma: 0.4 },
  /** What any other turn appends: a message and, at times, a document. Tokens, lognormal. */
  message: { median: 20, sigma: 1.7 },
  document: { secondShare: 0.25, laterShare: 0.09, median: 4_600, sigma: 0.85 },

  /**
   * Assumed service time, for think times only: 2 s to the first token, then 50 ms per token.
   * Parent's arrival + service + think time = arrival.
   */
  service: { firstTokenMs: 2_000, perTokenMs: 50 },
  /** Lognormal; `paceShare` of its log-variance belongs to the session. */
  think: { medianMs: 133_000, sigma: 1.29, paceShare: 0.3, leastMs: 1_000 },
} as const;
