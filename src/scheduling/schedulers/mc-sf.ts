/**
 * MC-SF (memory-constrained shortest first).
 * Source: Jaillet et al., Online Scheduling for LLM Inference with KV Cache Constraints,
 * 2502.07115; the inequality as recalled, the rest from its abstract and secondary accounts.
 *
 * Each step: running requests go on; waiting ones, by increasing predicted output, are admitted
 * as long as at every expected end t of a running or admitted request the sum over those still
 * alive of (prompt + tokens produced by t) stays within the KV memory. Never preempts by choice.
 *
 * Deviations: memory is counted in blocks; one that outlives its prediction is expected to end
 * with the next round, and where that overfills the memory the latest to join is computed again;
 * with nothing at work the first that fits is admitted whatever is predicted. A prompt computed
 * in one piece joins the round of the decodes as in the paper's model (`batching`).
 * Units: requests, tokens.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';
import { batching } from './batching.ts';
import { LookaheadAdmission } from './lookahead-admission.ts';
import { maxSequences } from './max-sequences.ts';
import { predictedLength } from './predicted-length.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';

const parameters = { maxSequences, batching } as const;

class McSf implements Scheduler {
  readonly #admission: LookaheadAdmission;

  constructor(maxSequences: number, batching: string) {
    const rule = { rank: predictedLength, length: predictedLength, makeRoom: preemptForGrowth };
    this.#admission = new LookaheadAdmission(rule, maxSequences, batching);
  }

  plan(view: InstanceView, out: Plan): void {
    this.#admission.plan(view, out);
  }
}

export const mcSf = definePolicy<Scheduler, typeof parameters>({
  kind: 'mc-sf',
  doc: 'shortest predicted output first, if memory lasts to the predicted end of all (MC-SF)',
  source: '2502.07115 (inequality recalled)',
  parameters,
  needs: () => ['lengths'],
  create: ({ maxSequences, batching }) => new McSf(maxSequences, batching),
});
