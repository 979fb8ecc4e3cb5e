/**
 * The serving replay: a discrete-event cluster of instances with continuous batching.
 *
 * Order at equal times: arrivals (in trace order), cancellations, step ends (by instance); each
 * event is followed at once by a plan of the idle instance it touched. An arrival during a step
 * waits for its end. Requests released by an end (session, closed) that arrive at the same time
 * are placed before the instance plans again.
 *
 * Modes: `fast` passes a whole run of decode rounds at once, up to the first of: the scheduler's
 * hold, a finish, the next arrival or cancellation here, the end of memory, a switch of the cost
 * line. `step` takes every round, asks the scheduler every round, prices each round alone, and
 * fails where a hold was false or a price differs. Both read times from one expression, so their
 * tables are equal bit by bit.
 */
import type { StepClock } from '../../cost/work.ts';
import type { Order } from '../../policy/order.ts';
import type { ClusterView, Placer } from '../../policy/placer.ts';
import type { Scheduler, Task } from '../../policy/scheduler.ts';
import { type Activity, fillStep, newActivity } from './activity.ts';
import { ArrivalFeed } from './arrival-feed.ts';
import { roundMs, roundsToReach, runMs } from './decode-run.ts';
import { Instance, type InstanceEvents } from './instance.ts';
import type { KvMemory } from './kv-memory.ts';
import type { ServingSink, StepKind } from './sink.ts';
import { endReason, TaskColumns, taskStatus } from './task-columns.ts';
import { SlotTimes, TimeHeap } from './time-heap.ts';
import type { Workload } from './workload.ts';

export interface InstanceSetup {
  readonly clock: StepClock;
  readonly layers: number;
  readonly memory: KvMemory;
  readonly scheduler: Scheduler;
  readonly order: Order;
}

export interface ServingSetup {
  readonly workload: Workload;
  readonly instances: readonly InstanceSetup[];
  readonly placer: Placer;
  readonly mode: 'fast' | 'step';
  readonly sink: ServingSink;
  /** Told now and then how many requests have ended. */
  readonly onProgress?: (ended: number) => void;
}

export interface ServingOutcome {
  readonly tasks: TaskColumns;
  /** Decode rounds plus steps with prompt tokens, over all instances. */
  readonly steps: number;
  readonly preemptions: number;
  /** Open arrivals only: turns that began before the turn they continue had ended. */
  readonly causalityViolations: number;
}

/** Replays a workload to its end. */
export function replayServing(setup: ServingSetup): ServingOutcome {
  return new ServingEngine(setup).run();
}

class ServingEngine implements ClusterView, InstanceEvents {
  readonly #setup: ServingSetup;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  readonly #cluster: Instance[];
  readonly #activity: Activity[];
  readonly #ends: SlotTimes;
  readonly #arrivals: ArrivalFeed;
  readonly #cancels = new TimeHeap();
  readonly #stepwise: boolean;
  #steps = 0;
  #ended = 0;
  /** Instances up to this one have passed their step ends of that time. */
  #passedTo = -1;
  #passedMs = Number.NEGATIVE_INFINITY;
  #violations = 0;
  nowMs = 0;

  constructor(setup: ServingSetup) {
    const { workload } = setup;
    this.#setup = setup;
    this.#work = workload;
    this.#tasks = new TaskColumns(workload.count);
    this.#stepwise = setup.mode === 'step';
    this.#cluster = setup.instances.map(
      (one, i) => new Instance(i, one.memory, one, workload, this.#tasks, this),
    );
    this.#activity = setup.instances.map((one) => newActivity(one.layers));
    this.#ends = new SlotTimes(setup.instances.length);
    this.#arrivals = new ArrivalFeed(workload);
  }

