import type { InstanceView, Task } from '../../policy/scheduler.ts';

/**
 * Walks the requests that are not in service by ascending key; equal keys by arrival, then by
 * index. Every request is met at most once in a walk, also when the plan moves some meanwhile.
 */
export class RankedWalk {
  #key = 0;
  #arrivalMs = 0;
  #task: Task = -1;

  begin(): void {
    this.#key = Number.NEGATIVE_INFINITY;
    this.#arrivalMs = Number.NEGATIVE_INFINITY;
    this.#task = -1;
  }

  /** The next one of those that wait and, if asked for, of the paused; −1 when there is none. */
  next(view: InstanceView, keyOf: (task: Task) => number, withPaused = false): Task {
    let best: Task = -1;
    let bestKey = Number.POSITIVE_INFINITY;
    let bestMs = Number.POSITIVE_INFINITY;
    const count = view.waiting + (withPaused ? view.paused : 0);
    for (let i = 0; i < count; i++) {
      const task = i < view.waiting ? view.waitingTask(i) : view.pausedTask(i - view.waiting);
      const key = keyOf(task);
      if (key > bestKey) continue;
      const arrivalMs = view.arrivalMs(task);
      if (before(bestKey, bestMs, best, key, arrivalMs, task) && best >= 0) continue;
      if (!before(this.#key, this.#arrivalMs, this.#task, key, arrivalMs, task)) continue;
      best = task;
      bestKey = key;
      bestMs = arrivalMs;
    }
    this.#key = bestKey;
    this.#arrivalMs = bestMs;
    this.#task = best;
    return best;
  }
}

/** Whether the first of two (key, arrival, task) ranks before the second. */
function before(
  key: number,
  arrivalMs: number,
  task: Task,
  otherKey: number,
  otherMs: number,
  other: Task,
): boolean {
  if (key !== otherKey) return key < otherKey;
  return arrivalMs === otherMs ? task < other : arrivalMs < otherMs;
}
