/**
 * Lists of waiting requests, one for each client slot, longest first, and what is taken from them.
 * A slot takes the head of its own list. If that is empty it may steal from the list with the
 * largest sum of expected lengths (lowest slot on ties): its last, shortest request, or its
 * first, longest one. What the victim is running does not count.
 */
import type { Task } from '../../../policy/scheduler.ts';
import type { Choices } from './slot-stages.ts';

export type Steal = 'none' | 'shortest' | 'longest';

export class SlotLists {
  readonly #lists: Task[][];
  /** Expected length of each request in a list. */
  readonly #weight = new Map<Task, number>();
  readonly #slotOf = new Map<Task, number>();
  /** What is left of each list while choices are made, and its sum of expected lengths. */
  readonly #first: Int32Array;
  readonly #end: Int32Array;
  readonly #backlog: Float64Array;

  constructor(slots: number) {
    this.#lists = Array.from({ length: slots }, () => []);
    this.#first = new Int32Array(slots);
    this.#end = new Int32Array(slots);
    this.#backlog = new Float64Array(slots);
  }

  get size(): number {
    return this.#slotOf.size;
  }

  has(task: Task): boolean {
    return this.#slotOf.has(task);
  }

  weightOf(task: Task): number {
    return this.#weight.get(task) as number;
  }

  tasks(): IterableIterator<Task> {
    return this.#slotOf.keys();
  }

  /** Sum of the expected lengths in the list of a slot. */
  load(slot: number): number {
    return this.#sum(slot, 0, (this.#lists[slot] as Task[]).length);
  }

  /** Behind all requests of the slot that are expected to be as long or longer. */
  insert(task: Task, slot: number, weight: number): void {
    const list = this.#lists[slot] as Task[];
    let at = list.length;
    while (at > 0 && this.weightOf(list[at - 1] as Task) < weight) at--;
    list.splice(at, 0, task);
    this.#weight.set(task, weight);
    this.#slotOf.set(task, slot);
  }

  remove(task: Task): void {
    const slot = this.#slotOf.get(task);
    if (slot === undefined) return;
    const list = this.#lists[slot] as Task[];
    list.splice(list.indexOf(task), 1);
    this.#slotOf.delete(task);
    this.#weight.delete(task);
  }

  /** A request for each idle slot, in their order, each knowing the choices before it. */
  choose(idleSlots: readonly number[], steal: Steal, out: Choices): void {
    const lists = this.#lists;
    for (let slot = 0; slot < lists.length; slot++) {
      this.#first[slot] = 0;
      this.#end[slot] = (lists[slot] as Task[]).length;
      if (steal !== 'none') this.#backlog[slot] = this.load(slot);
    }
    for (const slot of idleSlots) {
      const own = this.#isEmpty(slot) ? -1 : slot;
      const from = own < 0 && steal !== 'none' ? this.#fullest() : own;
      if (from < 0) continue;
      const list = lists[from] as Task[];
      const fromEnd = own < 0 && steal === 'shortest';
      const position = fromEnd ? --this.#end[from]! : this.#first[from]!++;
      if (steal !== 'none') {
        const [first, end] = [this.#first[from] as number, this.#end[from] as number];
        this.#backlog[from] = this.#sum(from, first, end);
      }
      out.tasks.push(list[position] as Task);
      out.slots.push(slot);
    }
    // Who may steal has work as long as anything waits, even if fewer requests wait than slots.
    out.idle = steal === 'none' ? out.tasks.length : idleSlots.length;
  }

  #isEmpty(slot: number): boolean {
    return (this.#first[slot] as number) >= (this.#end[slot] as number);
  }

  /** Slot with the largest sum among those with requests left; −1 if there is none. */
  #fullest(): number {
    let best = -1;
    for (let slot = 0; slot < this.#lists.length; slot++) {
      if (this.#isEmpty(slot)) continue;
      if (best < 0 || (this.#backlog[slot] as number) > (this.#backlog[best] as number)) {
        best = slot;
      }
    }
    return best;
  }

  /** Summed in the order of the list, so that equal lists have equal sums. */
  #sum(slot: number, first: number, end: number): number {
    const list = this.#lists[slot] as Task[];
    let sum = 0;
    for (let i = first; i < end; i++) sum += this.weightOf(list[i] as Task);
    return sum;
  }
}
