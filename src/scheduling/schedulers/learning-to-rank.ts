/**
 * Learning to rank (vLLM-LTR): shortest predicted output first, with starvation prevention.
 * Source: Fu et al., Efficient LLM Scheduling by Learning to Rank, arXiv 2408.15792;
 * hao-ai-lab/vllm-ltr (details recalled, not checked against the text).
 *
 * Each step: (1) while the next round of decodes does not fit, the decode that joined last is
 * preempted; (2) decodes and started prompts go on; (3) waiting requests start while seats and
 * memory last: first those that arrived at least `starvationMs` ago, in order of arrival, then
 * the others by predicted output. A running request gives way to nobody.
 *
 * Deviations: the rank is the group's predicted length rather than a ranking model's score (only
 * its order is used); starvation is counted in time since arrival rather than in iterations, and
 * a promoted request stays promoted; nobody passes one that finds no memory. Units: ms.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { predictedLength } from './predicted-length.ts';
import { RankedWalk } from './ranked.ts';
import { StepBuilder, type StepValues, stepParameters } from './step-builder.ts';

const parameters = {
  ...stepParameters,
  starvationMs: {
    type: 'number',
    default: 10_000,
    min: 0,
    unit: 'ms',
    doc: 'time since arrival after which a waiting request goes before all younger ones',
  },
} as const;

class LearningToRank implements Scheduler {
  readonly #step: StepBuilder;
  readonly #walk = new RankedWalk();
  readonly #starvationMs: number;
  #view!: InstanceView;

  constructor(values: StepValues, starvationMs: number) {
    this.#step = new StepBuilder(values);
    this.#starvationMs = starvationMs;
  }

  plan(view: InstanceView, out: Plan): void {
    const step = this.#step;
    this.#view = view;
    step.begin(view, out);
    const mayStart = step.makeRoom(() => view.decodingTask(view.decoding - 1), 'recompute');
    step.continuePrompts();
    this.#walk.begin();
    while (mayStart) {
      const task = this.#walk.next(view, this.#rank);
      if (task < 0) break;
      if (step.fits(task)) step.admit(task);
      else if (view.decoding + view.prefilling > 0) break;
    }
    // A promotion may put a request in front that fits where the present one does not.
    const stuck = view.waiting > 0 && step.seats > 0;
    step.finish(stuck ? { untilMs: this.#nextPromotionMs() } : undefined);
  }

  readonly #rank = (task: Task): number => {
    const predicted = predictedLength(this.#view, task);
    return this.#promotionMs(task) <= this.#view.nowMs ? -1 : predicted;
  };

  #promotionMs(task: Task): number {
    return this.#view.arrivalMs(task) + this.#starvationMs;
  }

  #nextPromotionMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#view.waiting; i++) {
      const ms = this.#promotionMs(this.#view.waitingTask(i));
      if (ms > this.#view.nowMs && ms < next) next = ms;
    }
    return next;
  }
}

export const learningToRank = definePolicy<Scheduler, typeof parameters>({
  kind: 'learning-to-rank',
  doc: 'shortest predicted output first; whoever has waited too long goes before all others',
  source: 'vLLM-LTR (arXiv 2408.15792), details recalled; hao-ai-lab/vllm-ltr',
  parameters,
  needs: () => ['lengths'],
  create: ({ starvationMs, ...values }) => new LearningToRank(values, starvationMs),
});
