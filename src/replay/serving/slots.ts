import type { Task } from '../../policy/scheduler.ts';

/** Client slots of an instance: each holds at most one request. None where `count` is 0. */
export class Slots {
  readonly #holder: Int32Array;

  constructor(count: number) {
    this.#holder = new Int32Array(count).fill(-1);
  }

  get count(): number {
    return this.#holder.length;
  }

  holder(slot: number): Task {
    return this.#holder[slot] as Task;
  }

  /** Gives a request the slot named, or the idle one with the lowest index. Returns it, −1: none. */
  take(task: Task, slot: number | undefined): number {
    if (this.#holder.length === 0) return -1;
    const taken = slot ?? this.#holder.indexOf(-1);
    if (this.#holder[taken] !== -1) {
      const why = slot === undefined ? 'no slot is idle' : `slot ${slot} is not idle`;
      throw new Error(`scheduler gave request ${task} a slot, but ${why}`);
    }
    this.#holder[taken] = task;
    return taken;
  }

  free(slot: number): void {
    if (slot >= 0 && this.#holder.length > 0) this.#holder[slot] = -1;
  }
}
