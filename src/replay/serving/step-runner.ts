import type { StepClock } from '../../cost/work.ts';
import { type Activity, fillStep, newActivity } from './activity.ts';
import { roundMs, roundsToReach, runMs } from './decode-run.ts';
import type { Instance } from './instance.ts';
import { Pipelines } from './pipeline.ts';
import type { ServingSink, StepKind } from './sink.ts';
import type { TaskColumns } from './task-columns.ts';
import { SlotTimes } from './time-heap.ts';

/** What one instance computes with. */
export interface Engine {
  readonly clock: StepClock;
  readonly layers: number;
  /** Stages of its pipeline; 1: none. */
  readonly stages: number;
  /** Transfer of one token's hidden state from stage to stage. */
  readonly hopMsPerToken: number;
}

/** What the rest of the engine does around steps. */
export interface StepHooks {
  /** Places the arrivals that ends of this very moment have released. */
  settle(timeMs: number): void;
  /**
   * A step with prompts begins: returns how long it lasts beside what it computes; sets
   * `activity.awaited` and `tailMs` where it waits for fetches.
   */
  beginsPrompts(instance: Instance, activity: Activity, timeMs: number, computeMs: number): number;
}

/**
 * Runs the steps of all instances: asks schedulers for plans, prices them, ends them.
 *
 * Modes: `fast` passes a whole run of decode rounds at once, up to the first of: the scheduler's
 * hold, a finish, the next event here, the end of memory, a switch of the cost line. `step` takes
 * every round, asks the scheduler every round, prices each round alone, and fails where a hold was
 * false or a price differs. Both read times from one expression, so their tables are equal bit by
 * bit.
 */
export class StepRunner {
  readonly #engines: readonly Engine[];
  readonly #cluster: readonly Instance[];
  readonly #tasks: TaskColumns;
  readonly #sink: ServingSink;
  readonly #hooks: StepHooks;
  readonly #stepwise: boolean;
  readonly #activity: readonly Activity[];
  readonly #ends: SlotTimes;
  readonly #pipelines: Pipelines;
  /** Instances up to this one have passed their step ends of that time. */
  #passedTo = -1;
  #passedMs = Number.NEGATIVE_INFINITY;
  steps = 0;

  constructor(
    engines: readonly Engine[],
    cluster: readonly Instance[],
    tasks: TaskColumns,
    sink: ServingSink,
    hooks: StepHooks,
    mode: 'fast' | 'step',
  ) {
    this.#engines = engines;
    this.#cluster = cluster;
    this.#tasks = tasks;
    this.#sink = sink;
    this.#hooks = hooks;
    this.#stepwise = mode === 'step';
    this.#activity = engines.map((one) => newActivity(one.layers));
    this.#ends = new SlotTimes(engines.length);
    this.#pipelines = new Pipelines(engines.map((one) => one.stages));
  }

  /** When the next step, or run of rounds, ends. */
  get nextMs(): number {
    return this.#ends.firstMs;
  }

  /** When the next chunk leaves the last stage of a pipeline. */
  get nextDrainMs(): number {
    return this.#pipelines.nextMs;
  }

  activity(instance: Instance): Activity {
    return this.#activity[instance.index] as Activity;
  }

  /** From now on, events at this time come after all its step ends. */
  stepsOver(timeMs: number): void {
    this.#passedTo = this.#cluster.length;
    this.#passedMs = timeMs;
  }

  /** Rounds of an instance that have ended by now and are not booked yet. */
  unbookedRounds(instance: Instance, nowMs: number): number {
    const activity = this.activity(instance);
    if (activity.busy !== 'rounds') return 0;
    return this.#roundsBefore(instance, activity, nowMs) - activity.passed;
  }

  /** Something happened on an instance: an idle one plans, a run of rounds is cut short. */
  disturb(instance: Instance, timeMs: number): void {
    const activity = this.activity(instance);
    activity.disturbed = true;
    switch (activity.busy) {
      case 'sleep':
      case 'idle':
        this.#ends.set(instance.index, Number.POSITIVE_INFINITY);
        // Nothing runs here: a paused request whose client gave up need not wait for a step's end.
        if (activity.cancelAsked) instance.cancelAsked(timeMs);
        activity.cancelAsked = false;
        this.#plan(instance, timeMs);
        break;
      case 'rounds': {
        const { row } = activity;
        const before = this.#roundsBefore(instance, activity, timeMs);
        const until = Math.max(before + 1, activity.passed + 1);
        if (until < activity.until) {
          activity.until = until;
          this.#ends.set(instance.index, row.startMs + runMs(row.firstMs, row.slopeMs, until));
        }
        break;
      }
      default:
    }
  }

