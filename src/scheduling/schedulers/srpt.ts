/**
 * Shortest predicted remaining processing time with limited preemption (TRAIL).
 * Source: Shahout et al., TRAIL, arXiv 2410.01035 (details recalled, not checked against the
 * text); SRPT itself is textbook scheduling.
 *
 * Remaining work of a request: predicted output less the tokens it has, never below zero.
 * Each step: (1) while the next round of decodes does not fit, the decode with most remaining
 * work is preempted; (2) decodes and started prompts go on; (3) waiting requests start, least
 * remaining work first, while seats and memory last; (4) one that finds none preempts the decodes
 * with most remaining work, if each has more than it by `margin` and is younger than the fraction
 * `limit` of its predicted length. Preempted requests lose their KV and are computed again.
 *
 * Deviations: TRAIL predicts anew at every token, here a prediction changes only as the group's
 * predictor does; prompts cannot be preempted; one request a step may preempt others; nobody
 * passes one that finds no memory. Units: tokens.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { displace } from './displace.ts';
import { predictedLength } from './predicted-length.ts';
import { RankedWalk } from './ranked.ts';
import { StepBuilder, type StepValues, stepParameters } from './step-builder.ts';

const parameters = {
  ...stepParameters,
  limit: {
    type: 'number',
    default: 0.8,
    min: 0,
    max: 1,
    doc: 'fraction of the predicted output after which a request is not preempted; 0: never is',
  },
  margin: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'tokens',
    doc: 'remaining work by which a request must undercut those it preempts',
  },
} as const;

class Srpt implements Scheduler {
  readonly #step: StepBuilder;
  readonly #walk = new RankedWalk();
  readonly #limit: number;
  readonly #margin: number;
  #view!: InstanceView;

  constructor(values: StepValues, limit: number, margin: number) {
    this.#step = new StepBuilder(values);
    this.#limit = limit;
    this.#margin = margin;
  }

  plan(view: InstanceView, out: Plan): void {
    const step = this.#step;
    this.#view = view;
    step.begin(view, out);
    const mayStart = step.makeRoom(this.#longest, 'recompute');
    step.continuePrompts();
    // A request that others could make room for, though not enough yet: as they grow, they might.
    let pending = false;
    this.#walk.begin();
    while (mayStart) {
      const task = this.#walk.next(view, this.#remaining);
      if (task < 0) break;
      if (step.fits(task)) {
        step.admit(task);
        continue;
      }
      const victims = this.#victims(task);
      if (displace(view, task, { step, paused: false, victims, yieldTo: 'recompute' })) {
        step.admit(task);
        break;
      }
      pending ||= victims.length > 0;
      if (view.decoding + view.prefilling > 0) break;
    }
    step.finish(pending ? { rounds: 1 } : undefined);
  }

  readonly #remaining = (task: Task): number => {
    const predicted = predictedLength(this.#view, task);
    return Math.max(0, predicted - this.#view.generated(task));
  };

  /** The decode with most remaining work; of equals the one that joined last. */
  readonly #longest = (): Task => {
    let longest = -1;
    let most = -1;
    for (let i = 0; i < this.#view.decoding; i++) {
      const task = this.#view.decodingTask(i);
      const remaining = this.#remaining(task);
      if (remaining < most) continue;
      longest = task;
      most = remaining;
    }
    return longest;
  };

  /** Decodes that a waiting request may preempt, most remaining work first. */
  #victims(task: Task): Task[] {
    const view = this.#view;
    const bar = this.#remaining(task) + this.#margin;
    const victims: Task[] = [];
    for (let i = view.decoding - 1; i >= 0; i--) {
      const decode = view.decodingTask(i);
      const young = view.generated(decode) < this.#limit * view.predictedOutput(decode);
      if (young && this.#remaining(decode) > bar) victims.push(decode);
    }
    return victims.sort((a, b) => this.#remaining(b) - this.#remaining(a));
  }
}

export const srpt = definePolicy<Scheduler, typeof parameters>({
  kind: 'srpt',
  doc: 'least predicted remaining work first, preempting young requests that have more',
  source: 'TRAIL (arXiv 2410.01035), details recalled; SRPT of the textbooks',
  parameters,
  needs: () => ['lengths'],
  create: ({ limit, margin, ...values }) => new Srpt(values, limit, margin),
});
