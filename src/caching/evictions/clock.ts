/**
 * CLOCK, FIFO with reinsertion. Source: F. J. Corbató, "A paging experiment with the Multics
 * system", 1968.
 * Rule: a hit sets a block's reference bit. To evict, the queue's front is looked at: with the bit
 * set it is cleared and goes to the back, else it is the victim.
 * A held block goes to the back with its bit as it is.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const queue = 0;

class Clock implements Eviction {
  readonly #held: Int32Array;
  readonly #queue: IdLists;
  readonly #referenced: Uint8Array;

  constructor({ blocks, held }: EvictionContext) {
    this.#held = held;
    this.#queue = new IdLists(blocks, 1);
    this.#referenced = new Uint8Array(blocks);
  }

  hit(id: number): void {
    this.#referenced[id] = 1;
  }

  admit(id: number): void {
    this.#referenced[id] = 0;
    this.#queue.push(queue, id);
  }

  evict(): number {
    // The first turn clears every bit, so the second finds what there is to find.
    for (let looks = 2 * this.#queue.length(queue); looks > 0; looks--) {
      const id = this.#queue.first(queue);
      if (this.#held[id] === 0) {
        if (this.#referenced[id] === 0) {
          this.#queue.remove(id);
          return id;
        }
        this.#referenced[id] = 0;
      }
      this.#queue.push(queue, id);
    }
    return -1;
  }

  remove(id: number): void {
    this.#queue.remove(id);
  }
}

export const clock = defineEviction({
  kind: 'clock',
  doc: 'FIFO that gives a block used since its last turn another turn',
  source: 'Corbató 1968',
  parameters: {},
  create: (_values, context) => new Clock(context),
});
