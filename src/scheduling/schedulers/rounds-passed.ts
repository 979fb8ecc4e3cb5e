import type { InstanceView, Task } from '../../policy/scheduler.ts';

/**
 * Counts decode rounds between plans by what a decode has produced, so that the count is the same
 * however often the plan was asked for in between. `mark` or `clear` at the end of every plan.
 */
export class RoundsPassed {
  #task: Task = -1;
  #generated = 0;
  /** Requests that took part in each of the rounds. */
  batch = 0;

  /** Rounds since the mark. */
  since(view: InstanceView): number {
    return this.#task < 0 ? 0 : view.generated(this.#task) - this.#generated;
  }

  /** Forgets the mark: rounds until the next one do not count. */
  clear(): void {
    this.#task = -1;
  }

  mark(view: InstanceView): void {
    this.batch = view.decoding;
    this.#task = view.decoding > 0 ? view.decodingTask(0) : -1;
    this.#generated = this.#task < 0 ? 0 : view.generated(this.#task);
  }
}
