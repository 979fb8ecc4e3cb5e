/**
 * Least recently used. Source: textbook; the eviction of the evaluated Mooncake Store (FAST'25,
 * section 3), "LRU, except blocks in use by a running request".
 * Rule: the victim is the block whose last touch (hit or admission) is oldest.
 * Touching a request's blocks leaf first keeps the residents closed under ancestors.
 */
import type { Eviction } from './eviction.ts';
import { IdList } from './id-list.ts';

export class Lru implements Eviction {
  readonly #byTouch: IdList;

  constructor(blocks: number) {
    this.#byTouch = new IdList(blocks);
  }

  hit(id: number): void {
    this.#byTouch.moveToEnd(id);
  }

  admit(id: number): void {
    this.#byTouch.push(id);
  }

  victim(_nowMs: number, evictable: (id: number) => boolean): number {
    return this.#byTouch.find(evictable);
  }

  remove(id: number): void {
    this.#byTouch.remove(id);
  }
}
