/**
 * Scheduler of an instance that only decodes, the decode pool of a disaggregated cluster
 * (Mooncake, FAST 2025, section 3.1, step 4; arXiv 2407.00079v3, section 3).
 *
 * Each step: (1) while the next round does not fit, the decode that joined last gives up its
 * memory, and nobody is admitted in that step; (2) preempted requests that are computed again
 * take chunks; (3) the head of the queue joins while sequences, memory and `maxRoundMs` last: a
 * request whose KV has arrived takes part in the round at once, a preempted one takes what is
 * left of the chunk; (4) one round of all decodes.
 *
 * Deviation: the paper bounds a decode batch by the time between tokens and by memory without
 * saying how; `maxRoundMs` bounds the predicted round with the request in the batch. The paper
 * does not preempt; the chunk of a recomputation is an assumption, small so as to delay the
 * decodes little. Units: requests, tokens a step, milliseconds.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { decodeRound } from './batching.ts';
import { idleSlots } from './idle-slots.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { fitsBesideGrowth } from './prefill-step.ts';
import { reservationOracle, reserve, wholeSequence } from './reserve.ts';

const parameters = {
  maxSequences,
  reserve,
  maxRoundMs: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'nobody joins who would make the predicted round longer than this; 0: no limit',
  },
  recomputeTokens: {
    type: 'integer',
    default: 512,
    min: 1,
    unit: 'tokens',
    doc: 'tokens of preempted requests computed again in one step',
  },
} as const;

class DecodePool implements Scheduler {
  readonly #maxSequences: number;
  readonly #maxRoundMs: number;
  readonly #recomputeTokens: number;
  readonly reserveTokens?: typeof wholeSequence;

  constructor(maxSequences: number, reserve: string, maxRoundMs: number, recomputeTokens: number) {
    this.#maxSequences = maxSequences;
    this.#maxRoundMs = maxRoundMs > 0 ? maxRoundMs : Number.POSITIVE_INFINITY;
    this.#recomputeTokens = recomputeTokens;
    if (reserve === 'sequence') this.reserveTokens = wholeSequence;
  }

  plan(view: InstanceView, out: Plan): void {
    const preempted = preemptForGrowth(view, out);
    // What a preemption frees may let the head of the queue in at the next step.
    if (preempted) out.hold({ rounds: 1 });
    let left = this.#recomputeTokens;
    const unfinished = view.prefilling;
    for (let i = 0; i < unfinished && left > 0; i++) {
      const task = view.prefillingTask(i);
      const chunk = Math.min(view.tokensLeft(task), left);
      out.work(task, chunk);
      left -= chunk;
    }
    let idle = preempted ? 0 : idleSlots(view, this.#maxSequences);
    for (; idle > 0 && view.waiting > 0; idle--) {
      const task = view.waitingTask(0);
      if (!this.#fits(view, task)) break;
      const arrived = view.tokensToCompute(task) === 0;
      if (!arrived && left === 0) break;
      out.admit(task);
      if (arrived) continue;
      const chunk = Math.min(view.tokensLeft(task), left);
      out.work(task, chunk);
      left -= chunk;
    }
    decodeRound(view, out);
  }

  #fits(view: InstanceView, task: Task): boolean {
    if (!fitsBesideGrowth(view, task, this.reserveTokens === undefined)) return false;
    if (view.decoding === 0 || this.#maxRoundMs === Number.POSITIVE_INFINITY) return true;
    const tokens = view.contextTokens + view.inputTokens(task) + view.generated(task);
    return view.estimateRoundMs(view.decoding + 1, tokens) <= this.#maxRoundMs;
  }
}

export const decodePool = definePolicy<Scheduler, typeof parameters>({
  kind: 'decode-pool',
  doc: 'for instances that only decode: requests join as their KV arrives, while all limits last',
  source: 'Mooncake (arXiv 2407.00079v3, section 3; FAST 2025, section 3.1)',
  parameters,
  oracle: ({ reserve }) => reservationOracle(reserve),
  create: ({ maxSequences, reserve, maxRoundMs, recomputeTokens }) =>
    new DecodePool(maxSequences, reserve, maxRoundMs, recomputeTokens),
});
