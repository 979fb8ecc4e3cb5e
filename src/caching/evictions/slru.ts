/**
 * Segmented LRU. Source: Karedla, Love and Wherry, "Caching strategies to improve disk system
 * performance", 1994.
 * Rule: a new block enters the probation list; a hit moves it to the back of the protected one. If
 * that holds more than its share of the capacity, its least recently used block goes to the back of
 * probation. The victim is the front of probation, or of the protected list where that has none.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const probation = 0;
const guarded = 1;

class Slru implements Eviction {
  readonly #held: Int32Array;
  readonly #lists: IdLists;
  readonly #mostGuarded: number;

  constructor(protectedShare: number, { blocks, capacity, held }: EvictionContext) {
    this.#held = held;
    this.#lists = new IdLists(blocks, 2);
    this.#mostGuarded = Math.floor(capacity * protectedShare);
  }

  hit(id: number): void {
    const lists = this.#lists;
    lists.push(guarded, id);
    if (lists.length(guarded) > this.#mostGuarded) lists.push(probation, lists.first(guarded));
  }

  admit(id: number): void {
    this.#lists.push(probation, id);
  }

  evict(): number {
    let id = this.#lists.firstFree(probation, this.#held);
    if (id === -1) id = this.#lists.firstFree(guarded, this.#held);
    if (id !== -1) this.#lists.remove(id);
    return id;
  }

  remove(id: number): void {
    this.#lists.remove(id);
  }
}

export const slru = defineEviction({
  kind: 'slru',
  doc: 'LRU in two segments: a hit takes a block from probation to the protected one',
  source: 'Karedla, Love and Wherry 1994',
  parameters: {
    protectedShare: { type: 'number', default: 0.8, min: 0, max: 1, doc: 'of the capacity' },
  },
  create: ({ protectedShare }, context) => new Slru(protectedShare, context),
});
