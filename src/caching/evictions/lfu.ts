/**
 * Least frequently used, in-cache counts. Source: textbook; constant time by a list of the counts
 * in use, each with the list of its blocks (Shah, Mitra and Matani, "An O(1) algorithm for
 * implementing the LFU cache eviction scheme", 2010).
 * Rule: a block's count starts at 1 on admission, grows by 1 per hit and is forgotten when it
 * leaves; the victim has the smallest count, among equals the oldest last touch.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';

const none = -1;

class Lfu implements Eviction {
  readonly #held: Int32Array;
  /** Per block: its count, and its neighbours among the blocks of that count, by last touch. */
  readonly #count: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Per count: its first and last block. */
  readonly #first = [none];
  readonly #last = [none];
  /** Per count in use: its neighbours among those; a chain that starts at count 0. */
  readonly #higher = [none];
  readonly #lower = [none];

  constructor({ blocks, held }: EvictionContext) {
    this.#held = held;
    this.#count = new Int32Array(blocks);
    this.#next = new Int32Array(blocks);
    this.#previous = new Int32Array(blocks);
  }

  hit(id: number): void {
    const count = this.#count[id]!;
    this.#take(id);
    this.#put(id, count + 1, count);
    this.#release(count);
  }

  admit(id: number): void {
    this.#put(id, 1, 0);
  }

  evict(): number {
    for (let count = this.#higher[0]!; count !== none; count = this.#higher[count]!) {
      for (let id = this.#first[count]!; id !== none; id = this.#next[id]!) {
        if (this.#held[id] !== 0) continue;
        this.remove(id);
        return id;
      }
    }
    return none;
  }

  remove(id: number): void {
    this.#take(id);
    this.#release(this.#count[id]!);
  }

  /** Makes a block the last of those with the count, which follows `below` if it is new. */
  #put(id: number, count: number, below: number): void {
    const last = this.#last[count] ?? none;
    if (last === none) {
      this.#insertCount(count, below);
      this.#first[count] = id;
    } else {
      this.#next[last] = id;
    }
    this.#previous[id] = last;
    this.#next[id] = none;
    this.#last[count] = id;
    this.#count[id] = count;
  }

  #take(id: number): void {
    const count = this.#count[id]!;
    const next = this.#next[id]!;
    const previous = this.#previous[id]!;
    if (previous === none) this.#first[count] = next;
    else this.#next[previous] = next;
    if (next === none) this.#last[count] = previous;
    else this.#previous[next] = previous;
  }

  #insertCount(count: number, below: number): void {
    const above = this.#higher[below]!;
    this.#higher[below] = count;
    this.#lower[count] = below;
    this.#higher[count] = above;
    if (above !== none) this.#lower[above] = count;
  }

  /** Takes a count out of the chain when no block has it any more. */
  #release(count: number): void {
    if (this.#first[count] !== none) return;
    const above = this.#higher[count]!;
    const below = this.#lower[count]!;
    this.#higher[below] = above;
    if (above !== none) this.#lower[above] = below;
  }
}

export const lfu = defineEviction({
  kind: 'lfu',
  doc: 'least used goes first; counts are forgotten on eviction',
  source: 'textbook; Shah, Mitra and Matani 2010',
  parameters: {},
  create: (_values, context) => new Lfu(context),
});
