import type { Task } from '../../policy/scheduler.ts';

/** One number per request, for what a scheduler remembers of it; the default until it is set. */
export class TaskValues {
  readonly #default: number;
  #values = new Float64Array(0);

  constructor(defaultValue: number) {
    this.#default = defaultValue;
  }

  get(task: Task): number {
    return task < this.#values.length ? (this.#values[task] as number) : this.#default;
  }

  set(task: Task, value: number): void {
    if (task >= this.#values.length) {
      const grown = new Float64Array(Math.max(64, task + 1, 2 * this.#values.length));
      grown.fill(this.#default);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[task] = value;
  }
}
