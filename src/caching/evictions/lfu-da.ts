/**
 * LFU with dynamic ageing. Source: Arlitt, Cherkasova, Dilley, Friedrich and Jin, "Evaluating
 * content management techniques for web proxy caches", 2000.
 * Rule: a block's priority is count + L at its last touch, where L is the priority of the last
 * victim and counts are forgotten on eviction; the victim has the smallest priority, among equals
 * the oldest last touch.
 * L moves at evictions, so it matters when room is made: before all touches of a request (the
 * default, and the published reference values) or block by block (`room`).
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';

class LfuDa implements Eviction {
  readonly #count: Int32Array;
  readonly #byPriority: IdHeap;
  #age = 0;
  #touches = 0;

  constructor({ blocks, held }: EvictionContext) {
    this.#count = new Int32Array(blocks);
    this.#byPriority = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    this.#byPriority.set(id, ++this.#count[id]! + this.#age, this.#touches++);
  }

  admit(id: number): void {
    this.#count[id] = 0;
    this.hit(id);
  }

  evict(): number {
    const id = this.#byPriority.shift();
    if (id !== -1) this.#age = this.#byPriority.keyOf(id);
    return id;
  }

  remove(id: number): void {
    this.#byPriority.remove(id);
  }

  released(id: number): void {
    this.#byPriority.released(id);
  }
}

export const lfuDa = defineEviction({
  kind: 'lfu-da',
  doc: 'least used goes first; old counts fade as blocks are evicted',
  source: 'Arlitt et al. 2000',
  parameters: {},
  create: (_values, context) => new LfuDa(context),
});
