/**
 * A learned rule for inserting prefills: a frozen linear threshold, learned offline by REINFORCE.
 * Nothing is learned while it serves: in spite of its name it is no online bandit.
 * Source: this project; the decision is that of 2502.15763 (Hybrid Offline-online Scheduling),
 * which names learned schedulers as future work. Training: learned/train-insert.ts.
 *
 * Prompts run in steps of their own. When somebody waits and a slot is idle, a prefill of all of
 * them is inserted if nothing decodes, or if
 *   bias + wIdle·m + wWaiting·w + wActive·n + wIdleRounds·I >= 0
 * with m idle slots that have a waiting request, w waiting requests (at most all slots), n active
 * ones and I the slot-rounds that such slots have been idle since the last prefill, all divided by
 * the slots. What is learned is learned on an earlier window, and reported on a later one.
 *
 * Default weights: learned at p0 = 5 ms, a = 29.321 ms, 200 slots, on a generated backlog with
 * outputs of mean 345 (learned/train-insert.test.ts gives them again, and holds them against
 * prefill-first and the exact marginal rule on a later one); other costs want other weights. On an
 * instance without client slots, `maxSequences` are its slots, whatever memory serves: where that
 * is the limit, the features mean little and the rule is for instances with slots. Prompts
 * computed elsewhere join without asking.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { decodeRound } from './batching.ts';
import { idleSlots, slotCount } from './idle-slots.ts';
import {
  fillInsertFeatures,
  type InsertWeights,
  insertFeatures,
  insertScore,
  vectorOf,
} from './learned/insert-features.ts';
import { maxBatchedTokens } from './max-batched-tokens.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { admitComputed, type PrefillLimits, prefillStep } from './prefill-step.ts';
import { RoundsPassed } from './rounds-passed.ts';
import { watermark } from './watermark.ts';

function weight(standard: number, doc: string) {
  return { type: 'number', default: standard, doc } as const;
}

const parameters = {
  bias: weight(-1.363, 'score of every state'),
  idleWeight: weight(0.961, 'score of all slots idle with a request waiting for each'),
  waitingWeight: weight(-0.46, 'score of as many waiting requests as slots'),
  activeWeight: weight(-2.338, 'score of all slots active'),
  idleRoundsWeight: weight(8.323, 'score of as many idle slot-rounds as slots'),
  maxBatchedTokens,
  maxSequences,
  watermark,
} as const;

class InsertBandit implements Scheduler {
  readonly #weights: Float64Array;
  readonly #limits: PrefillLimits;
  readonly #maxSequences: number;
  readonly #features = new Float64Array(insertFeatures);
  readonly #rounds = new RoundsPassed();
  readonly #state = { slots: 0, idle: 0, waiting: 0, active: 0, idleRounds: 0 };

  constructor(weights: InsertWeights, limits: PrefillLimits, maxSequences: number) {
    this.#weights = vectorOf(weights);
    this.#limits = limits;
    this.#maxSequences = maxSequences;
  }

  plan(view: InstanceView, out: Plan): void {
    const state = this.#state;
    state.idleRounds += this.#rounds.since(view) * state.idle;
    this.#decide(view, out);
    state.idle = Math.min(idleSlots(view, this.#maxSequences), view.waiting);
    this.#rounds.mark(view);
  }

  #decide(view: InstanceView, out: Plan): void {
    if (preemptForGrowth(view, out)) {
      out.hold({ rounds: 1 });
      if (view.decoding > 0) out.decodes();
      return;
    }
    const free = idleSlots(view, this.#maxSequences);
    const idle = free - admitComputed(view, out, this.#limits, free);
    const state = this.#state;
    state.slots = slotCount(view, this.#maxSequences);
    state.waiting = view.waiting;
    state.active = view.decoding;
    state.idle = Math.min(idle, view.waiting);
    if (state.idle === 0) {
      decodeRound(view, out);
      return;
    }
    if (state.active === 0 || this.#score(0) >= 0) {
      if (prefillStep(view, out, this.#limits, idle) > 0) state.idleRounds = 0;
      else decodeRound(view, out);
      return;
    }
    if (decodeRound(view, out)) return;
    const rounds = this.#roundsToInsert();
    if (rounds < Number.POSITIVE_INFINITY) out.hold({ rounds });
  }

  /** The score when the idle slots will have been idle for so many rounds more. */
  #score(rounds: number): number {
    const state = this.#state;
    const { idleRounds } = state;
    state.idleRounds += rounds * state.idle;
    fillInsertFeatures(state, this.#features);
    state.idleRounds = idleRounds;
    return insertScore(this.#weights, this.#features);
  }

  /** The first round after which the score lets a prefill in; Infinity: none. */
  #roundsToInsert(): number {
    const slope = this.#score(1) - this.#score(0);
    if (!(slope > 0)) return Number.POSITIVE_INFINITY;
    let rounds = Math.max(1, Math.ceil(-this.#score(0) / slope));
    if (!Number.isSafeInteger(rounds)) return Number.POSITIVE_INFINITY;
    while (rounds > 1 && this.#score(rounds - 1) >= 0) rounds--;
    return rounds;
  }
}

export const insertBandit = definePolicy<Scheduler, typeof parameters>({
  kind: 'insert-bandit',
  doc: 'inserts prefills where a linear score of idle slots, queue and batch, learned offline, says so',
  source: 'this project; decision of 2502.15763',
  parameters,
  create: ({ bias, idleWeight, waitingWeight, activeWeight, idleRoundsWeight, ...limits }) => {
    const weights = {
      bias,
      idle: idleWeight,
      waiting: waitingWeight,
      active: activeWeight,
      idleRounds: idleRoundsWeight,
    };
    return new InsertBandit(weights, limits, limits.maxSequences);
  },
});