  run(): ServingOutcome {
    for (;;) {
      const arrival = this.#arrivals.nextMs;
      const cancel = this.#cancels.firstMs;
      const end = this.#ends.firstMs;
      if (arrival <= cancel && arrival <= end) {
        if (arrival === Number.POSITIVE_INFINITY) break;
        this.#arrive(arrival);
      } else if (cancel <= end) {
        this.#cancel(cancel);
      } else {
        this.#endStep(this.#ends.first, end);
      }
    }
    this.#closeAll();
    let preemptions = 0;
    for (const n of this.#tasks.preemptions) preemptions += n;
    return {
      tasks: this.#tasks,
      steps: this.#steps,
      preemptions,
      causalityViolations: this.#violations,
    };
  }

  get instances(): number {
    return this.#cluster.length;
  }

  openPromptTokens(instance: number): number {
    return (this.#cluster[instance] as Instance).openPromptTokens;
  }

  openRequests(instance: number): number {
    return (this.#cluster[instance] as Instance).openRequests;
  }

  inputTokens(task: Task): number {
    return this.#work.inputTokens[task] as number;
  }

  // Arrivals

  #arrive(timeMs: number): void {
    const task = this.#arrivals.take();
    this.nowMs = timeMs;
    this.#tasks.arrivalMs[task] = timeMs;
    if (this.#work.arrivals.mode === 'open') this.#checkCausality(task);
    const index = this.#setup.placer.place(task, this);
    const instance = this.#cluster[index];
    if (instance === undefined) throw new Error(`placement chose instance ${index}, which is none`);
    this.#tasks.instance[task] = index;
    instance.openRequests++;
    instance.openPromptTokens += this.inputTokens(task);
    if (!instance.enqueue(task)) {
      this.#tasks.status[task] = taskStatus.rejected;
      this.#tasks.reason[task] = endReason.kvCapacity;
      this.#tasks.endMs[task] = timeMs;
      this.#tasks.instance[task] = -1;
      this.ended(task, instance);
      return;
    }
    const patience = this.#work.cancelAfterMs?.[task] ?? Number.NaN;
    if (patience >= 0) this.#cancels.push(timeMs + patience, task);
    this.#disturb(instance, timeMs);
  }

  #checkCausality(task: Task): void {
    const parent = this.#work.parent?.[task] ?? -1;
    if (parent < 0) return;
    const status = this.#tasks.status[parent] as number;
    if (status < taskStatus.finished) this.#violations++;
  }

  /** Something happened on an instance: an idle one plans, a run of rounds is cut short. */
  #disturb(instance: Instance, timeMs: number): void {
    const activity = this.#activity[instance.index] as Activity;
    activity.disturbed = true;
    switch (activity.busy) {
      case 'sleep':
      case 'idle':
        this.#ends.set(instance.index, Number.POSITIVE_INFINITY);
        this.#plan(instance, timeMs);
        break;
      case 'rounds': {
        const { row } = activity;
        let k = roundsToReach(row.startMs, row.firstMs, row.slopeMs, timeMs);
        const over = timeMs === this.#passedMs && instance.index <= this.#passedTo;
        if (over && row.startMs + runMs(row.firstMs, row.slopeMs, k) === timeMs) k++;
        const until = Math.max(k, activity.passed + 1);
        if (until < activity.until) {
          activity.until = until;
          this.#ends.set(instance.index, row.startMs + runMs(row.firstMs, row.slopeMs, until));
        }
        break;
      }
      default:
    }
  }

  #cancel(timeMs: number): void {
    const task = this.#cancels.pop();
    const status = this.#tasks.status[task] as number;
    if (status >= taskStatus.finished) return;
    this.nowMs = timeMs;
    const index = this.#tasks.instance[task] as number;
    const instance = this.#cluster[index] as Instance;
    if (status === taskStatus.waiting) instance.cancelWaiting(task, timeMs);
    else {
      this.#tasks.cancelAsked[task] = 1;
      (this.#activity[index] as Activity).cancelAsked = true;
    }
    this.#disturb(instance, timeMs);
    this.#settle(timeMs);
  }

  // Steps

  #endStep(index: number, timeMs: number): void {
    const instance = this.#cluster[index] as Instance;
    const activity = this.#activity[index] as Activity;
    this.nowMs = timeMs;
    this.#passedTo = index;
    this.#passedMs = timeMs;
    this.#ends.set(index, Number.POSITIVE_INFINITY);
    const was = activity.busy;
    activity.busy = 'ending';
    if (was === 'rounds') {
      const rounds = activity.until - activity.passed;
      activity.passed = activity.until;
      this.#steps += rounds;
      instance.passRounds(rounds, timeMs);
      if (instance.someFinished || activity.cancelAsked) this.batchChanges(instance);
    } else if (was === 'step') {
      this.#steps++;
      this.#emit(activity, 1, timeMs);
      if (instance.planDecodes) instance.passRounds(1, timeMs);
      instance.passPrefill(timeMs);
    }
    instance.finishDecodes();
    if (activity.cancelAsked) instance.cancelAsked(timeMs);
    activity.cancelAsked = false;
    this.#settle(timeMs);
    this.#plan(instance, timeMs);
  }

