/**
 * Low inter-reference recency set. Source: Jiang and Zhang, "LIRS: an efficient low
 * inter-reference recency set replacement policy to improve buffer cache performance",
 * SIGMETRICS'02; 1 % of the capacity for HIR blocks, as there and in libCacheSim.
 * Rule: a stack S orders blocks by recency: LIR blocks, and HIR blocks (resident or not) used
 * since the oldest of them. A queue Q holds the resident HIR blocks. The victim is the front of Q;
 * if it is in S it stays there, not resident. A block used while in S as HIR becomes LIR, and the
 * LIR block at the bottom of S goes to the back of Q. A resident HIR block used while not in S goes
 * to the back of Q and the top of S. The bottom of S is always LIR: HIR blocks below are forgotten.
 * The first blocks become LIR until those are at their share. Blocks that left are remembered for
 * as long as they are in S. Held blocks in Q are passed over in place; where Q has none to give,
 * the lowest LIR block of S that is not held goes, and is forgotten.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const only = 0;

class Lirs implements Eviction {
  readonly #held: Int32Array;
  readonly #mostLow: number;
  /** Bottom first; LIR blocks, and HIR blocks resident or not. */
  readonly #stack: IdLists;
  readonly #queue: IdLists;
  /** 1 for LIR blocks. */
  readonly #low: Uint8Array;
  #lows = 0;

  constructor(highShare: number, { blocks, capacity, held }: EvictionContext) {
    this.#held = held;
    this.#mostLow = capacity - Math.max(1, Math.floor(capacity * highShare));
    this.#stack = new IdLists(blocks, 1);
    this.#queue = new IdLists(blocks, 1);
    this.#low = new Uint8Array(blocks);
  }

  hit(id: number): void {
    if (this.#low[id] === 1) {
      this.#stack.push(only, id);
      this.#prune();
    } else if (this.#stack.listOf(id) === only) {
      this.#queue.remove(id);
      this.#rise(id);
    } else {
      this.#enqueue(id);
    }
  }

  admit(id: number): void {
    if (this.#lows < this.#mostLow || this.#stack.listOf(id) === only) {
      this.#rise(id);
    } else {
      this.#enqueue(id);
    }
  }

  evict(): number {
    let id = this.#queue.firstFree(only, this.#held);
    if (id !== -1) {
      this.#queue.remove(id);
      return id;
    }
    id = this.#stack.first(only);
    while (id !== -1 && (this.#low[id] === 0 || this.#held[id] !== 0)) id = this.#stack.after(id);
    if (id !== -1) this.remove(id);
    return id;
  }

  remove(id: number): void {
    this.#queue.remove(id);
    this.#stack.remove(id);
    if (this.#low[id] === 0) return;
    this.#low[id] = 0;
    this.#lows--;
    this.#prune();
  }

  #enqueue(id: number): void {
    this.#queue.push(only, id);
    this.#stack.push(only, id);
    this.#prune();
  }

  /** Makes a block LIR; the lowest gives up its rank if they are too many. */
  #rise(id: number): void {
    this.#stack.push(only, id);
    this.#low[id] = 1;
    this.#lows++;
    this.#prune();
    if (this.#lows <= this.#mostLow) return;
    const bottom = this.#stack.first(only);
    this.#low[bottom] = 0;
    this.#lows--;
    this.#stack.remove(bottom);
    this.#queue.push(only, bottom);
    this.#prune();
  }

  /** Forgets the HIR blocks at the bottom of the stack. */
  #prune(): void {
    for (;;) {
      const bottom = this.#stack.first(only);
      if (bottom === -1 || this.#low[bottom] === 1) return;
      this.#stack.remove(bottom);
    }
  }
}

export const lirs = defineEviction({
  kind: 'lirs',
  doc: 'keeps blocks whose last two uses were close together',
  source: "Jiang and Zhang, SIGMETRICS'02",
  parameters: {
    highShare: {
      type: 'number',
      default: 0.01,
      min: 0,
      max: 1,
      doc: 'of the capacity for blocks of high inter-reference recency; at least one block',
    },
  },
  defaults: { room: 'block' },
  create: ({ highShare }, context) => new Lirs(highShare, context),
});
