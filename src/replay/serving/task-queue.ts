/** Waiting tasks in order: by key, equal keys in order of arrival, put-back ones in front. */
export class TaskQueue {
  #tasks = new Int32Array(64);
  #keys = new Float64Array(64);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  at(position: number): number {
    return this.#tasks[(this.#head + position) & (this.#tasks.length - 1)] as number;
  }

  /** Behind all tasks with the same or a smaller key. */
  insert(task: number, key: number): void {
    this.#reserve();
    const mask = this.#tasks.length - 1;
    let hole = this.#size++;
    while (hole > 0) {
      const before = (this.#head + hole - 1) & mask;
      if ((this.#keys[before] as number) <= key) break;
      const place = (this.#head + hole) & mask;
      this.#tasks[place] = this.#tasks[before] as number;
      this.#keys[place] = this.#keys[before] as number;
      hole--;
    }
    const place = (this.#head + hole) & mask;
    this.#tasks[place] = task;
    this.#keys[place] = key;
  }

  /** In front of all, whatever its key. */
  putBack(task: number): void {
    this.#reserve();
    this.#head = (this.#head - 1) & (this.#tasks.length - 1);
    this.#tasks[this.#head] = task;
    this.#keys[this.#head] = Number.NEGATIVE_INFINITY;
    this.#size++;
  }

  /** Takes a task out wherever it stands; false if it is not here. */
  remove(task: number): boolean {
    const mask = this.#tasks.length - 1;
    let position = 0;
    while (position < this.#size && this.at(position) !== task) position++;
    if (position === this.#size) return false;
    if (position === 0) {
      this.#head = (this.#head + 1) & mask;
    } else {
      for (let i = position; i + 1 < this.#size; i++) {
        const place = (this.#head + i) & mask;
        const next = (place + 1) & mask;
        this.#tasks[place] = this.#tasks[next] as number;
        this.#keys[place] = this.#keys[next] as number;
      }
    }
    this.#size--;
    return true;
  }

  #reserve(): void {
    if (this.#size < this.#tasks.length) return;
    const tasks = new Int32Array(2 * this.#size);
    const keys = new Float64Array(tasks.length);
    for (let i = 0; i < this.#size; i++) {
      const place = (this.#head + i) & (this.#tasks.length - 1);
      tasks[i] = this.#tasks[place] as number;
      keys[i] = this.#keys[place] as number;
    }
    this.#tasks = tasks;
    this.#keys = keys;
    this.#head = 0;
  }
}
