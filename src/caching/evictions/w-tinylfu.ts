/**
 * W-TinyLFU. Source: Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache admission
 * policy", ACM Transactions on Storage 13(4), 2017; 1 % window as in libCacheSim.
 * Rule: a new block enters a window, an LRU list of 1 % of the capacity. What the window has too
 * much moves to the probation list of the main part, a segmented LRU of which 80 % are protected.
 * To evict with a full window: the window's oldest against the main part's victim. If a count-min
 * sketch has counted more uses of the first, the second goes; else the first. Every touch is
 * counted; the sketch is halved every 10 · capacity touches (count-min-sketch.ts).
 * Held blocks are passed over in place; where the window has none to give the main part does, and
 * the reverse.
 */
import { defineEviction } from '../cache-policy.ts';
import { CountMinSketch } from '../count-min-sketch.ts';
import type { Eviction, EvictionContext } from '../eviction.ts';
import { IdLists } from '../id-lists.ts';

const window = 0;
const probation = 1;
const guarded = 2;

class WTinyLfu implements Eviction {
  readonly #held: Int32Array;
  readonly #lists: IdLists;
  readonly #sketch: CountMinSketch;
  readonly #mostInWindow: number;
  readonly #mostGuarded: number;

  constructor(
    { windowShare, protectedShare }: { windowShare: number; protectedShare: number },
    { blocks, capacity, held }: EvictionContext,
  ) {
    this.#held = held;
    this.#lists = new IdLists(blocks, 3);
    this.#sketch = new CountMinSketch(capacity, 10 * capacity);
    this.#mostInWindow = Math.max(1, Math.floor(capacity * windowShare));
    this.#mostGuarded = Math.floor((capacity - this.#mostInWindow) * protectedShare);
  }

  hit(id: number): void {
    const lists = this.#lists;
    this.#sketch.add(id);
    if (lists.listOf(id) === window) {
      lists.push(window, id);
      return;
    }
    lists.push(guarded, id);
    if (lists.length(guarded) > this.#mostGuarded) lists.push(probation, lists.first(guarded));
  }

  admit(id: number): void {
    const lists = this.#lists;
    this.#sketch.add(id);
    lists.push(window, id);
    if (lists.length(window) > this.#mostInWindow) lists.push(probation, lists.first(window));
  }

  evict(): number {
    const lists = this.#lists;
    const candidate = lists.firstFree(window, this.#held);
    let victim = lists.firstFree(probation, this.#held);
    if (victim === -1) victim = lists.firstFree(guarded, this.#held);
    if (victim === -1 || (candidate !== -1 && this.#loses(candidate, victim))) victim = candidate;
    if (victim !== -1) lists.remove(victim);
    return victim;
  }

  remove(id: number): void {
    this.#lists.remove(id);
  }

  #loses(candidate: number, victim: number): boolean {
    const full = this.#lists.length(window) >= this.#mostInWindow;
    return full && this.#sketch.count(candidate) <= this.#sketch.count(victim);
  }
}

export const wTinyLfu = defineEviction({
  kind: 'w-tinylfu',
  doc: 'a small LRU window before a segmented LRU, which takes what is used more than its victim',
  source: 'Einziger, Friedman and Manes 2017; window of libCacheSim',
  parameters: {
    windowShare: {
      type: 'number',
      default: 0.01,
      min: 0,
      max: 1,
      doc: 'of the capacity; at least one block',
    },
    protectedShare: { type: 'number', default: 0.8, min: 0, max: 1, doc: 'of the main part' },
  },
  defaults: { room: 'block' },
  create: (values, context) => new WTinyLfu(values, context),
});
