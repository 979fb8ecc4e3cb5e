/**
 * Adaptive replacement cache. Source: Megiddo and Modha, "ARC: a self-tuning, low overhead
 * replacement cache", FAST'03, figure 4.
 * Rule: T1 holds blocks seen once, T2 those seen again, both by recency; B1 and B2 remember what
 * left them. p is the size that T1 should have: a miss remembered in B1 raises it by
 * max(1, |B2| / |B1|), one in B2 lowers it by max(1, |B1| / |B2|), within 0 … capacity. To evict:
 * T1's oldest if |T1| > p, or |T1| = p and the miss is in B2; else T2's oldest. For a block seen
 * nowhere: if T1 and B1 fill the capacity, B1's oldest is forgotten, or, B1 being empty, T1's
 * oldest goes unremembered; else if all four hold twice the capacity, B2's oldest is forgotten.
 * p is a real number. Held blocks are passed over in place; where a list has none to give, the
 * other gives.
 */
import { defineEviction } from '../cache-policy.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const once = 0;
const again = 1;
const onceGone = 2;
const againGone = 3;

class Arc implements Eviction {
  readonly #held: Int32Array;
  readonly #lists: IdLists;
  readonly #capacity: number;
  #target = 0;

  constructor({ blocks, capacity, held }: EvictionContext) {
    this.#held = held;
    this.#lists = new IdLists(blocks, 4);
    this.#capacity = capacity;
  }

  hit(id: number): void {
    this.#lists.push(again, id);
  }

  admit(id: number): void {
    this.#lists.push(this.#lists.listOf(id) >= onceGone ? again : once, id);
  }

  evict(_nowMs: number, incoming: number): number {
    const lists = this.#lists;
    const from = incoming === -1 ? -1 : lists.listOf(incoming);
    const firstGone = lists.length(onceGone);
    const secondGone = lists.length(againGone);
    if (from === onceGone) {
      const step = Math.max(1, secondGone / firstGone);
      this.#target = Math.min(this.#capacity, this.#target + step);
    } else if (from === againGone) {
      const step = Math.max(1, firstGone / secondGone);
      this.#target = Math.max(0, this.#target - step);
    } else if (lists.length(once) + firstGone >= this.#capacity) {
      if (firstGone === 0) return this.#give(once, false);
      lists.remove(lists.first(onceGone));
    } else if (this.#total() >= 2 * this.#capacity && secondGone > 0) {
      lists.remove(lists.first(againGone));
    }
    const length = lists.length(once);
    const tooLong = length > this.#target || (from === againGone && length === this.#target);
    return this.#give(length > 0 && tooLong ? once : again, true);
  }

  remove(id: number): void {
    this.#lists.remove(id);
  }

  #total(): number {
    const lists = this.#lists;
    return (
      lists.length(once) + lists.length(again) + lists.length(onceGone) + lists.length(againGone)
    );
  }

  #give(preferred: number, remember: boolean): number {
    const lists = this.#lists;
    let id = lists.firstFree(preferred, this.#held);
    if (id === -1) id = lists.firstFree(preferred === once ? again : once, this.#held);
    if (id === -1) return -1;
    if (remember) lists.push(lists.listOf(id) === once ? onceGone : againGone, id);
    else lists.remove(id);
    return id;
  }
}

export const arc = defineEviction({
  kind: 'arc',
  doc: 'balances blocks seen once and blocks seen again by what it evicted too early',
  source: "Megiddo and Modha, FAST'03",
  parameters: {},
  defaults: { room: 'block' },
  create: (_values, context) => new Arc(context),
});
