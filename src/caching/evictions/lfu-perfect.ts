/**
 * Least frequently used, counts never forgotten. Source: textbook ("perfect LFU").
 * Rule: a block's count is the number of all its uses, resident or not; the victim has the
 * smallest count, among equals the oldest last touch.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';

class PerfectLfu implements Eviction {
  readonly #count: Int32Array;
  readonly #byCount: IdHeap;
  #touches = 0;

  constructor({ blocks, held }: EvictionContext) {
    this.#count = new Int32Array(blocks);
    this.#byCount = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    this.#byCount.set(id, ++this.#count[id]!, this.#touches++);
  }

  admit(id: number): void {
    this.hit(id);
  }

  evict(): number {
    return this.#byCount.shift();
  }

  remove(id: number): void {
    this.#byCount.remove(id);
  }

  released(id: number): void {
    this.#byCount.released(id);
  }
}

export const lfuPerfect = defineEviction({
  kind: 'lfu-perfect',
  doc: 'least used goes first; counts outlive residency',
  source: 'textbook',
  parameters: {},
  create: (_values, context) => new PerfectLfu(context),
});
