/**
 * The offline part of the hybrid scheduler: which slot's list each waiting request stands in.
 *
 * At the first look everything that waits is divided among the slots by an offline assignment,
 * each request weighing what it is expected to take. Later arrivals lead to a new assignment of
 * all that still wait, at least `reoptimiseMs` after the last one; until then each joins the slot
 * with the least to do. A preempted request goes back to the list of the slot that it ran on and
 * asks for no assignment. A new assignment reckons with the requests that run: its clients, the
 * fullest first, go to the slots in the order of what they still have to run, the least first.
 */
import type { InstanceView, Task } from '../../../policy/scheduler.ts';
import type { OfflineAssignment } from '../../offline/offline-assignment.ts';
import { TaskValues } from '../task-values.ts';
import { SlotLists, type Steal } from './slot-lists.ts';
import type { Choices, SlotChooser } from './slot-stages.ts';

/** What a request weighs: its predicted output, its prompt, or 1, as if all were alike. */
export type Weighing = 'predicted-output' | 'prompt' | 'equal';

export interface AssignedListsOptions {
  readonly assignment: OfflineAssignment;
  readonly weigh: Weighing;
  readonly steal: Steal;
  /** Shortest time from one assignment to the next; 0: none. */
  readonly reoptimiseMs: number;
}

export class AssignedLists implements SlotChooser {
  readonly worksWithoutSlots = false;
  readonly #options: AssignedListsOptions;
  readonly #newcomers: Task[] = [];
  /** The slot on which a request ran last; −1: none. */
  readonly #ranOn = new TaskValues(-1);
  #lists = new SlotLists(0);
  /** When the last assignment was made, and whether requests have come since. */
  #assignedMs = Number.NEGATIVE_INFINITY;
  #outdated = false;

  constructor(options: AssignedListsOptions) {
    this.#options = options;
  }

  choose(view: InstanceView, idleSlots: readonly number[], out: Choices): void {
    this.#follow(view);
    const nextMs = this.#assignedMs + this.#options.reoptimiseMs;
    if (this.#outdated && view.nowMs >= nextMs) this.#assignAll(view);
    else this.#assignNewcomers(view);
    if (this.#outdated) out.untilMs = nextMs;
    this.#lists.choose(idleSlots, this.#options.steal, out);
  }

  admitted(task: Task, slot: number): void {
    this.#lists.remove(task);
    this.#ranOn.set(task, slot);
  }

  /** Drops requests that wait no more, takes preempted ones back, and collects newcomers. */
  #follow(view: InstanceView): void {
    const newcomers = this.#newcomers;
    newcomers.length = 0;
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      if (this.#lists.has(task)) continue;
      const slot = this.#ranOn.get(task);
      if (slot < 0) newcomers.push(task);
      else this.#lists.insert(task, slot, this.#weight(task, view));
    }
    if (view.waiting - newcomers.length < this.#lists.size) {
      const waiting = new Set<Task>();
      for (let i = 0; i < view.waiting; i++) waiting.add(view.waitingTask(i));
      for (const task of [...this.#lists.tasks()]) {
        if (!waiting.has(task)) this.#lists.remove(task);
      }
    }
    if (newcomers.length > 0) this.#outdated = true;
  }

  #assignAll(view: InstanceView): void {
    const { assignment } = this.#options;
    const tasks = Array.from({ length: view.waiting }, (_, i) => view.waitingTask(i));
    const weights = Float64Array.from(tasks, (task) => this.#weight(task, view));
    const { clientOf } = assignment.assign(weights, view.slots);
    const slotOf = slotsOfClients(clientOf, weights, this.#toRun(view));
    this.#lists = new SlotLists(view.slots);
    for (const i of largestFirst(weights)) {
      const slot = slotOf[clientOf[i] as number] as number;
      this.#lists.insert(tasks[i] as Task, slot, weights[i] as number);
    }
    this.#assignedMs = view.nowMs;
    this.#outdated = false;
  }

  #assignNewcomers(view: InstanceView): void {
    if (this.#newcomers.length === 0) return;
    const loads = this.#toRun(view);
    for (let slot = 0; slot < loads.length; slot++) loads[slot]! += this.#lists.load(slot);
    for (const task of this.#newcomers) {
      const weight = this.#weight(task, view);
      const slot = loads.indexOf(Math.min(...loads));
      this.#lists.insert(task, slot, weight);
      loads[slot]! += weight;
    }
  }

  /** What each slot still has to run of the request that it holds: as expected, at least 1. */
  #toRun(view: InstanceView): Float64Array {
    return Float64Array.from({ length: view.slots }, (_, slot) => {
      const task = view.slotTask(slot);
      return task < 0 ? 0 : Math.max(1, this.#weight(task, view));
    });
  }

  /** What the request is expected to take from now on; less what it has produced already. */
  #weight(task: Task, view: InstanceView): number {
    const { weigh } = this.#options;
    if (weigh === 'equal') return 1;
    const whole = weigh === 'prompt' ? view.inputTokens(task) : view.predictedOutput(task);
    return Math.max(0, whole - view.generated(task));
  }
}

/** Slot of each client: the fullest client goes to the slot with the least to run. */
function slotsOfClients(
  clientOf: Int32Array,
  weights: Float64Array,
  toRun: Float64Array,
): ArrayLike<number> {
  // Where no slot is occupied, clients keep their numbers.
  if (toRun.every((load) => load === 0)) return Int32Array.from(toRun.keys());
  const loads = new Float64Array(toRun.length);
  for (let i = 0; i < clientOf.length; i++) loads[clientOf[i] as number]! += weights[i] as number;
  const slots = largestFirst(toRun.map((load) => -load));
  const slotOf = new Int32Array(toRun.length);
  for (const [rank, client] of largestFirst(loads).entries()) {
    slotOf[client] = slots[rank] as number;
  }
  return slotOf;
}

/** Positions by value, the largest first; equal ones in order. */
function largestFirst(values: Float64Array): number[] {
  return [...values.keys()].sort((x, y) => (values[y] as number) - (values[x] as number) || x - y);
}
