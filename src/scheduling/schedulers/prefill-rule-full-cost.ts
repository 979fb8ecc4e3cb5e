/**
 * The full-cost rule: a stage starts when the idle slot-time waited, the next round included, has
 * reached the slot-time for which the stage would stall the requests in decode:
 *
 *     W + m · (a + b·A)  ≥  A · (p0 + p1 · tokens)
 *
 * A requests in decode, m idle slots that may take a waiting request, W idle slot-milliseconds
 * since the last stage. The naive reading of arXiv 2502.15763: it charges each stage for prompt
 * tokens that must be computed whenever they are, and so waits too long where p0 is small.
 *
 * `tokens` is m times `meanPromptTokens`, or, where that is 0, the prompts of the requests that
 * would start, whole (what a prefix cache would save is not counted).
 */
import { type PrefillRule, type StagePrices, type StageState, waitedMs } from './prefill-rule.ts';

export class FullCostRule implements PrefillRule {
  readonly countsSlots = true;
  readonly pricesPrompts: boolean;
  readonly #prices: StagePrices;
  readonly #meanPromptTokens: number;

  constructor(prices: StagePrices, meanPromptTokens: number) {
    this.#prices = prices;
    this.#meanPromptTokens = meanPromptTokens;
    this.pricesPrompts = meanPromptTokens === 0;
  }

  isDue(state: Readonly<StageState>, moreRounds: number): boolean {
    const { prefillBatchMs, prefillTokenMs } = this.#prices;
    const { active, idle, promptTokens } = state;
    const tokens = this.pricesPrompts ? promptTokens : idle * this.#meanPromptTokens;
    const stallMs = active * (prefillBatchMs + prefillTokenMs * tokens);
    return waitedMs(this.#prices, state, moreRounds) >= stallMs;
  }
}
