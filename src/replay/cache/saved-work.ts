import { prefillCost } from '../../caching/prefill-cost.ts';
import type { BlockStream } from './block-stream.ts';

/** What the hits of a replay are worth, beside their number. */
export interface SavedWork {
  /** Prompt tokens in hit blocks over all prompt tokens. */
  readonly tokenRatio: number;
  /** Prefill time of hit blocks over that of all prompts (prefill-cost.ts). */
  readonly prefillRatio: number;
}

/** Prompt tokens that a block at a depth holds: all of a block, or what is left of the prompt. */
export function tokensAt(depth: number, blockTokens: number, inputTokens: number): number {
  return Math.max(0, Math.min(blockTokens, inputTokens - depth * blockTokens));
}

/**
 * Weighs the marked references by tokens and by prefill time, from a request on.
 * @returns null where the trace gives no block size, or no tokens
 */
export function savedWork(
  { count, offsets, inputTokens, blockTokens }: BlockStream,
  marks: Uint8Array,
  first = 0,
): SavedWork | null {
  if (blockTokens === null) return null;
  let tokens = 0;
  let cost = 0;
  let allTokens = 0;
  let allCost = 0;
  for (let request = first; request < count; request++) {
    const input = inputTokens[request]!;
    allTokens += input;
    allCost += prefillCost(0, input);
    const from = offsets[request]!;
    for (let at = from; at < offsets[request + 1]!; at++) {
      if (marks[at] === 0) continue;
      const start = (at - from) * blockTokens;
      const held = tokensAt(at - from, blockTokens, input);
      tokens += held;
      cost += prefillCost(start, start + held);
    }
  }
  if (allTokens === 0) return null;
  return { tokenRatio: tokens / allTokens, prefillRatio: cost / allCost };
}
