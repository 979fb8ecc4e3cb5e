/**
 * The radix cache of SGLang, at the granularity of blocks. Source: Zheng et al., "SGLang: efficient
 * execution of structured language model programs", 2024; strategies as in its documentation
 * ("Radix Cache Eviction Policies") and python/sglang/srt/mem_cache/evict_policy.py.
 * Rule: only leaves that no request holds can go; the leaf with the smallest score goes, among
 * equals the least recently touched. A parent whose last child went becomes a leaf. Scores: `lru`
 * last touch, `lfu` hits, `fifo` admission, `mru` and `filo` the reverse of these two, `slru` 1 from
 * the second hit on, else 0.
 * Left out: splitting of nodes (blocks are pages of one size) and the strategy by request priority.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';

const strategies = ['lru', 'lfu', 'slru', 'fifo', 'mru', 'filo'] as const;

class SglangRadix implements Eviction {
  readonly #strategy: string;
  readonly #hits: Int32Array;
  readonly #admitted: Int32Array;
  readonly #leaves: IdHeap;
  #touches = 0;

  constructor(strategy: string, { blocks, held }: EvictionContext) {
    this.#strategy = strategy;
    this.#hits = new Int32Array(blocks);
    this.#admitted = new Int32Array(blocks);
    this.#leaves = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    this.#hits[id]!++;
    this.#touch(id);
  }

  admit(id: number): void {
    this.#hits[id] = 0;
    this.#admitted[id] = this.#touches;
    this.#touch(id);
  }

  evict(): number {
    return this.#leaves.shift();
  }

  remove(id: number): void {
    this.#leaves.remove(id);
  }

  released(id: number): void {
    this.#leaves.released(id);
  }

  #touch(id: number): void {
    const now = this.#touches++;
    this.#leaves.set(id, this.#score(id, now), now);
  }

  #score(id: number, now: number): number {
    switch (this.#strategy) {
      case 'lfu':
        return this.#hits[id]!;
      case 'slru':
        return this.#hits[id]! >= 2 ? 1 : 0;
      case 'fifo':
        return this.#admitted[id]!;
      case 'mru':
        return -now;
      case 'filo':
        return -this.#admitted[id]!;
      default:
        return now;
    }
  }
}

export const sglangRadix = defineEviction({
  kind: 'sglang-radix',
  doc: 'leaves of the prefix tree go first, by a score',
  source: 'SGLang: Zheng et al. 2024; srt/mem_cache/evict_policy.py',
  parameters: {
    strategy: { type: 'choice', default: 'lru', choices: strategies, doc: 'score of a leaf' },
  },
  fixed: { form: 'leaf-only' },
  create: ({ strategy }, context) => new SglangRadix(strategy, context),
});
