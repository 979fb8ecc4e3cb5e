/**
 * Belady's MIN, the offline optimum with forced admission. Source: L. A. Belady, "A study of
 * replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966.
 * Rule: the victim is the block whose next use is farthest; ties (never used again, or used next
 * by the same request) give up the deeper block, so that residents stay closed under ancestors.
 * It foresees every reference: a bound, not a policy that a system could run.
 */
import type { BlockPlace, Eviction, Future } from './eviction.ts';

export class Belady implements Eviction {
  readonly #future: Future;
  readonly #nextUse: Int32Array;
  readonly #depth: Int32Array;
  /** Binary heap of the residents, farthest next use on top, and where each stands in it. */
  readonly #heap: Int32Array;
  readonly #at: Int32Array;
  #size = 0;
  readonly #skipped: number[] = [];

  constructor(blocks: number, options: { future: Future }) {
    this.#future = options.future;
    this.#nextUse = new Int32Array(blocks);
    this.#depth = new Int32Array(blocks);
    this.#heap = new Int32Array(blocks);
    this.#at = new Int32Array(blocks);
  }

  hit(id: number): void {
    this.#nextUse[id] = this.#future.nextUse(id);
    this.#rise(id, this.#at[id]!);
  }

  admit(id: number, _nowMs: number, place: BlockPlace): void {
    this.#nextUse[id] = this.#future.nextUse(id);
    this.#depth[id] = place.depth;
    this.#rise(id, this.#size++);
  }

  victim(_nowMs: number, evictable: (id: number) => boolean): number {
    let found = -1;
    while (this.#size > 0) {
      const top = this.#heap[0]!;
      if (evictable(top)) {
        found = top;
        break;
      }
      this.remove(top);
      this.#skipped.push(top);
    }
    for (const id of this.#skipped) this.#rise(id, this.#size++);
    this.#skipped.length = 0;
    return found;
  }

  remove(id: number): void {
    const at = this.#at[id]!;
    const last = this.#heap[--this.#size]!;
    if (last === id) return;
    if (at > 0 && this.#before(last, this.#heap[(at - 1) >> 1]!)) this.#rise(last, at);
    else this.#sink(last, at);
  }

  /** Whether a is to go before b. */
  #before(a: number, b: number): boolean {
    const useA = this.#nextUse[a]!;
    const useB = this.#nextUse[b]!;
    return useA > useB || (useA === useB && this.#depth[a]! > this.#depth[b]!);
  }

  /** Puts an id at an index or as far above it as its next use demands. */
  #rise(id: number, from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above]!;
      if (!this.#before(id, other)) break;
      heap[at] = other;
      this.#at[other] = at;
      at = above;
    }
    heap[at] = id;
    this.#at[id] = at;
  }

  /** Puts an id at an index or as far below it as its next use demands. */
  #sink(id: number, from: number): void {
    const heap = this.#heap;
    const size = this.#size;
    let at = from;
    for (let below = 2 * at + 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && this.#before(heap[below + 1]!, heap[below]!)) below++;
      const other = heap[below]!;
      if (!this.#before(other, id)) break;
      heap[at] = other;
      this.#at[other] = at;
      at = below;
    }
    heap[at] = id;
    this.#at[id] = at;
  }
}
