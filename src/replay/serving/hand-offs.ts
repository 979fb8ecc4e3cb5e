import type { Task } from '../../policy/scheduler.ts';
import { type TaskColumns, taskStatus } from './task-columns.ts';
import { TimeHeap } from './time-heap.ts';

/** Requests whose prompt is computed, until the last of their KV is where they decode. */
export class HandOffs {
  readonly #tasks: TaskColumns;
  readonly #ready = new TimeHeap();

  constructor(tasks: TaskColumns) {
    this.#tasks = tasks;
  }

  /** When the KV of the next request is complete. */
  get nextMs(): number {
    return this.#ready.firstMs;
  }

  /** A flow of a request has ended, or its prompt is computed: it may be complete at a known time. */
  check(task: Task, nowMs: number): void {
    const { status, streams, readyMs } = this.#tasks;
    if (status[task] !== taskStatus.transferring || (streams[task] as number) > 0) return;
    this.#ready.push(Math.max(nowMs, readyMs[task] as number), task);
  }

  take(): Task {
    return this.#ready.pop();
  }
}
