/**
 * Skip-join multi-level feedback queue (FastServe).
 * Source: Wu et al., FastServe, NSDI 2026 / arXiv 2305.05920 (idea from its abstract; details
 * recalled, not checked against the text).
 *
 * Queue l has the quantum `quantumMs` · 2^l; the last queue's has no end. A new request joins the
 * first queue whose quantum covers its predicted prefill time, skipping those before it. Each
 * step: (1) a running request that has spent its quantum goes to the end of the next queue;
 * (2) one that has been out of service for `starvationMs` goes to the end of the first queue;
 * (3) while the next round of decodes does not fit, the last of the lowest queue is swapped out;
 * (4) requests start or come back, higher queues first and each queue in order, while seats and
 * memory last; one that finds none pushes out decodes of lower queues, lowest first, that have
 * had a token since they went into service; their KV is swapped to host memory.
 *
 * Deviations: a quantum is time in service, prompts of others included; KV is swapped when a
 * request is pushed out rather than ahead of need, and the copy is taken to overlap (with a prefix
 * cache the request is computed again instead, its prompt mostly from the cache); prompts are not
 * interrupted; one request a step may push others out. Units: milliseconds.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { displace } from './displace.ts';
import { RankedWalk } from './ranked.ts';
import { StepBuilder, type StepValues, stepParameters } from './step-builder.ts';
import { TaskValues } from './task-values.ts';

const parameters = {
  ...stepParameters,
  quantumMs: {
    type: 'number',
    default: 30,
    min: 0.001,
    unit: 'ms',
    doc: 'quantum of the first queue; each further one has twice the quantum of the one before',
  },
  levels: { type: 'integer', default: 8, min: 1, max: 40, unit: 'queues', doc: 'how many queues' },
  starvationMs: {
    type: 'number',
    default: 10_000,
    min: 0.001,
    unit: 'ms',
    doc: 'time out of service after which a request goes to the first queue',
  },
} as const;

/** Order of queue entries within one queue: so many fit before the next queue begins. */
const ENTRIES = 2 ** 40;

class SkipJoinMlfq implements Scheduler {
  readonly #step: StepBuilder;
  readonly #walk = new RankedWalk();
  readonly #quantumMs: number;
  readonly #last: number;
  readonly #starvationMs: number;
  /** Queue of a request, −1 before it has joined one, and its turn in it. */
  readonly #level = new TaskValues(-1);
  readonly #turn = new TaskValues(0);
  /** When the request's quantum ends if it is in service; what is left of it if it is not. */
  readonly #endsMs = new TaskValues(0);
  readonly #leftMs = new TaskValues(0);
  /** When the request has waited enough, if it is not in service. */
  readonly #starvesMs = new TaskValues(0);
  /** Output tokens with which the request went into service. */
  readonly #startTokens = new TaskValues(0);
  #turns = 0;
  /** Decodes of lower queues, whether or not they may be pushed out yet. */
  #lower = 0;
  #view!: InstanceView;

  constructor(values: StepValues, quantumMs: number, levels: number, starvationMs: number) {
    this.#step = new StepBuilder(values);
    this.#quantumMs = quantumMs;
    this.#last = levels - 1;
    this.#starvationMs = starvationMs;
  }

  plan(view: InstanceView, out: Plan): void {
    const step = this.#step;
    this.#view = view;
    step.begin(view, out);
    this.#joinNew();
    this.#demote();
    this.#promote();
    const mayStart = step.makeRoom(this.#pushOutLast, 'swap');
    step.continuePrompts();
    let pending = false;
    this.#walk.begin();
    while (mayStart) {
      const task = this.#walk.next(view, this.#rank, true);
      if (task < 0) break;
      const paused = this.#isPaused(task);
      if (step.fits(task, paused)) {
        this.#start(task, paused);
        continue;
      }
      const victims = this.#lowerThan(task);
      const onVictim = this.#stopClock;
      if (displace(view, task, { step, paused, victims, yieldTo: 'swap', onVictim })) {
        this.#start(task, paused);
        break;
      }
      pending ||= this.#lower > 0;
      if (view.decoding + view.prefilling > 0) break;
    }
    step.finish(pending ? { rounds: 1 } : { untilMs: this.#nextChangeMs() });
  }

  #quantumOf(level: number): number {
    return level === this.#last ? Number.POSITIVE_INFINITY : this.#quantumMs * 2 ** level;
  }

  #joinNew(): void {
    const view = this.#view;
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      if (this.#level.get(task) >= 0) continue;
      const tokens = view.tokensToCompute(task);
      const cached = view.tokensLeft(task) - tokens;
      const prefillMs = tokens === 0 ? 0 : view.estimatePrefillMs(tokens, cached);
      let level = 0;
      while (level < this.#last && this.#quantumOf(level) < prefillMs) level++;
      this.#enter(task, level);
      this.#starvesMs.set(task, view.arrivalMs(task) + this.#starvationMs);
    }
  }

  /** Puts a request at the end of a queue, with a whole quantum. */
  #enter(task: Task, level: number): void {
    this.#level.set(task, level);
    this.#turn.set(task, this.#turns++);
    this.#leftMs.set(task, this.#quantumOf(level));
    this.#endsMs.set(task, this.#view.nowMs + this.#quantumOf(level));
  }

  #demote(): void {
    const view = this.#view;
    const running = view.decoding + view.prefilling;
    for (let i = 0; i < running; i++) {
      const task = this.#runningTask(i);
      if (view.nowMs < this.#endsMs.get(task)) continue;
      this.#enter(task, this.#level.get(task) + 1);
    }
  }

  #promote(): void {
    const view = this.#view;
    for (let i = 0; i < view.waiting + view.paused; i++) {
      const task = this.#idleTask(i);
      if (this.#level.get(task) > 0 && view.nowMs >= this.#starvesMs.get(task)) {
        this.#enter(task, 0);
      }
    }
  }

