/**
 * 2Q, full version. Source: Johnson and Shasha, "2Q: a low overhead high performance buffer
 * management replacement algorithm", VLDB 1994; its sizes as defaults.
 * Rule: a new block enters the FIFO A1in, where hits change nothing. A block that leaves A1in is
 * remembered in A1out; if it comes back from there it enters the LRU list Am. To evict: while A1in
 * holds more than Kin blocks its front goes, else the least recently used of Am, which is not
 * remembered. Kin is 25 % of the capacity, A1out holds as many ids as 50 % of it.
 * Held blocks are passed over in place; where a list has none to give, the other gives.
 */
import { AgeQueue } from '../age-queue.ts';
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const main = 0;
const remembered = 1;

class TwoQueue implements Eviction {
  readonly #held: Int32Array;
  readonly #entered: AgeQueue;
  readonly #lists: IdLists;
  readonly #mostEntered: number;
  readonly #mostRemembered: number;
  /** Remembered blocks that room was made for: making it may push them out of memory. */
  readonly #returning: Uint8Array;

  constructor(
    { inShare, outShare }: { inShare: number; outShare: number },
    { blocks, capacity, held }: EvictionContext,
  ) {
    this.#held = held;
    this.#returning = new Uint8Array(blocks);
    this.#entered = new AgeQueue(blocks, held);
    this.#lists = new IdLists(blocks, 2);
    this.#mostEntered = Math.max(1, Math.floor(capacity * inShare));
    this.#mostRemembered = Math.max(1, Math.floor(capacity * outShare));
  }

  hit(id: number): void {
    if (this.#lists.listOf(id) === main) this.#lists.push(main, id);
  }

  admit(id: number): void {
    const returns = this.#returning[id] === 1 || this.#lists.listOf(id) === remembered;
    this.#returning[id] = 0;
    if (returns) {
      this.#lists.push(main, id);
    } else {
      this.#entered.push(id);
    }
  }

  evict(_nowMs: number, incoming: number): number {
    const lists = this.#lists;
    if (incoming !== -1 && lists.listOf(incoming) === remembered) this.#returning[incoming] = 1;
    if (this.#entered.length > this.#mostEntered) {
      const id = this.#fromEntered();
      return id === -1 ? this.#fromMain() : id;
    }
    const id = this.#fromMain();
    return id === -1 ? this.#fromEntered() : id;
  }

  remove(id: number): void {
    if (this.#lists.listOf(id) === main) this.#lists.remove(id);
    else this.#entered.remove(id);
  }

  released(id: number): void {
    this.#entered.released(id);
  }

  #fromEntered(): number {
    const lists = this.#lists;
    const id = this.#entered.shift();
    if (id === -1) return -1;
    lists.push(remembered, id);
    if (lists.length(remembered) > this.#mostRemembered) lists.remove(lists.first(remembered));
    return id;
  }

  #fromMain(): number {
    const id = this.#lists.firstFree(main, this.#held);
    if (id !== -1) this.#lists.remove(id);
    return id;
  }
}

export const twoQueue = defineEviction({
  kind: '2q',
  doc: 'a FIFO for new blocks, an LRU list for those that come back from its memory',
  source: 'Johnson and Shasha, VLDB 1994',
  parameters: {
    inShare: { type: 'number', default: 0.25, min: 0, max: 1, doc: 'of the capacity: Kin' },
    outShare: { type: 'number', default: 0.5, min: 0, doc: 'of the capacity: Kout, in ids' },
  },
  defaults: { room: 'block' },
  create: (values, context) => new TwoQueue(values, context),
});
