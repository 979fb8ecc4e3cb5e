import { IdList } from '../id-list.ts';

/** Blocks that are held for a fixed time: read leases and soft pins. */
export class TimedHolds {
  readonly #ms: number;
  readonly #byEnd: IdList;
  /** Per block: when its hold ends; NaN without one. */
  readonly #endMs: Float64Array;

  constructor(blocks: number, ms: number) {
    this.#ms = ms;
    this.#byEnd = new IdList(blocks);
    this.#endMs = new Float64Array(blocks).fill(Number.NaN);
  }

  has(id: number): boolean {
    return !Number.isNaN(this.#endMs[id]!);
  }

  /** Begins a hold now, or begins the one there is anew. */
  start(id: number, nowMs: number): void {
    if (this.has(id)) this.#byEnd.remove(id);
    this.#byEnd.push(id);
    this.#endMs[id] = nowMs + this.#ms;
  }

  end(id: number): void {
    this.#byEnd.remove(id);
    this.#endMs[id] = Number.NaN;
  }

  /** Ends a hold whose time is over and returns its block; −1 where there is none. */
  endOver(nowMs: number): number {
    const id = this.#byEnd.first();
    if (id === -1 || this.#endMs[id]! > nowMs) return -1;
    this.end(id);
    return id;
  }

  /** The hold that ends first, and the one after another; −1 for none. */
  first(): number {
    return this.#byEnd.first();
  }

  after(id: number): number {
    return this.#byEnd.after(id);
  }
}
