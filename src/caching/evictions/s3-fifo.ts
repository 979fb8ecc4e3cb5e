/**
 * S3-FIFO. Source: Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache
 * eviction", SOSP'23; defaults of 1a1a11a/libCacheSim.
 * Rule: a small FIFO (10 % of the capacity), a main FIFO (the rest), and a ghost FIFO of as many
 * ids as the main one holds. A hit adds 1 to a block's count, at most 3. A new block enters the
 * small queue, or the main one if its id is a ghost. To evict: while the small queue is at its
 * share, its front goes to the main queue if its count is 2 or more (the count starts again at 0),
 * else it is the victim and becomes a ghost; otherwise the front of the main queue goes to its back
 * while its count is above 0 (less 1), else it is the victim.
 * Held blocks are passed over in place in the small queue, and go to the back of the main one.
 */
import { AgeQueue } from '../age-queue.ts';
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const main = 0;
const ghost = 1;
const mostCounted = 3;

class S3Fifo implements Eviction {
  readonly #held: Int32Array;
  readonly #small: AgeQueue;
  readonly #queues: IdLists;
  readonly #count: Uint8Array;
  readonly #smallShare: number;
  readonly #ghosts: number;
  readonly #threshold: number;
  /** Ghosts that room was made for: making it may drop them from the ghosts. */
  readonly #returning: Uint8Array;

  constructor(
    { smallShare, threshold }: { smallShare: number; threshold: number },
    { blocks, capacity, held }: EvictionContext,
  ) {
    this.#held = held;
    this.#returning = new Uint8Array(blocks);
    this.#small = new AgeQueue(blocks, held);
    this.#queues = new IdLists(blocks, 2);
    this.#count = new Uint8Array(blocks);
    this.#smallShare = Math.floor(capacity * smallShare);
    this.#ghosts = capacity - this.#smallShare;
    this.#threshold = threshold;
  }

  hit(id: number): void {
    if (this.#count[id]! < mostCounted) this.#count[id]!++;
  }

  admit(id: number): void {
    const returns = this.#returning[id] === 1 || this.#queues.listOf(id) === ghost;
    this.#returning[id] = 0;
    this.#count[id] = 0;
    if (returns) {
      this.#queues.push(main, id);
    } else {
      this.#small.push(id);
    }
  }

  evict(_nowMs: number, incoming: number): number {
    if (incoming !== -1 && this.#queues.listOf(incoming) === ghost) this.#returning[incoming] = 1;
    if (this.#small.length >= this.#smallShare) {
      const id = this.#fromSmall();
      return id === -1 ? this.#fromMain() : id;
    }
    const id = this.#fromMain();
    return id === -1 ? this.#fromSmall() : id;
  }

  remove(id: number): void {
    if (this.#queues.listOf(id) === main) this.#queues.remove(id);
    else this.#small.remove(id);
  }

  released(id: number): void {
    this.#small.released(id);
  }

  #fromSmall(): number {
    const queues = this.#queues;
    for (;;) {
      const id = this.#small.shift();
      if (id === -1) return -1;
      if (this.#count[id]! < this.#threshold) {
        queues.push(ghost, id);
        if (queues.length(ghost) > this.#ghosts) queues.remove(queues.first(ghost));
        return id;
      }
      this.#count[id] = 0;
      queues.push(main, id);
    }
  }

  #fromMain(): number {
    const queues = this.#queues;
    // A block is back at the front once a turn, and goes at its fourth turn at the latest.
    for (let looks = (mostCounted + 1) * queues.length(main); looks > 0; looks--) {
      const id = queues.first(main);
      if (this.#held[id] === 0) {
        if (this.#count[id] === 0) {
          queues.remove(id);
          return id;
        }
        this.#count[id]!--;
      }
      queues.push(main, id);
    }
    return -1;
  }
}

export const s3Fifo = defineEviction({
  kind: 's3-fifo',
  doc: 'a small queue on probation, a main one with second chances, and ghosts',
  source: "Yang et al., SOSP'23; defaults of libCacheSim",
  parameters: {
    smallShare: { type: 'number', default: 0.1, min: 0, max: 1, doc: 'of the capacity' },
    threshold: {
      type: 'integer',
      default: 2,
      min: 1,
      max: mostCounted,
      doc: 'hits in the small queue that take a block to the main one',
    },
  },
  defaults: { room: 'block' },
  create: (values, context) => new S3Fifo(values, context),
});
