/**
 * Orca: iteration-level scheduling with worst-case reservation.
 * Source: Yu et al., Orca, OSDI 2022; microsoft/vidur, orca_replica_scheduler.py.
 *
 * Each step: every running decode takes one token, and whole prompts from the head of the queue
 * join the same step while sequences and memory last. Admission reserves the KV of the whole
 * sequence, so nothing is ever preempted. A prompt that another instance has computed joins the
 * decodes of the step.
 *
 * Deviation: Orca reserves a model's maximum length; `maxSequenceTokens` 0 reserves the true
 * length instead, which only an oracle knows. Units: requests, tokens.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { idleSlots } from './idle-slots.ts';
import { maxSequences } from './max-sequences.ts';

const parameters = {
  maxSequences,
  maxSequenceTokens: {
    type: 'integer',
    default: 0,
    min: 0,
    unit: 'tokens',
    doc: 'KV reserved for each request (longer ones are rejected); 0: its true length, an oracle',
  },
} as const;

class Orca implements Scheduler {
  readonly #maxSequences: number;
  readonly #maxSequenceTokens: number;

  constructor(maxSequences: number, maxSequenceTokens: number) {
    this.#maxSequences = maxSequences;
    this.#maxSequenceTokens = maxSequenceTokens;
  }

  reserveTokens(inputTokens: number, outputTokens: number): number {
    const whole = inputTokens + outputTokens;
    if (this.#maxSequenceTokens === 0) return whole;
    return whole > this.#maxSequenceTokens ? Number.POSITIVE_INFINITY : this.#maxSequenceTokens;
  }

  plan(view: InstanceView, out: Plan): void {
    if (view.decoding > 0) out.decodes();
    let joined = false;
    for (let idle = idleSlots(view, this.#maxSequences); idle > 0 && view.waiting > 0; idle--) {
      const task = view.waitingTask(0);
      if (view.blocksToAdmit(task) > view.freeBlocks) break;
      out.admit(task);
      const tokens = view.tokensLeft(task);
      if (tokens > 0) out.work(task, tokens);
      else joined = true;
    }
    if (joined) out.decodes();
  }
}

export const orca = definePolicy<Scheduler, typeof parameters>({
  kind: 'orca',
  doc: 'whole prompts join the running decodes; KV of the whole sequence reserved at admission',
  source: 'Orca (OSDI 2022); microsoft/vidur orca_replica_scheduler.py',
  parameters,
  oracle: ({ maxSequenceTokens }) => (maxSequenceTokens === 0 ? ['length'] : []),
  create: ({ maxSequences, maxSequenceTokens }) => new Orca(maxSequences, maxSequenceTokens),
});
