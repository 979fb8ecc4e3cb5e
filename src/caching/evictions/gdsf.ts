/**
 * Greedy dual size frequency. Source: Cherkasova, "Improving WWW proxies performance with
 * greedy-dual-size-frequency caching policy", 1998.
 * Rule: a block's priority is L + count · cost / size at its last touch, where L is the priority of
 * the last victim and counts are forgotten on eviction; the victim has the smallest priority, among
 * equals the oldest last touch.
 * Blocks are of equal size; the cost is that of computing the block again (prefill-cost.ts), in
 * that of a root. It grows with depth, so a block outranks its own prefix: in the free form
 * prefixes go first and leave orphans, hence leaf-only is the default. L moves at evictions; see
 * lfu-da.ts.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdHeap } from '../id-heap.ts';
import { equalAtTokens, prefillCost } from '../prefill-cost.ts';

class Gdsf implements Eviction {
  readonly #count: Int32Array;
  readonly #cost: Float64Array;
  readonly #byPriority: IdHeap;
  #age = 0;
  #touches = 0;

  constructor(
    { cost, blockTokens }: { cost: string; blockTokens: number },
    { blocks, held, forest }: EvictionContext,
  ) {
    this.#count = new Int32Array(blocks);
    this.#cost = new Float64Array(blocks).fill(1);
    if (cost === 'prefill') {
      const root = prefillCost(0, blockTokens);
      for (let id = 0; id < blocks; id++) {
        const from = blockTokens * forest.depth[id]!;
        this.#cost[id] = prefillCost(from, from + blockTokens) / root;
      }
    }
    this.#byPriority = new IdHeap(blocks, held);
  }

  hit(id: number): void {
    const value = ++this.#count[id]! * this.#cost[id]!;
    this.#byPriority.set(id, this.#age + value, this.#touches++);
  }

  admit(id: number): void {
    this.#count[id] = 0;
    this.hit(id);
  }

  evict(): number {
    const id = this.#byPriority.shift();
    if (id !== -1) this.#age = this.#byPriority.keyOf(id);
    return id;
  }

  remove(id: number): void {
    this.#byPriority.remove(id);
  }

  released(id: number): void {
    this.#byPriority.released(id);
  }
}

export const gdsf = defineEviction({
  kind: 'gdsf',
  doc: 'least saved prefill time goes first: count times cost, with ageing',
  source: `Cherkasova 1998; prefill times as in Mooncake (linear = quadratic at ${equalAtTokens} tokens)`,
  parameters: {
    cost: {
      type: 'choice',
      default: 'prefill',
      choices: ['prefill', 'uniform'],
      doc: 'cost of a block: time to compute it after its prefix, or the same for all',
    },
    blockTokens: { type: 'integer', default: 512, min: 1, unit: 'tokens', doc: 'size of a block' },
  },
  defaults: { form: 'leaf-only' },
  create: (values, context) => new Gdsf(values, context),
});
