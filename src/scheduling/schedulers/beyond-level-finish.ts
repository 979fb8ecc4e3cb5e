/**
 * Short requests early, long ones just in time, and some short ones kept for the end.
 * Source: this project; the setting, the stages and the rules for them are those of Hybrid
 * Offline-online Scheduling (arXiv 2502.15763). That shortest first serves soonest, and that only
 * those who would end too late need to go before, is textbook scheduling with two criteria
 * (mean flow time under a limit of the makespan).
 *
 * Longest first ends level, and lets everybody wait for the longest; shortest first does the
 * reverse. With M the mean predicted output of all requests seen, some that wait are kept: the
 * shortest of at least `floor` · M, as many as have `keep` · M tokens for each of J slots. Who
 * takes an idle slot:
 *   1. the longest, where it is due:  margin · predicted ≥ H − K, with H the rounds that all which
 *      waits and runs still takes on J slots, and K those of the kept ones: started later, and as
 *      much longer than predicted, it would end after the kept ones have run out;
 *   2. else the shortest that is not kept;
 *   3. where only kept ones are left, the longest of them: short, they fill what the others leave.
 * While requests arrive one after another, those to come fill the gaps: nothing is kept or due,
 * and the shortest is next. That is so while the last `quietMs` saw two instants of arrival or
 * more; a backlog that comes at once is complete.
 *
 * J is the slots of the instance. On one without, it is what its KV memory holds of requests half
 * way through their mean predicted output, at most `maxSequences`; prompts run first, in steps of
 * their own, and the round that does not fit preempts who joined last. `rule` and prices belong to
 * slots, `maxBatchedTokens` and `maxSequences` to instances without.
 *
 * Nothing promotes a long request while others keep arriving. Units: tokens, rounds, ms.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { type Choices, type SlotChooser, SlotStages } from './hybrid/slot-stages.ts';
import { maxBatchedTokens } from './max-batched-tokens.ts';
import { maxSequences } from './max-sequences.ts';
import { predictedLength } from './predicted-length.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { prefillRule, prefillRuleParametersWith } from './prefill-rules.ts';
import { admitWhole, fitsBesideGrowth } from './prefill-step.ts';
import { reservationOracle, reserve, type wholeSequence } from './reserve.ts';

const parameters = {
  floor: {
    type: 'number',
    default: 0.3,
    min: 0,
    max: 100,
    unit: 'mean outputs',
    doc: 'shorter requests than this fill too little to be kept for the end',
  },
  keep: {
    type: 'number',
    default: 0.75,
    min: 0,
    max: 100,
    unit: 'mean outputs',
    doc: 'work that is kept for the end, for each slot',
  },
  margin: {
    type: 'number',
    default: 2,
    min: 0,
    max: 100,
    doc: 'times its prediction that a request may last and still end level; 0: none is ever due',
  },
  quietMs: {
    type: 'number',
    default: 10_000,
    min: 0,
    unit: 'ms',
    doc: 'time with less than two instants of arrival after which a backlog counts as complete',
  },
  ...prefillRuleParametersWith('exact'),
  maxBatchedTokens,
  maxSequences,
  reserve,
} as const;

interface Shares {
  readonly floor: number;
  readonly keep: number;
  readonly margin: number;
  readonly quietMs: number;
}

/** The waiting requests by predicted output, and who of them is next. */
class FinishOrder {
  readonly #shares: Shares;
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

  constructor(shares: Shares) {
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

class ForSlots implements SlotChooser {
  readonly worksWithoutSlots = false;
  readonly #order: FinishOrder;

  constructor(order: FinishOrder) {
    this.#order = order;
  }

  choose(view: InstanceView, idleSlots: readonly number[], out: Choices): void {
    const count = Math.min(idleSlots.length, view.waiting);
    for (const [i, task] of this.#order.next(view, view.slots, count).entries()) {
      out.tasks.push(task);
      out.slots.push(idleSlots[i] as number);
    }
    out.idle = idleSlots.length;
  }

  admitted(task: Task): void {
    this.#order.started(task);
  }
}

interface Limits {
  readonly maxBatchedTokens: number;
  readonly maxSequences: number;
}

class LevelFinish implements Scheduler {
  readonly #order: FinishOrder;
  readonly #stages: SlotStages;
  readonly #limits: Limits;
  readonly reserveTokens?: typeof wholeSequence;

  constructor(order: FinishOrder, stages: SlotStages, limits: Limits) {
    this.#order = order;
    this.#stages = stages;
    this.#limits = limits;
    if (stages.reserveTokens !== undefined) this.reserveTokens = stages.reserveTokens;
  }

  plan(view: InstanceView, out: Plan): void {
    if (view.slots > 0) {
      this.#stages.plan(view, out);
      return;
    }
    const promptTokens = this.#start(view, out);
    if (promptTokens > 0) return;
    // Who is next may change with what has been freed, or has joined without a prompt to compute.
    if (preemptForGrowth(view, out) || promptTokens === 0) out.hold({ rounds: 1 });
    if (view.decoding > 0) out.decodes();
  }

  /** Starts the next requests while they fit. Returns their prompt tokens, −1 if none started. */
  #start(view: InstanceView, out: Plan): number {
    const { maxBatchedTokens, maxSequences } = this.#limits;
    const seats = maxSequences - view.decoding - view.prefilling;
    const count = Math.min(seats, view.waiting);
    let batched = -1;
    // Those who start are taken off the list that is walked.
    for (const task of [...this.#order.next(view, this.#slotsOf(view), count)]) {
      if (batched > 0 && batched + view.tokensToCompute(task) > maxBatchedTokens) break;
      if (!fitsBesideGrowth(view, task)) break;
      this.#order.started(task);
      batched = Math.max(0, batched) + admitWhole(view, out, task);
    }
    return batched;
  }

  /** Requests that memory holds at once where each is half way through its output. */
  #slotsOf(view: InstanceView): number {
    let tokens = 0;
    const add = (task: Task) => {
      tokens += view.inputTokens(task) + predictedLength(view, task) / 2;
    };
    for (let i = 0; i < view.waiting; i++) add(view.waitingTask(i));
    for (let i = 0; i < view.decoding; i++) add(view.decodingTask(i));
    const count = view.waiting + view.decoding;
    if (count === 0) return 1;
    const held = Math.floor((view.capacityBlocks * view.blockTokens * count) / tokens);
    return Math.max(1, Math.min(held, this.#limits.maxSequences));
  }
}

export const levelFinish = definePolicy<Scheduler, typeof parameters>({
  kind: 'level-finish',
  doc: 'shortest predicted first, longest just in time, some short ones kept to end level',
  source: 'this project; stages of 2502.15763',
  parameters,
  oracle: (values) => reservationOracle(values.reserve),
  create: (values) => {
    const order = new FinishOrder(values);
    const stages = new SlotStages(new ForSlots(order), prefillRule(values), values.reserve);
    return new LevelFinish(order, stages, values);
  },
});
