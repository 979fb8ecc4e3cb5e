import type { Task } from '../../policy/scheduler.ts';
import { TimeHeap } from './time-heap.ts';
import type { Workload } from './workload.ts';

/**
 * Which request arrives next: those of the list in order, and those that the end of another one
 * releases. Equal times go by task.
 */
export class ArrivalFeed {
  readonly #work: Workload;
  readonly #released = new TimeHeap();
  /** Turns by the task they continue; null unless arrivals are by session. */
  readonly #turns: { first: Int32Array; next: Int32Array } | null;
  /** Next task in the list, and when it arrives. */
  #next = 0;
  #listedMs = Number.POSITIVE_INFINITY;
  /** Closed arrivals: the task that the next end releases. */
  #closedNext: number;

  constructor(work: Workload) {
    this.#work = work;
    this.#turns = work.arrivals.mode === 'session' ? turnsByParent(work) : null;
    this.#closedNext = work.count;
    if (work.arrivals.mode === 'closed') {
      this.#closedNext = Math.min(work.arrivals.concurrency, work.count);
      for (let task = 0; task < this.#closedNext; task++) this.#released.push(0, task);
      this.#next = work.count;
    }
    this.#list();
  }

  /** Time of the next arrival, Infinity when none is due. */
  get nextMs(): number {
    return Math.min(this.#listedMs, this.#released.firstMs);
  }

  /** Time of the next released arrival. */
  get releasedMs(): number {
    return this.#released.firstMs;
  }

  /** Takes the next arrival. */
  take(): Task {
    const { firstMs, firstKey } = this.#released;
    const fromList =
      this.#listedMs < firstMs || (this.#listedMs === firstMs && this.#next < firstKey);
    if (!fromList) return this.#released.pop();
    const task = this.#next++;
    this.#list();
    return task;
  }

  /** A request has ended, however: what it releases is due from now on. */
  ended(task: Task, nowMs: number): void {
    if (this.#closedNext < this.#work.count) this.#released.push(nowMs, this.#closedNext++);
    if (this.#turns === null) return;
    const { first, next } = this.#turns;
    for (let turn = first[task] as number; turn >= 0; turn = next[turn] as number) {
      const { thinkMs, arrivalMs } = this.#work;
      const think = thinkMs?.[turn] ?? 0;
      // Where nothing is known of think times, a turn keeps its own time as far as it can.
      const at = thinkMs === null ? Math.max(nowMs, arrivalMs[turn] as number) : nowMs;
      this.#released.push(at + (think > 0 ? think : 0), turn);
    }
  }

  /** Goes to the next listed arrival; session turns arrive when their parent has ended. */
  #list(): void {
    const { count, arrivalMs, parent } = this.#work;
    const waits = this.#turns === null ? null : parent;
    while (this.#next < count && waits !== null && (waits[this.#next] as number) >= 0) this.#next++;
    this.#listedMs =
      this.#next < count ? (arrivalMs[this.#next] as number) : Number.POSITIVE_INFINITY;
  }
}

/** Turns by the task they continue: first one, then its siblings in order. */
function turnsByParent(work: Workload): { first: Int32Array; next: Int32Array } | null {
  if (work.parent === null) return null;
  const first = new Int32Array(work.count).fill(-1);
  const next = new Int32Array(work.count).fill(-1);
  for (let task = work.count - 1; task >= 0; task--) {
    const parent = work.parent[task] as number;
    if (parent < 0) continue;
    next[task] = first[parent] as number;
    first[parent] = task;
  }
  return { first, next };
}
