/**
 * Belady's MIN, the offline optimum. Source: L. A. Belady, "A study of replacement algorithms for a
 * virtual-storage computer", IBM Systems Journal 5(2), 1966.
 * Rule: the victim is the block whose next use is farthest; ties (never used again, or used next
 * by the same request) give up the deeper block, so that residents stay closed under ancestors,
 * and among those the one with the smallest id.
 * Forced admission: a missing block always enters; under the prefix rule the blocks of the request
 * are pinned meanwhile. `bypass`: it may itself be the one whose next use is farthest, and then
 * does not enter. It foresees every reference: a bound, not a policy that a system could run.
 */
import { defineEviction } from '../cache-policy.ts';
import type { BlockForest, Eviction, EvictionContext, Future } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';

/** More than any id: depths weigh more than ids in one key. */
const idRange = 2 ** 31;

class Belady implements Eviction {
  readonly #future: Future;
  readonly #forest: BlockForest;
  readonly #byNextUse: IdHeap;

  constructor({ blocks, held, future, forest }: EvictionContext) {
    this.#future = future;
    this.#forest = forest;
    this.#byNextUse = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    const tie = id - idRange * this.#forest.depth[id]!;
    this.#byNextUse.set(id, -this.#future.nextUse(id), tie);
  }

  admit(id: number): void {
    this.hit(id);
  }

  evict(): number {
    return this.#byNextUse.shift();
  }

  remove(id: number): void {
    this.#byNextUse.remove(id);
  }

  released(id: number): void {
    this.#byNextUse.released(id);
  }
}

export const min = defineEviction({
  kind: 'min',
  doc: 'the block used again last goes first: the bound',
  source: 'Belady 1966',
  parameters: {
    bypass: {
      type: 'boolean',
      default: false,
      doc: 'a missing block that would be used again last does not enter',
    },
  },
  oracle: ['future'],
  bypass: ({ bypass }) => bypass,
  create: (_values, context) => new Belady(context),
});
