/**
 * LengthAware. Source: Mooncake (arXiv 2407.00079 v3, table 1): like LFU, "but prioritising blocks
 * that occur later in requests". A reconstruction: the text leaves the direction open, so both
 * readings are here.
 * Rule: the victim has the smallest in-cache count; among equals the deepest (`deep-first`) or the
 * shallowest (`shallow-first`), among those the oldest last touch.
 * The default, deep-first, keeps residents closed; shallow-first takes the words literally.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';

/** More than any depth: counts weigh more than depths in one key. */
const countWeight = 2 ** 20;

class LengthAware implements Eviction {
  readonly #count: Int32Array;
  readonly #depth: Int32Array;
  readonly #depthSign: number;
  readonly #byRank: IdHeap;
  #touches = 0;

  constructor(evict: string, { blocks, held, forest }: EvictionContext) {
    this.#count = new Int32Array(blocks);
    this.#depth = forest.depth;
    this.#depthSign = evict === 'deep-first' ? -1 : 1;
    this.#byRank = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    const rank = countWeight * ++this.#count[id]! + this.#depthSign * this.#depth[id]!;
    this.#byRank.set(id, rank, this.#touches++);
  }

  admit(id: number): void {
    this.#count[id] = 0;
    this.hit(id);
  }

  evict(): number {
    return this.#byRank.shift();
  }

  remove(id: number): void {
    this.#byRank.remove(id);
  }

  released(id: number): void {
    this.#byRank.released(id);
  }
}

export const lengthAware = defineEviction({
  kind: 'length-aware',
  doc: 'least used goes first, among equals by position in the prompt (a reconstruction)',
  source: 'Mooncake, arXiv 2407.00079 v3, table 1',
  parameters: {
    evict: {
      type: 'choice',
      default: 'deep-first',
      choices: ['deep-first', 'shallow-first'],
      doc: 'which of equally used blocks goes: the latest or the earliest of its prompt',
    },
  },
  create: ({ evict }, context) => new LengthAware(evict, context),
});
