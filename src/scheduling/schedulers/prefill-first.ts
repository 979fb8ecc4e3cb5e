/**
 * Prefill-first (vLLM before chunked prefill, "v0").
 * Source: microsoft/vidur, vllm_replica_scheduler.py; Kwon et al., PagedAttention, SOSP 2023.
 *
 * Each step: (1) whole prompts from the head of the queue form a prefill-only step while
 * sequences, memory and batched tokens last (one prompt longer than the limit runs alone), and
 * the running decodes wait; beside requests at work a share of the memory, `watermark`, stays
 * free; (2) if none was admitted, one decode round of all, after preempting
 * the decodes that joined last where the round does not fit. A prompt that another instance has
 * computed joins the decodes without a step of its own.
 *
 * Deviation: the token limit counts real tokens, not count x longest prompt (vLLM stopped
 * padding prompts in 2023). With `reserve` `sequence`, prompt and output are set aside at
 * admission, no watermark is kept and nothing is ever preempted. Units: tokens a step, requests.
 */
import type { ParameterValues } from '../../policy/parameters.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { idleSlots } from './idle-slots.ts';
import { maxSequences } from './max-sequences.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { fitsBesideGrowth } from './prefill-step.ts';
import { reservationOracle, reserve, wholeSequence } from './reserve.ts';
import { fitsAbove, watermark } from './watermark.ts';

const parameters = {
  maxBatchedTokens: {
    type: 'integer',
    default: 8192,
    min: 1,
    unit: 'tokens',
    doc: 'prompt tokens of one prefill step',
  },
  maxSequences,
  reserve,
  watermark,
} as const;

class PrefillFirst implements Scheduler {
  readonly #maxBatchedTokens: number;
  readonly #maxSequences: number;
  readonly #watermark: number;
  readonly reserveTokens?: typeof wholeSequence;

  constructor(values: ParameterValues<typeof parameters>) {
    this.#maxBatchedTokens = values.maxBatchedTokens;
    this.#maxSequences = values.maxSequences;
    const whole = values.reserve === 'sequence';
    this.#watermark = whole ? 0 : values.watermark;
    if (whole) this.reserveTokens = wholeSequence;
  }

  plan(view: InstanceView, out: Plan): void {
    let batched = 0;
    for (let idle = idleSlots(view, this.#maxSequences); idle > 0 && view.waiting > 0; idle--) {
      const task = view.waitingTask(0);
      const tokens = view.tokensToCompute(task);
      if (batched > 0 && batched + tokens > this.#maxBatchedTokens) break;
      if (!fitsAbove(view, task, this.#watermark)) break;
      const grows = this.reserveTokens === undefined;
      if (tokens === 0 && !fitsBesideGrowth(view, task, grows)) break;
      out.admit(task);
      if (tokens > 0) out.work(task, tokens);
      batched += tokens;
    }
    if (batched > 0) return;
    // What a preemption frees may let the head of the queue in again at the next step.
    if (preemptForGrowth(view, out)) out.hold({ rounds: 1 });
    if (view.decoding > 0) out.decodes();
  }
}

export const prefillFirst = definePolicy<Scheduler, typeof parameters>({
  kind: 'prefill-first',
  doc: 'whole waiting prompts run before any decode goes on (vLLM v0)',
  source: 'microsoft/vidur vllm_replica_scheduler.py; PagedAttention (SOSP 2023)',
  parameters,
  oracle: ({ reserve }) => reservationOracle(reserve),
  create: (values) => new PrefillFirst(values),
});
