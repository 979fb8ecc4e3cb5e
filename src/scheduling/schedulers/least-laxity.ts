/**
 * Least laxity: decode tokens at the last moment that their deadline allows (SLAI).
 * Source: RAD and SLAI, arXiv 2508.01002 (from summaries of it; details are ours).
 *
 * A token of a request in decode is due `tbtMs` after the one before it. Prompts come shortest
 * first, in chunks, within `budget` tokens a step. While there is prompt work, a decode is urgent
 * if it would be late after sitting out one more step: due − now < 2 · D, D the predicted time of
 * a step with all decodes and as much prompt work as there is. Urgent decodes take part, the
 * others are paused and keep their KV. Without prompt work all decode. Where the next round
 * does not fit, all come back and the decode that arrived last is preempted.
 *
 * Deviations: one deadline for all requests, not one per class of users; D is the sum of a
 * predicted prefill and a predicted round, which counts a step's fixed cost twice; a paused
 * request keeps its seat and a block of memory for its next token. Units: ms, tokens.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { RankedWalk } from './ranked.ts';
import { StepBuilder, stepParameters } from './step-builder.ts';
import { TaskValues } from './task-values.ts';

const parameters = {
  budget: stepParameters.budget,
  maxSequences: stepParameters.maxSequences,
  tbtMs: {
    type: 'number',
    default: 100,
    min: 0.001,
    unit: 'ms',
    doc: 'time between two tokens of a request that is to be kept',
  },
} as const;

class LeastLaxity implements Scheduler {
  readonly #step: StepBuilder;
  readonly #walk = new RankedWalk();
  readonly #budget: number;
  readonly #tbtMs: number;
  /** Tokens that a request was seen with, and when the latest of them came. */
  readonly #seen = new TaskValues(-1);
  readonly #tokenMs = new TaskValues(0);
  #view!: InstanceView;

  constructor(budget: number, maxSequences: number, tbtMs: number) {
    this.#step = new StepBuilder({ batching: 'mixed', budget, maxSequences });
    this.#budget = budget;
    this.#tbtMs = tbtMs;
  }

  plan(view: InstanceView, out: Plan): void {
    const step = this.#step;
    this.#view = view;
    step.begin(view, out);
    this.#observe();
    if (view.decodeGrowth > view.freeBlocks && !this.#makeRoom()) {
      this.#workOn(-1);
      step.finish();
      return;
    }
    let task = this.#nextThatFits();
    while (task >= 0 && view.tokensLeft(task) === 0) {
      step.admit(task);
      task = this.#nextThatFits();
    }
    if (view.prefilling === 0 && task < 0) {
      this.#resumeAll();
      this.#makeRoom();
    } else {
      this.#chooseDecodes();
      const made = view.decodeGrowth > view.freeBlocks && !this.#makeRoom();
      this.#workOn(made ? -1 : task);
    }
    step.finish();
  }

  /** Notes who has a new token: it came with the step that has just ended. */
  #observe(): void {
    const view = this.#view;
    for (let i = 0; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      const generated = view.generated(task);
      if (generated === this.#seen.get(task)) continue;
      this.#seen.set(task, generated);
      this.#tokenMs.set(task, view.nowMs);
    }
  }

  /** Brings everybody back and preempts those that arrived last; whether requests may start. */
  #makeRoom(): boolean {
    const view = this.#view;
    let overfull = false;
    // First tokens may have overfilled the memory: nobody can come back before that is put right.
    while (view.decoding > 0 && view.freeBlocks < 0) {
      this.#step.preempt(this.#youngest());
      overfull = true;
    }
    this.#resumeAll();
    return this.#step.makeRoom(this.#youngest, 'recompute') && !overfull;
  }

  #resumeAll(): void {
    while (this.#view.paused > 0) this.#step.resume(this.#view.pausedTask(0));
  }

  readonly #youngest = (): Task => {
    const view = this.#view;
    let youngest = view.decodingTask(0);
    for (let i = 1; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      if (view.arrivalMs(task) >= view.arrivalMs(youngest)) youngest = task;
    }
    return youngest;
  };

  readonly #promptTokens = (task: Task): number => this.#view.tokensLeft(task);

  /** The shortest waiting prompt, if it can start; beside an idle batch, the shortest that can. */
  #nextThatFits(): Task {
    const view = this.#view;
    this.#walk.begin();
    for (;;) {
      const task = this.#walk.next(view, this.#promptTokens);
      if (task < 0 || this.#fits(task)) return task;
      if (view.decoding + view.prefilling + view.paused > 0) return -1;
    }
  }

  #fits(task: Task): boolean {
    const { paused } = this.#view;
    const step = this.#step;
    if (step.seats - paused <= 0 || !step.fits(task)) return false;
    return step.need(task) <= step.spareBlocks - paused;
  }

  /** Lets the urgent decodes take part and takes the others out. */
  #chooseDecodes(): void {
    const view = this.#view;
    const step = this.#step;
    const stepMs = this.#stepMs();
    for (let i = view.paused - 1; i >= 0; i--) {
      const task = view.pausedTask(i);
      if (this.#urgent(task, stepMs)) step.resume(task);
    }
    for (let i = view.decoding - 1; i >= 0; i--) {
      const task = view.decodingTask(i);
      if (!this.#urgent(task, stepMs)) step.pause(task, 'keep');
    }
  }

  #urgent(task: Task, stepMs: number): boolean {
    // What joins in this plan has no token seen yet, and takes part.
    if (this.#seen.get(task) < 0) return true;
    return this.#tokenMs.get(task) + this.#tbtMs - this.#view.nowMs < 2 * stepMs;
  }

  /** Predicted time of a step with all decodes and the prompt work that there is. */
  #stepMs(): number {
    const view = this.#view;
    const decodes = view.decoding + view.paused;
    let context = view.contextTokens;
    for (let i = 0; i < view.paused; i++) {
      const task = view.pausedTask(i);
      context += view.inputTokens(task) + view.generated(task);
    }
    let tokens = 0;
    for (let i = 0; i < view.prefilling && tokens < this.#budget; i++) {
      tokens += view.tokensLeft(view.prefillingTask(i));
    }
    for (let i = 0; i < view.waiting && tokens < this.#budget; i++) {
      tokens += view.tokensToCompute(view.waitingTask(i));
    }
    const prefillMs = view.estimatePrefillMs(Math.min(tokens, this.#budget), 0);
    return decodes === 0 ? prefillMs : prefillMs + view.estimateRoundMs(decodes, context);
  }

  /** Fills the step with prompts, started or waiting, shortest first; −1: started ones only. */
  #workOn(firstWaiting: Task): void {
    const view = this.#view;
    const step = this.#step;
    const started = Array.from({ length: view.prefilling }, (_, i) => view.prefillingTask(i));
    started.sort((a, b) => view.tokensLeft(a) - view.tokensLeft(b));
    let waiting = firstWaiting;
    for (const task of started) {
      while (waiting >= 0 && view.tokensLeft(waiting) < view.tokensLeft(task)) {
        waiting = this.#start(waiting);
      }
      step.work(task);
    }
    while (waiting >= 0) waiting = this.#start(waiting);
  }

  /** Admits a waiting request, unless the step is full by now; the next one that can start. */
  #start(task: Task): Task {
    if (!this.#fits(task)) return -1;
    this.#step.admit(task);
    return this.#nextThatFits();
  }
}

export const leastLaxity = definePolicy<Scheduler, typeof parameters>({
  kind: 'least-laxity',
  doc: 'shortest prompts first; decodes wait until their token is nearly late',
  source: 'RAD and SLAI (arXiv 2508.01002), from summaries; details are ours',
  parameters,
  create: ({ budget, maxSequences, tbtMs }) => new LeastLaxity(budget, maxSequences, tbtMs),
});
