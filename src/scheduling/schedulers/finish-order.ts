import type { InstanceView, Task } from '../../policy/scheduler.ts';
import { predictedLength } from './predicted-length.ts';

/** See the parameters of level-finish.ts. */
export interface FinishShares {
  readonly floor: number;
  readonly keep: number;
  readonly margin: number;
  readonly quietMs: number;
}

/**
 * The waiting requests by predicted output, and who of them is next: the order of the scheduler
 * level-finish, whose file says what it is. Units: tokens, rounds, ms.
 */
export class FinishOrder {
  readonly #shares: FinishShares;
  readonly #predicted = new Map<Task, number>();
  /** Waiting requests, shortest first, equal ones by number. */
  #byLength: Task[] = [];
  /** Who is next, as long as nobody comes, goes or is predicted anew. */
  readonly #next: Task[] = [];
  /** Requests that have come, and their predicted output as they came. */
  #seen = 0;
  #seenTokens = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** The instant of arrival before the last. */
  #beforeMs = Number.NEGATIVE_INFINITY;

  constructor(shares: FinishShares) {
    this.#shares = shares;
  }

  /** The next `count` waiting requests, at most all, on `slots` slots. */
  next(view: InstanceView, slots: number, count: number): readonly Task[] {
    this.#follow(view);
    const next = this.#next;
    if (next.length === count) return next;
    next.length = 0;
    const isOpen = view.nowMs - this.#beforeMs < this.#shares.quietMs;
    const [from, to] = isOpen ? [0, 0] : this.#kept(slots);
    const kept = this.#byLength.slice(from, to);
    const others = [...this.#byLength.slice(0, from), ...this.#byLength.slice(to)];
    const limit = isOpen ? Number.POSITIVE_INFINITY : this.#rounds(view, others) / slots;
    let [short, long, last] = [0, others.length - 1, kept.length - 1];
    while (next.length < count) {
      if (short > long) next.push(kept[last--] as Task);
      else if (this.#shares.margin * this.#lengthOf(others[long] as Task) >= limit) {
        next.push(others[long--] as Task);
      } else next.push(others[short++] as Task);
    }
    return next;
  }

  started(task: Task): void {
    this.#next.length = 0;
    this.#predicted.delete(task);
    this.#byLength.splice(this.#byLength.indexOf(task), 1);
  }

  /** Where those stand that are kept for the end. */
  #kept(slots: number): [from: number, to: number] {
    const { floor, keep } = this.#shares;
    const mean = this.#seenTokens / this.#seen;
    const order = this.#byLength;
    const from = order.findIndex((task) => this.#lengthOf(task) >= floor * mean);
    if (from < 0) return [0, 0];
    let tokens = 0;
    let to = from;
    for (; to < order.length && tokens < keep * mean * slots; to++) {
      tokens += this.#lengthOf(order[to] as Task);
    }
    return [from, to];
  }

  /** Slot-rounds that all which runs and these waiting ones are expected to take. */
  #rounds(view: InstanceView, waiting: readonly Task[]): number {
    let rounds = 0;
    for (let i = 0; i < view.decoding; i++) rounds += toCome(view, view.decodingTask(i));
    for (let i = 0; i < view.prefilling; i++) rounds += toCome(view, view.prefillingTask(i));
    for (const task of waiting) rounds += this.#lengthOf(task);
    return rounds;
  }

  #lengthOf(task: Task): number {
    return this.#predicted.get(task) as number;
  }

  /** Takes up arrivals, departures and changed predictions. */
  #follow(view: InstanceView): void {
    const predicted = this.#predicted;
    let changed = view.waiting !== predicted.size;
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      const tokens = toCome(view, task);
      const known = predicted.get(task);
      if (known === tokens) continue;
      if (known === undefined) this.#notice(view.arrivalMs(task), tokens);
      predicted.set(task, tokens);
      changed = true;
    }
    if (!changed) return;
    const waiting = new Set<Task>();
    for (let i = 0; i < view.waiting; i++) waiting.add(view.waitingTask(i));
    for (const task of predicted.keys()) if (!waiting.has(task)) predicted.delete(task);
    this.#next.length = 0;
    this.#byLength = [...waiting].sort((x, y) => this.#lengthOf(x) - this.#lengthOf(y) || x - y);
  }

  #notice(arrivalMs: number, tokens: number): void {
    this.#seen++;
    this.#seenTokens += tokens;
    if (arrivalMs <= this.#lastMs) return;
    this.#beforeMs = this.#lastMs;
    this.#lastMs = arrivalMs;
  }
}

/** Rounds that a request is expected to take from now on, at least 1. */
function toCome(view: InstanceView, task: Task): number {
  return Math.max(1, predictedLength(view, task) - view.generated(task));
}
