/**
 * SIEVE. Source: Zhang, Yang, Yue, Vigfusson and Rashmi, "SIEVE is simpler than LRU", NSDI'24.
 * Rule: new blocks enter at the head, unvisited; a hit marks a block visited and moves nothing. A
 * hand goes from the tail to the head: it clears visited blocks on its way and evicts the first
 * that is unvisited; there it stays. From the head it goes on at the tail.
 * The hand passes over held blocks.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdList } from '../id-list.ts';

class Sieve implements Eviction {
  readonly #held: Int32Array;
  /** Tail first. */
  readonly #list: IdList;
  readonly #visited: Uint8Array;
  #size = 0;
  /** The block that the hand looks at next; −1 for the tail. */
  #hand = -1;

  constructor({ blocks, held }: EvictionContext) {
    this.#held = held;
    this.#list = new IdList(blocks);
    this.#visited = new Uint8Array(blocks);
  }

  hit(id: number): void {
    this.#visited[id] = 1;
  }

  admit(id: number): void {
    this.#visited[id] = 0;
    this.#list.push(id);
    this.#size++;
  }

  evict(): number {
    let id = this.#hand === -1 ? this.#list.first() : this.#hand;
    for (let looks = 2 * this.#size; looks > 0; looks--) {
      if (this.#held[id] === 0) {
        if (this.#visited[id] === 0) {
          this.#hand = id;
          this.remove(id);
          return id;
        }
        this.#visited[id] = 0;
      }
      id = this.#list.after(id);
      if (id === -1) id = this.#list.first();
    }
    return -1;
  }

  remove(id: number): void {
    if (this.#hand === id) this.#hand = this.#list.after(id);
    this.#list.remove(id);
    this.#size--;
  }
}

export const sieve = defineEviction({
  kind: 'sieve',
  doc: 'a hand passes from old to new and evicts the first block not used since its last pass',
  source: "Zhang et al., NSDI'24",
  parameters: {},
  create: (_values, context) => new Sieve(context),
});
