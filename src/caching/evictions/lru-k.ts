/**
 * LRU-K. Source: O'Neil, O'Neil and Weikum, "The LRU-K page replacement algorithm for database disk
 * buffering", SIGMOD 1993.
 * Rule: the victim is the block whose K-th last use is oldest; blocks with fewer uses come before
 * all others. Among equals the oldest last use goes.
 * Uses are remembered for ever by default, or only while a block is resident. There is no
 * correlated reference period: each reference is a use of its own. Ages are in references.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';

class LruK implements Eviction {
  readonly #k: number;
  readonly #forgets: boolean;
  /** Per block its last K uses, a ring; 0 for none. Uses are numbered from 1. */
  readonly #uses: Int32Array;
  readonly #count: Int32Array;
  readonly #byKthUse: IdHeap;
  #now = 0;

  constructor({ k, history }: { k: number; history: string }, { blocks, held }: EvictionContext) {
    this.#k = k;
    this.#forgets = history === 'resident';
    this.#uses = new Int32Array(blocks * k);
    this.#count = new Int32Array(blocks);
    this.#byKthUse = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    const k = this.#k;
    const count = this.#count[id]!;
    this.#count[id] = count + 1;
    this.#uses[id * k + (count % k)] = ++this.#now;
    const kthLast = count + 1 < k ? 0 : this.#uses[id * k + ((count + 1) % k)]!;
    this.#byKthUse.set(id, kthLast, this.#now);
  }

  admit(id: number): void {
    if (this.#forgets) this.#count[id] = 0;
    this.hit(id);
  }

  evict(): number {
    return this.#byKthUse.shift();
  }

  remove(id: number): void {
    this.#byKthUse.remove(id);
  }

  released(id: number): void {
    this.#byKthUse.released(id);
  }
}

export const lruK = defineEviction({
  kind: 'lru-k',
  doc: 'the block whose K-th last use is oldest goes first',
  source: "O'Neil, O'Neil and Weikum, SIGMOD 1993",
  parameters: {
    k: { type: 'integer', default: 2, min: 1, max: 16, doc: 'which use counts; 1 is LRU' },
    history: {
      type: 'choice',
      default: 'retained',
      choices: ['retained', 'resident'],
      doc: 'whether uses are remembered after eviction',
    },
  },
  create: (values, context) => new LruK(values, context),
});
