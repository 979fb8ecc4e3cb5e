/**
 * A_max and A_min: schedule by a bound of an interval in which the output length is predicted.
 * Source: 2508.14544 (Adaptively Robust LLM Inference Optimization under Prediction Uncertainty);
 * the rules from its abstract, the order of eviction as recalled.
 *
 * The interval is predicted·(1 − width) … predicted·(1 + width).
 * A_max plans with its upper end, as if every output were as long: shortest first, admitted where
 * the memory test of MC-SF passes. Nothing overflows while the true lengths stay below.
 * A_min plans with its lower end and raises it as tokens appear: a request that has produced more
 * is taken to be at least that long. Where the memory overflows, the requests with the smallest
 * bounds are evicted and computed again; they keep what was learnt of them.
 *
 * Deviations: memory in blocks; recomputation keeps the tokens already sent; A_max too evicts
 * where outputs outgrow the interval (the latest to join). Units: tokens, requests.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { batching } from './batching.ts';
import { LookaheadAdmission, type LookaheadRule } from './lookahead-admission.ts';
import { maxSequences } from './max-sequences.ts';
import { predictedLength } from './predicted-length.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';

const width = {
  type: 'number',
  default: 0.5,
  min: 0,
  max: 1,
  doc: 'half-width of the predicted interval, as a share of the predicted length',
} as const;
const parameters = { width, maxSequences, batching } as const;

/** The upper end of the interval, or what the request has already outgrown it to. */
export function upperBound(view: InstanceView, task: Task, width: number): number {
  const upper = Math.ceil(predictedLength(view, task) * (1 + width));
  return Math.max(upper, view.generated(task));
}

/** The lower end of the interval, raised to the tokens that have appeared. */
export function lowerBound(view: InstanceView, task: Task, width: number): number {
  const lower = Math.max(1, Math.floor(predictedLength(view, task) * (1 - width)));
  return Math.max(lower, view.generated(task));
}

class IntervalBound implements Scheduler {
  readonly #admission: LookaheadAdmission;

  constructor(rule: LookaheadRule, maxSequences: number, batching: string) {
    this.#admission = new LookaheadAdmission(rule, maxSequences, batching);
  }

  plan(view: InstanceView, out: Plan): void {
    this.#admission.plan(view, out);
  }
}

/** Evicts decodes by increasing bound, of equal ones the latest to join, until a round fits. */
function evictSmallest(view: InstanceView, out: Plan, bound: LookaheadRule['length']): boolean {
  let evicted = false;
  while (view.decoding > 0 && view.decodeGrowth > view.freeBlocks) {
    let victim = view.decodingTask(0);
    for (let i = 1; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      if (bound(view, task) <= bound(view, victim)) victim = task;
    }
    out.preempt(victim, 'recompute');
    evicted = true;
  }
  return evicted;
}

export const aMax = definePolicy<Scheduler, typeof parameters>({
  kind: 'a-max',
  doc: 'shortest upper bound first, memory kept for the upper bound of every output (A_max)',
  source: '2508.14544 (abstract; details recalled)',
  parameters,
  needs: () => ['lengths'],
  create: ({ width, maxSequences, batching }) => {
    const bound = (view: InstanceView, task: Task) => upperBound(view, task, width);
    const rule = { rank: bound, length: bound, makeRoom: preemptForGrowth };
    return new IntervalBound(rule, maxSequences, batching);
  },
});

export const aMin = definePolicy<Scheduler, typeof parameters>({
  kind: 'a-min',
  doc: 'shortest lower bound first, the bound raised as tokens appear; overflow evicts (A_min)',
  source: '2508.14544 (abstract; details recalled)',
  parameters,
  needs: () => ['lengths'],
  create: ({ width, maxSequences, batching }) => {
    const bound = (view: InstanceView, task: Task) => lowerBound(view, task, width);
    const makeRoom = (view: InstanceView, out: Plan) => evictSmallest(view, out, bound);
    return new IntervalBound({ rank: bound, length: bound, makeRoom }, maxSequences, batching);
  },
});
