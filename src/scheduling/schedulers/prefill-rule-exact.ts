/**
 * The exact marginal rule. With R rounds, K stages, N output and P prompt tokens on J slots,
 *
 *     T = a·R + b·N + p1·P + p0·K   and   J·R = N + (idle slot-rounds)
 *
 * so one idle slot-round costs a/J of the total time and one more stage p0, and a stage starts
 * when the idle slot-rounds since the last one, the next round included, have cost as much:
 *
 *     (I + m) · a  ≥  J · p0
 *
 * The rule of ski rental: at most twice the cost of the best wait of a cycle. Derived from the
 * cost model of arXiv 2502.15763. With p0 = 0 it is prefill-first.
 */
import type { PrefillRule, StagePrices, StageState } from './prefill-rule.ts';

export class ExactRule implements PrefillRule {
  readonly pricesPrompts = false;
  readonly countsSlots = true;
  readonly #prices: StagePrices;

  constructor(prices: StagePrices) {
    this.#prices = prices;
  }

  isDue({ slots, idle, idleRounds }: Readonly<StageState>, moreRounds: number): boolean {
    const { roundMs, prefillBatchMs } = this.#prices;
    return (idleRounds + (moreRounds + 1) * idle) * roundMs >= slots * prefillBatchMs;
  }
}
