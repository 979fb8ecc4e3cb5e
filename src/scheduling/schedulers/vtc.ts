/**
 * Virtual token counter (VTC): fair shares of service among tenants.
 * Source: Sheng et al., Fairness in Serving Large Language Models, OSDI 2024, arXiv 2401.00588
 * (idea from its abstract; details recalled, not checked against the text).
 *
 * A tenant's counter grows by `inputWeight` per prompt token when a request is admitted and by
 * `outputWeight` per output token as it is produced. A tenant that comes to have waiting requests
 * is lifted to the smallest counter of those that already have; where nobody has, to that of the
 * tenant admitted last. Each step: (1) while the next round of decodes does not fit, the decode
 * that joined last is preempted; (2) decodes and started prompts go on; (3) while seats and memory
 * last, the waiting tenant with the smallest counter has its first request admitted. No share is
 * set aside for tenants that have nothing to do.
 *
 * Deviations: a request that is computed again after a preemption is charged for its prompt and
 * for each output token once; a lift happens when the scheduler first sees the request, at the
 * end of the step during which it came. Units: tokens times weight.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { StepBuilder, type StepValues, stepParameters } from './step-builder.ts';
import { TaskValues } from './task-values.ts';

const parameters = {
  ...stepParameters,
  inputWeight: { type: 'number', default: 1, min: 0, doc: 'service of one prompt token' },
  outputWeight: { type: 'number', default: 2, min: 0, doc: 'service of one output token' },
} as const;

class VirtualTokenCounter implements Scheduler {
  readonly #step: StepBuilder;
  readonly #inputWeight: number;
  readonly #outputWeight: number;
  /**
   * Service of each tenant as whole tokens, so that the counter does not depend on how often they
   * are added up; `lift` is what lifting has added.
   */
  readonly #inputs = new TaskValues(0);
  readonly #outputs = new TaskValues(0);
  readonly #lift = new TaskValues(0);
  /** Output tokens of a request that are charged; −1: nothing of it is. */
  readonly #charged = new TaskValues(-1);
  /** Requests that were in service after the last plan. */
  #served: Task[] = [];
  /** Tenants that had waiting requests after the last plan, and those that have any now. */
  #backlogged = new Set<number>();
  #waiting = new Set<number>();
  #lastAdmitted = -1;
  #view!: InstanceView;

  constructor(values: StepValues, inputWeight: number, outputWeight: number) {
    this.#step = new StepBuilder(values);
    this.#inputWeight = inputWeight;
    this.#outputWeight = outputWeight;
  }

  plan(view: InstanceView, out: Plan): void {
    const step = this.#step;
    this.#view = view;
    step.begin(view, out);
    this.#chargeOutputs();
    this.#liftNewcomers();
    const mayStart = step.makeRoom(() => view.decodingTask(view.decoding - 1), 'recompute');
    step.continuePrompts();
    const passed: number[] = [];
    let blocked = -1;
    while (mayStart) {
      const task = this.#firstOfLeastServed(passed);
      if (task < 0) break;
      if (step.fits(task)) {
        this.#admit(task);
        continue;
      }
      blocked = view.tenant(task);
      if (view.decoding + view.prefilling > 0) break;
      passed.push(blocked);
    }
    this.#remember();
    step.finish(blocked < 0 ? undefined : { rounds: this.#roundsToOvertake(blocked) });
  }

  #counter(tenant: number): number {
    const served =
      this.#inputWeight * this.#inputs.get(tenant) + this.#outputWeight * this.#outputs.get(tenant);
    return this.#lift.get(tenant) + served;
  }

  /** Charges what has been produced since the last plan, by requests that have left as well. */
  #chargeOutputs(): void {
    for (const task of this.#served) {
      const generated = this.#view.generated(task);
      const tenant = this.#view.tenant(task);
      const added = generated - this.#charged.get(task);
      if (added <= 0) continue;
      this.#outputs.set(tenant, this.#outputs.get(tenant) + added);
      this.#charged.set(task, generated);
    }
  }

  #liftNewcomers(): void {
    const view = this.#view;
    const now = this.#waiting;
    now.clear();
    for (let i = 0; i < view.waiting; i++) now.add(view.tenant(view.waitingTask(i)));
    for (const tenant of this.#backlogged) if (!now.has(tenant)) this.#backlogged.delete(tenant);
    for (const tenant of now) {
      if (this.#backlogged.has(tenant)) continue;
      const floor = this.#floor();
      const counter = this.#counter(tenant);
      if (floor > counter) this.#lift.set(tenant, this.#lift.get(tenant) + (floor - counter));
      this.#backlogged.add(tenant);
    }
  }

  /** The counter that a tenant is lifted to. */
  #floor(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const tenant of this.#backlogged) least = Math.min(least, this.#counter(tenant));
    if (least < Number.POSITIVE_INFINITY) return least;
    return this.#lastAdmitted < 0 ? 0 : this.#counter(this.#lastAdmitted);
  }

  /** First request in the queue of the waiting tenant with the smallest counter; −1: none. */
  #firstOfLeastServed(passed: readonly number[]): Task {
    const view = this.#view;
    let first = -1;
    let tenant = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      const of = view.tenant(task);
      if (of === tenant || passed.includes(of)) continue;
      const counter = this.#counter(of);
      if (counter >= least) continue;
      first = task;
      tenant = of;
      least = counter;
    }
    return first;
  }

  #admit(task: Task): void {
    const tenant = this.#view.tenant(task);
    if (this.#charged.get(task) < 0) {
      this.#inputs.set(tenant, this.#inputs.get(tenant) + this.#view.inputTokens(task));
      this.#charged.set(task, 0);
    }
    this.#lastAdmitted = tenant;
    this.#step.admit(task);
  }

  #remember(): void {
    const view = this.#view;
    this.#served.length = 0;
    for (let i = 0; i < view.prefilling; i++) this.#served.push(view.prefillingTask(i));
    for (let i = 0; i < view.decoding; i++) this.#served.push(view.decodingTask(i));
    this.#backlogged.clear();
    for (let i = 0; i < view.waiting; i++) this.#backlogged.add(view.tenant(view.waitingTask(i)));
  }

  /** Rounds until the blocked tenant's counter reaches that of one whose first request fits. */
  #roundsToOvertake(blocked: number): number {
    const view = this.#view;
    let decodes = 0;
    for (let i = 0; i < view.decoding; i++) {
      if (view.tenant(view.decodingTask(i)) === blocked) decodes++;
    }
    const perRound = decodes * this.#outputWeight;
    let gap = Number.POSITIVE_INFINITY;
    const looked = this.#waiting;
    looked.clear();
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      const tenant = view.tenant(task);
      if (looked.has(tenant)) continue;
      looked.add(tenant);
      if (tenant === blocked || !this.#step.fits(task)) continue;
      gap = Math.min(gap, this.#counter(tenant) - this.#counter(blocked));
    }
    if (gap === Number.POSITIVE_INFINITY || perRound === 0) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor(gap / perRound));
  }
}

export const vtc = definePolicy<Scheduler, typeof parameters>({
  kind: 'vtc',
  doc: 'admits from the tenant that has been served least, by weighted tokens',
  source: 'VTC (OSDI 2024, arXiv 2401.00588), details recalled',
  parameters,
  create: ({ inputWeight, outputWeight, ...values }) =>
    new VirtualTokenCounter(values, inputWeight, outputWeight),
});
