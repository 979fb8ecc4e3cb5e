import type { InstanceView, Task } from '../../../policy/scheduler.ts';

/**
 * Counts the decode rounds between two plans of a scheduler, by the tokens that requests which
 * still decode have produced. Rounds after which nobody is left in decode cannot be seen.
 */
export class RoundCount {
  readonly #tasks: Task[] = [];
  readonly #generated: number[] = [];

  /** Notes who decodes, at the end of a plan. */
  mark(view: InstanceView): void {
    const count = view.decoding;
    for (let i = 0; i < count; i++) {
      const task = view.decodingTask(i);
      this.#tasks[i] = task;
      this.#generated[i] = view.generated(task);
    }
    this.#tasks.length = count;
    this.#generated.length = count;
  }

  /** Forgets the mark: rounds until the next one do not count. */
  clear(): void {
    this.#tasks.length = 0;
  }

  /** Rounds since the mark; 0 without one. */
  since(view: InstanceView): number {
    if (this.#tasks.length === 0) return 0;
    for (let i = 0; i < view.decoding; i++) {
      const task = view.decodingTask(i);
      // Members keep their order, so that the first of those that are left comes early.
      const at = this.#tasks.indexOf(task);
      if (at >= 0) return view.generated(task) - (this.#generated[at] as number);
    }
    return 0;
  }
}
