/**
 * Least recently used. Source: textbook; the eviction of the evaluated Mooncake Store (FAST'25,
 * section 3), "LRU, except blocks in use by a running request".
 * Rule: the victim is the block whose last touch (hit or admission) is oldest.
 * Touching a request's blocks leaf first keeps the residents closed under ancestors; the leaf-only
 * form then makes the same choices.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdList } from '../id-list.ts';

export class Lru implements Eviction {
  readonly #held: Int32Array;
  readonly #byTouch: IdList;

  constructor({ blocks, held }: EvictionContext) {
    this.#held = held;
    this.#byTouch = new IdList(blocks);
  }

  hit(id: number): void {
    this.#byTouch.moveToEnd(id);
  }

  admit(id: number): void {
    this.#byTouch.push(id);
  }

  evict(): number {
    return this.#byTouch.shift(this.#held);
  }

  remove(id: number): void {
    this.#byTouch.remove(id);
  }
}

export const lru = defineEviction({
  kind: 'lru',
  doc: 'the block touched longest ago goes first',
  source: "textbook; Mooncake Store (FAST'25, section 3)",
  parameters: {},
  create: (_values, context) => new Lru(context),
});
