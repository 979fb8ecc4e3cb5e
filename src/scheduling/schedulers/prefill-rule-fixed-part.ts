/**
 * The fixed-part rule: as the full-cost rule, but a stage is charged only for what can be avoided
 * by starting fewer of them, its fixed part; the prompt tokens are computed whenever they are:
 *
 *     W + m · (a + b·A)  ≥  A · p0
 *
 * A requests in decode, m idle slots that may take a waiting request, W idle slot-milliseconds
 * since the last stage. A reading of arXiv 2502.15763. With p0 = 0 it is prefill-first.
 */
import { type PrefillRule, type StagePrices, type StageState, waitedMs } from './prefill-rule.ts';

export class FixedPartRule implements PrefillRule {
  readonly pricesPrompts = false;
  readonly countsSlots = true;
  readonly #prices: StagePrices;

  constructor(prices: StagePrices) {
    this.#prices = prices;
  }

  isDue(state: Readonly<StageState>, moreRounds: number): boolean {
    return waitedMs(this.#prices, state, moreRounds) >= state.active * this.#prices.prefillBatchMs;
  }
}
