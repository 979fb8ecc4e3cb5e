/**
 * Chunked prefill, decode-first (Sarathi-Serve; vLLM with chunked prefill).
 * Source: Agrawal et al., Sarathi-Serve, OSDI 2024; microsoft/vidur, sarathi_replica_scheduler.py.
 *
 * Each step: (1) while the next round of decodes does not fit, preempt the decode that joined
 * last; (2) every decode takes one token of the budget; (3) unfinished prompts, in admission
 * order, take chunks of what is left; (4) while budget and sequences are left, the head of the
 * queue is admitted if its whole need fits beside the growth of the decodes, and takes a chunk.
 * A prompt that another instance has computed joins the decodes of the step instead.
 *
 * Deviations: the whole prompt is reserved at admission, as in Vidur's reading; with `reserve`
 * `sequence`, prompt and output, and nothing is ever preempted. Beside the growth of one round
 * Vidur keeps a watermark of 0.01 of the blocks free: here `watermark` is 0 unless it is set.
 * Units: budget in tokens a step, sequences in requests.
 */
import type { ParameterValues } from '../../policy/parameters.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { decodeRound } from './batching.ts';
import { idleSlots } from './idle-slots.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { fitsBesideGrowth } from './prefill-step.ts';
import { reservationOracle, reserve, wholeSequence } from './reserve.ts';
import { fitsAbove, watermark } from './watermark.ts';

const parameters = {
  budget: {
    type: 'integer',
    default: 8192,
    min: 1,
    unit: 'tokens',
    doc: 'tokens of one step: prompt tokens plus one per decode',
  },
  maxSequences,
  reserve,
  watermark: { ...watermark, default: 0 },
} as const;

class ChunkedPrefill implements Scheduler {
  readonly #budget: number;
  readonly #maxSequences: number;
  readonly #watermark: number;
  readonly reserveTokens?: typeof wholeSequence;

  constructor({ budget, maxSequences, reserve, watermark }: ParameterValues<typeof parameters>) {
    const whole = reserve === 'sequence';
    this.#budget = budget;
    this.#maxSequences = maxSequences;
    this.#watermark = whole ? 0 : watermark;
    if (whole) this.reserveTokens = wholeSequence;
  }

  plan(view: InstanceView, out: Plan): void {
    preemptForGrowth(view, out);
    if (view.decoding > 0) out.decodes();
    let left = this.#budget - view.decoding;
    let joined = false;
    const unfinished = view.prefilling;
    for (let i = 0; i < unfinished && left > 0; i++) {
      const task = view.prefillingTask(i);
      const chunk = Math.min(view.tokensLeft(task), left);
      out.work(task, chunk);
      left -= chunk;
    }
    let idle = idleSlots(view, this.#maxSequences);
    for (; idle > 0 && left > 0 && view.waiting > 0; idle--) {
      const task = view.waitingTask(0);
      if (view.blocksToAdmit(task) > view.freeBlocks - view.decodeGrowth) break;
      if (!fitsAbove(view, task, this.#watermark)) break;
      if (view.tokensToCompute(task) === 0) {
        if (!fitsBesideGrowth(view, task, this.reserveTokens === undefined)) break;
        out.admit(task);
        joined = true;
        left--;
        continue;
      }
      out.admit(task);
      const chunk = Math.min(view.tokensLeft(task), left);
      out.work(task, chunk);
      left -= chunk;
    }
    if (joined) decodeRound(view, out);
  }
}

export const chunkedPrefill = definePolicy<Scheduler, typeof parameters>({
  kind: 'chunked-prefill',
  doc: 'decodes first, then prompts in chunks, within a token budget per step',
  source: 'Sarathi-Serve (OSDI 2024); microsoft/vidur sarathi_replica_scheduler.py',
  parameters,
  oracle: ({ reserve }) => reservationOracle(reserve),
  create: (values) => new ChunkedPrefill(values),
});