  /** Rounds of the open run that have ended before what happens now. */
  #roundsBefore(instance: Instance, activity: Activity, timeMs: number): number {
    const { startMs, firstMs, slopeMs } = activity.row;
    const k = roundsToReach(startMs, firstMs, slopeMs, timeMs);
    const over = timeMs === this.#passedMs && instance.index <= this.#passedTo;
    return over && startMs + runMs(firstMs, slopeMs, k) === timeMs ? k : k - 1;
  }

  /** Ends the step that is due first. */
  endStep(): void {
    const index = this.#ends.first;
    const timeMs = this.#ends.firstMs;
    const instance = this.#cluster[index] as Instance;
    const activity = this.activity(instance);
    this.#passedTo = index;
    this.#passedMs = timeMs;
    this.#ends.set(index, Number.POSITIVE_INFINITY);
    const was = activity.busy;
    activity.busy = 'ending';
    if (was === 'rounds') {
      const rounds = activity.until - activity.passed;
      activity.passed = activity.until;
      this.steps += rounds;
      instance.passRounds(rounds, timeMs);
      if (instance.someFinished || activity.cancelAsked) this.closeRun(instance);
    } else if (was === 'step') {
      this.#passStep(instance, activity, timeMs);
    }
    instance.finishDecodes();
    if (activity.cancelAsked) instance.cancelAsked(timeMs);
    activity.cancelAsked = false;
    this.#hooks.settle(timeMs);
    this.#plan(instance, timeMs);
  }

  #passStep(instance: Instance, activity: Activity, timeMs: number): void {
    const { row } = activity;
    const { stages, hopMsPerToken } = this.#engines[instance.index] as Engine;
    this.steps++;
    if (timeMs > activity.earliestMs) row.firstMs = timeMs - row.startMs;
    this.#emit(activity, 1, timeMs);
    if (instance.planDecodes) {
      instance.passRounds(1, timeMs);
      instance.giveFirstTokens(timeMs);
    }
    if (stages === 1) {
      instance.passPrefill(timeMs);
      return;
    }
    const hopMs = hopMsPerToken * row.prefillTokens;
    const { index, workTasks, workTokens } = instance;
    this.#pipelines.enter(index, workTasks, workTokens, timeMs, activity.stageMs, hopMs);
    instance.issuePrefill();
  }

  /** A chunk leaves the last stage of a pipeline. */
  drain(): void {
    const timeMs = this.#pipelines.nextMs;
    const { instance: index, tasks, tokens } = this.#pipelines.take();
    const instance = this.#cluster[index] as Instance;
    instance.completePrefill(tasks, tokens, timeMs);
    this.#hooks.settle(timeMs);
    this.disturb(instance, timeMs);
  }

  /** A fetch that the running step of an instance may wait for has ended. */
  fetched(instance: Instance, timeMs: number): void {
    const activity = this.activity(instance);
    if (--activity.awaited > 0) return;
    const end = Math.max(activity.earliestMs, timeMs + activity.tailMs);
    this.#ends.set(instance.index, end);
  }

  #plan(instance: Instance, timeMs: number): void {
    const activity = this.activity(instance);
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
      this.closeRun(instance);
      const gaveUp = instance.holdUntilMs === Number.POSITIVE_INFINITY && instance.giveUpOnHead();
      // What the plan freed, or took out of the way, may let others start.
      if ((gaveUp || instance.planActed) && instance.waiting + instance.decoding > 0) {
        this.#plan(instance, timeMs);
        return;
      }
      const wake = instance.holdUntilMs;
      activity.busy = wake > timeMs && wake < Number.POSITIVE_INFINITY ? 'sleep' : 'idle';
      if (activity.busy === 'sleep') this.#ends.set(instance.index, wake);
    }
  }

  #startStep(instance: Instance, activity: Activity, timeMs: number): void {
    this.closeRun(instance);
    const { clock, stages } = this.#engines[instance.index] as Engine;
    const decodes = instance.planDecodes ? instance.decoding : 0;
    if (decodes > 0 && instance.memory.growth > instance.memory.freeBlocks) overfull(instance);
    this.#openRow(instance, activity, decodes > 0 ? 1 : 2, timeMs);
    fillStep(activity, instance, this.#tasks);
    const { row, work } = activity;
    const computeMs = clock.stepMs(work) / stages;
    if (!(computeMs >= 0)) throw new Error(`the clock priced a step at ${computeMs} ms`);
    activity.busy = 'step';
    activity.awaited = 0;
    activity.stageMs = computeMs;
    row.firstMs = this.#hooks.beginsPrompts(instance, activity, timeMs, computeMs);
    activity.earliestMs = timeMs + row.firstMs;
    if (activity.awaited === 0) this.#ends.set(instance.index, activity.earliestMs);
  }

  #startRounds(instance: Instance, activity: Activity, timeMs: number): void {
    const { row, line } = activity;
    const batch = instance.decoding;
    if (activity.open && instance.contextTokens > activity.validTo) this.closeRun(instance);
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
      instance.giveFirstTokens(row.startMs + runMs(row.firstMs, row.slopeMs, 1));
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
    this.#clockOf(instance).decode(row.decodes, instance.contextTokens, line);
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
    return (this.#engines[instance.index] as Engine).clock;
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
    this.#sink.step(row);
  }

  /** The run of rounds that is open on an instance ends here: its membership changes. */
  closeRun(instance: Instance): void {
    const activity = this.activity(instance);
    if (!activity.open) return;
    activity.open = false;
    const { row, passed } = activity;
    if (passed > 0) {
      this.#emit(activity, passed, row.startMs + runMs(row.firstMs, row.slopeMs, passed));
    }
  }
}

function overfull(instance: Instance): never {
  const { growth, freeBlocks } = instance.memory;
  throw new Error(
    `instance ${instance.index} would decode ${instance.decoding} requests into ${growth} new ` +
      `blocks with ${freeBlocks} free: its scheduler did not preempt`,
  );
}
