/**
 * Time to live, sliding. Source: textbook; sold as the lifetime of a prompt cache.
 * Rule: a block expires when more than `ttlMs` have passed since its last touch (hit or admission);
 * at an age of exactly `ttlMs` it is still there. When capacity runs out first, the victim is the
 * block nearest to its expiry, which is the least recently used one. Units: ms.
 */
import type { Eviction } from './eviction.ts';
import { IdList } from './id-list.ts';

export class Ttl implements Eviction {
  readonly #byTouch: IdList;
  readonly #touchedMs: Float64Array;
  readonly #ttlMs: number;

  constructor(blocks: number, options: { ttlMs: number }) {
    this.#byTouch = new IdList(blocks);
    this.#touchedMs = new Float64Array(blocks);
    this.#ttlMs = options.ttlMs;
  }

  hit(id: number, nowMs: number): void {
    this.#touchedMs[id] = nowMs;
    this.#byTouch.moveToEnd(id);
  }

  admit(id: number, nowMs: number): void {
    this.#touchedMs[id] = nowMs;
    this.#byTouch.push(id);
  }

  victim(_nowMs: number, evictable: (id: number) => boolean): number {
    return this.#byTouch.find(evictable);
  }

  remove(id: number): void {
    this.#byTouch.remove(id);
  }

  expired(nowMs: number): number {
    const oldest = this.#byTouch.first();
    return oldest !== -1 && nowMs - this.#touchedMs[oldest]! > this.#ttlMs ? oldest : -1;
  }
}