  #start(task: Task, paused: boolean): void {
    this.#endsMs.set(task, this.#view.nowMs + this.#leftMs.get(task));
    this.#startTokens.set(task, this.#view.generated(task));
    if (paused) this.#step.resume(task);
    else this.#step.admit(task);
  }

  /** For a request that goes out of service: keeps what is left of its quantum. */
  readonly #stopClock = (task: Task): void => {
    const { nowMs } = this.#view;
    this.#leftMs.set(task, this.#endsMs.get(task) - nowMs);
    this.#starvesMs.set(task, nowMs + this.#starvationMs);
  };

  readonly #rank = (task: Task): number => this.#level.get(task) * ENTRIES + this.#turn.get(task);

  readonly #pushOutLast = (): Task => {
    const view = this.#view;
    let last = view.decodingTask(0);
    for (let i = 1; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      if (this.#rank(task) > this.#rank(last)) last = task;
    }
    this.#stopClock(last);
    return last;
  };

  /**
   * Decodes of queues below the request's own that have got a token since they went into service
   * (without it they could be computed again for nothing), the last of the lowest queue first.
   */
  #lowerThan(task: Task): Task[] {
    const view = this.#view;
    const level = this.#level.get(task);
    const lower: Task[] = [];
    this.#lower = 0;
    for (let i = 0; i < view.decoding; i++) {
      const decode = view.decodingTask(i);
      if (this.#level.get(decode) <= level) continue;
      this.#lower++;
      if (view.generated(decode) > this.#startTokens.get(decode)) lower.push(decode);
    }
    return lower.sort((a, b) => this.#rank(b) - this.#rank(a));
  }

  /**
   * When the next quantum ends or the next request has waited enough. Quanta are watched also
   * while nobody waits: they decide who gives way to those that come.
   */
  #nextChangeMs(): number {
    const view = this.#view;
    const idle = view.waiting + view.paused;
    let next = Number.POSITIVE_INFINITY;
    const running = view.decoding + view.prefilling;
    for (let i = 0; i < running; i++) {
      next = Math.min(next, this.#endsMs.get(this.#runningTask(i)));
    }
    for (let i = 0; i < idle; i++) {
      const task = this.#idleTask(i);
      if (this.#level.get(task) > 0) next = Math.min(next, this.#starvesMs.get(task));
    }
    return next;
  }

  #runningTask(i: number): Task {
    const view = this.#view;
    return i < view.decoding ? view.decodingTask(i) : view.prefillingTask(i - view.decoding);
  }

  #idleTask(i: number): Task {
    const view = this.#view;
    return i < view.waiting ? view.waitingTask(i) : view.pausedTask(i - view.waiting);
  }

  #isPaused(task: Task): boolean {
    for (let i = 0; i < this.#view.paused; i++) {
      if (this.#view.pausedTask(i) === task) return true;
    }
    return false;
  }
}

export const skipJoinMlfq = definePolicy<Scheduler, typeof parameters>({
  kind: 'skip-join-mlfq',
  doc: 'feedback queues by time served, joined by prefill time; lower queues are swapped out',
  source: 'FastServe (NSDI 2026, arXiv 2305.05920), details recalled',
  parameters,
  create: ({ quantumMs, levels, starvationMs, ...values }) =>
    new SkipJoinMlfq(values, quantumMs, levels, starvationMs),
});
