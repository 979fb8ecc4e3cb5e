import type { EstimatorTarget } from './estimator-factory.ts';

/** Arguments of a question to an estimator: tokens and cached ones, or sequences and context. */
export type Question = readonly [number, number];

/** Points to fit on, or the ones halfway between. */
export type GridUse = 'fitted' | 'held out';

/** Shortest prompt and shortest context of a grid; below, a step is all fixed time. */
const least = 64;

/**
 * Prompts to fit on are at most so many times shorter than the longest. With relative errors, those
 * that are all fixed time would else bend the line away from the ones that make others wait.
 */
const spread = 64;

/** Cached shares of a prompt, none to nearly all. */
const cachedShares = { fitted: [0, 0.5, 0.8, 0.95], 'held out': [0.25, 0.65, 0.9] };

/** Batches of decode rounds, up to the default limit of vLLM. */
const batches = {
  fitted: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  'held out': [3, 6, 12, 24, 48, 96, 192],
};

/** Prompts up to the longest, each with several shares of it cached. */
export function prefillGrid({ maxTokens }: EstimatorTarget, use: GridUse): Question[] {
  const from = Math.max(least, Math.ceil(maxTokens / spread));
  return logGrid(from, Math.max(4 * least, maxTokens), 12, use).flatMap((tokens) =>
    cachedShares[use].map((share): Question => [tokens, Math.floor(share * tokens)]),
  );
}

/** Batches with equal contexts, from 64 tokens to the longest, as far as memory holds them. */
export function roundGrid(
  { maxTokens, capacityTokens }: EstimatorTarget,
  use: GridUse,
): Question[] {
  const contexts = logGrid(least, Math.max(4 * least, maxTokens), 6, use);
  const points = batches[use].flatMap((batch) =>
    contexts.map((context): Question => [batch, batch * context]),
  );
  const fitting = points.filter(([, context]) => context <= capacityTokens);
  // A memory that holds next to nothing still gets a fit.
  return fitting.length >= 3 ? fitting : points.slice(0, contexts.length);
}

/** Whole numbers at equal ratios from `from` to `to`, or halfway between those. */
function logGrid(from: number, to: number, intervals: number, use: GridUse): number[] {
  const [count, shift] = use === 'fitted' ? [intervals + 1, 0] : [intervals, 0.5];
  return Array.from({ length: count }, (_, i) =>
    Math.round(from * (to / from) ** ((i + shift) / intervals)),
  );
}
