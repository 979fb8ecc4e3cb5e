/**
 * The fixed-part rule with a multiplier that learns (a dynamic reading of arXiv 2502.15763):
 * idle slot-time is priced at λ/J instead of 1/J, stalled slot-time stays at 1/J:
 *
 *     λ · (W + m · (a + b·A))  ≥  A · p0
 *
 * λ starts at 1. When a stage starts, with I of the J·r slot-rounds since the last one idle,
 *
 *     λ ← max(1/10, λ + step · (I / (J·r) − target))
 *
 * the sub-gradient of "the idle share is at most the target": more idling than wanted makes
 * idling dearer and stages come sooner. At λ = 0 no stage would start before all had finished,
 * hence the floor. No step after a stage that followed the last without a round between, and none
 * where everything had finished.
 */
import { type PrefillRule, type StagePrices, type StageState, waitedMs } from './prefill-rule.ts';

const smallestMultiplier = 0.1;

export class SubGradientRule implements PrefillRule {
  readonly pricesPrompts = false;
  readonly countsSlots = true;
  readonly #prices: StagePrices;
  readonly #step: number;
  readonly #target: number;
  #multiplier = 1;

  constructor(prices: StagePrices, step: number, target: number) {
    this.#prices = prices;
    this.#step = step;
    this.#target = target;
  }

  isDue(state: Readonly<StageState>, moreRounds: number): boolean {
    const idleMs = this.#multiplier * waitedMs(this.#prices, state, moreRounds);
    return idleMs >= state.active * this.#prices.prefillBatchMs;
  }

  started({ slots, active, rounds, idleRounds }: Readonly<StageState>): void {
    // How many rounds passed until the last decode finished cannot be seen.
    if (rounds === 0 || active === 0) return;
    const idleShare = idleRounds / (slots * rounds);
    const multiplier = this.#multiplier + this.#step * (idleShare - this.#target);
    this.#multiplier = Math.max(smallestMultiplier, multiplier);
  }
}