  /** Places the arrivals that ends of this very moment have released. */
  #settle(timeMs: number): void {
    while (this.#arrivals.releasedMs <= timeMs) this.#arrive(this.#arrivals.releasedMs);
  }

  #plan(instance: Instance, timeMs: number): void {
    const activity = this.#activity[instance.index] as Activity;
    const held = activity.open && !activity.disturbed && activity.passed < activity.holdTo;
    instance.plan(timeMs);
    const steps = instance.workTasks.length > 0;
    if (held && (steps || instance.planActed || !instance.planDecodes)) {
      const { holdTo, passed } = activity;
      throw new Error(
        `the scheduler's hold was false: it changed its mind after ${passed} of ${holdTo} rounds`,
      );
    }
    activity.disturbed = false;
    if (steps) this.#startStep(instance, activity, timeMs);
    else if (instance.planDecodes && instance.decoding > 0) {
      this.#startRounds(instance, activity, timeMs);
    } else {
      this.batchChanges(instance);
      const gaveUp = instance.holdUntilMs === Number.POSITIVE_INFINITY && instance.giveUpOnHead();
      // What the plan freed, or took out of the way, may let others start.
      if ((gaveUp || instance.planActed) && instance.waiting > 0) {
        this.#plan(instance, timeMs);
        return;
      }
      const wake = instance.holdUntilMs;
      activity.busy = wake > timeMs && wake < Number.POSITIVE_INFINITY ? 'sleep' : 'idle';
      if (activity.busy === 'sleep') this.#ends.set(instance.index, wake);
    }
  }

  #startStep(instance: Instance, activity: Activity, timeMs: number): void {
    this.batchChanges(instance);
    const decodes = instance.planDecodes ? instance.decoding : 0;
    if (decodes > 0 && instance.memory.growth > instance.memory.freeBlocks) overfull(instance);
    this.#openRow(instance, activity, decodes > 0 ? 1 : 2, timeMs);
    fillStep(activity, instance, this.#tasks);
    const { row, work } = activity;
    row.firstMs = this.#clockOf(instance).stepMs(work);
    if (!(row.firstMs >= 0)) throw new Error(`the clock priced a step at ${row.firstMs} ms`);
    activity.busy = 'step';
    this.#ends.set(instance.index, timeMs + row.firstMs);
  }

  #startRounds(instance: Instance, activity: Activity, timeMs: number): void {
    const { row, line } = activity;
    const batch = instance.decoding;
    if (activity.open && instance.contextTokens > activity.validTo) this.batchChanges(instance);
    if (!activity.open) {
      if (instance.memory.growth > instance.memory.freeBlocks) overfull(instance);
      this.#openRow(instance, activity, 0, timeMs);
      this.#clockOf(instance).decode(batch, instance.contextTokens, line);
      row.decodes = batch;
      row.contextTokens = instance.contextTokens;
      row.firstMs = line.aMs + line.bMs * instance.contextTokens;
      row.slopeMs = line.bMs * batch;
      activity.validTo = line.validTo;
      activity.open = true;
      activity.passed = 0;
    }
    const { passed } = activity;
    const room = instance.roundsOfSameBatch;
    if (room < 1) overfull(instance);
    const left = activity.validTo - instance.contextTokens;
    const valid = left === Number.POSITIVE_INFINITY ? left : Math.floor(left / batch) + 1;
    let rounds = Math.min(room, valid, Math.max(1, instance.holdRounds));
    if (instance.holdUntilMs < Number.POSITIVE_INFINITY) {
      const k = roundsToReach(row.startMs, row.firstMs, row.slopeMs, instance.holdUntilMs);
      rounds = Math.min(rounds, Math.max(1, k - passed));
    }
    activity.holdTo = passed + rounds;
    activity.until = this.#stepwise ? passed + 1 : passed + rounds;
    activity.busy = 'rounds';
    if (this.#stepwise) this.#checkPrice(instance, activity);
    this.#ends.set(instance.index, row.startMs + runMs(row.firstMs, row.slopeMs, activity.until));
  }

  /** Step mode: the next round priced alone must be what the closed form adds for it. */
  #checkPrice(instance: Instance, activity: Activity): void {
    const { row, line, until } = activity;
    const clock = this.#clockOf(instance);
    clock.decode(row.decodes, instance.contextTokens, line);
    const alone = line.aMs + line.bMs * instance.contextTokens;
    const { firstMs, slopeMs } = row;
    const added = roundMs(firstMs, slopeMs, until);
    const grown = runMs(firstMs, slopeMs, until) - runMs(firstMs, slopeMs, until - 1);
    const off = Math.max(Math.abs(alone - added), Math.abs(alone - grown));
    if (off > 1e-9 * alone + 1e-12 * runMs(firstMs, slopeMs, until)) {
      throw new Error(`round ${until} costs ${alone} ms alone, ${added} ms in its run`);
    }
  }

  #clockOf(instance: Instance): StepClock {
    return (this.#setup.instances[instance.index] as InstanceSetup).clock;
  }

  #openRow(instance: Instance, activity: Activity, kind: StepKind, timeMs: number): void {
    const { row } = activity;
    row.instance = instance.index;
    row.kind = kind;
    row.startMs = timeMs;
    row.slopeMs = 0;
    row.prefillRequests = 0;
    row.prefillTokens = 0;
    row.prefillPastTokens = 0;
    row.usedBlocks = instance.memory.usedBlocks;
    row.cachedBlocks = instance.memory.cachedBlocks;
    row.waiting = instance.waiting;
  }

  #emit(activity: Activity, rounds: number, endMs: number): void {
    const { row } = activity;
    row.rounds = rounds;
    row.endMs = endMs;
    activity.rows++;
    this.#setup.sink.step(row);
  }

  #closeAll(): void {
    for (const instance of this.#cluster) this.batchChanges(instance);
    const { status, reason } = this.#tasks;
    for (let task = 0; task < this.#work.count; task++) {
      if ((status[task] as number) >= taskStatus.finished) continue;
      status[task] = taskStatus.unfinished;
      reason[task] = endReason.neverScheduled;
    }
  }

  // What instances report

  batchChanges(instance: Instance): void {
    const activity = this.#activity[instance.index] as Activity;
    if (!activity.open) return;
    activity.open = false;
    const { row, passed } = activity;
    if (passed > 0) {
      this.#emit(activity, passed, row.startMs + runMs(row.firstMs, row.slopeMs, passed));
    }
  }

  joined(task: Task, instance: Instance): void {
    this.#tasks.joinRow[task] = (this.#activity[instance.index] as Activity).rows;
  }

  left(task: Task, instance: Instance): void {
    const { joinRow, joinMs } = this.#tasks;
    const endRow = (this.#activity[instance.index] as Activity).rows;
    const sinceMs = joinMs[task] as number;
    this.#setup.sink.stay(task, instance.index, joinRow[task] as number, endRow, sinceMs);
  }

  ended(task: Task, instance: Instance): void {
    instance.openRequests--;
    instance.openPromptTokens -= this.inputTokens(task);
    this.#ended++;
    if ((this.#ended & 1023) === 0) this.#setup.onProgress?.(this.#ended);
    this.#arrivals.ended(task, this.nowMs);
  }
}

function overfull(instance: Instance): never {
  const { growth, freeBlocks } = instance.memory;
  throw new Error(
    `instance ${instance.index} would decode ${instance.decoding} requests into ${growth} new ` +
      `blocks with ${freeBlocks} free: its scheduler did not preempt`,
  );
}
