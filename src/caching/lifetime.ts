/**
 * A lifetime on top of any policy: what is too old goes first. Source: textbook; sold as the
 * lifetime of a prompt cache.
 * Rule: a block expires when more than `ttlMs` have passed since its last touch (`sliding`) or its
 * admission (`fixed`); at an age of exactly `ttlMs` it is still there. Among blocks of equal age
 * the one touched first goes first. A held block stays for as long as it is held: in the leaf-only
 * form a prefix outlives its lifetime while what follows it lives. Units: ms.
 */
import type { Eviction, EvictionContext } from './eviction.ts';
import { IdList } from './id-list.ts';

export class Lifetime implements Eviction {
  readonly #policy: Eviction;
  readonly #held: Int32Array;
  readonly #ttlMs: number;
  readonly #sliding: boolean;
  readonly #byAge: IdList;
  readonly #sinceMs: Float64Array;

  constructor(
    policy: Eviction,
    { ttlMs, expiry }: { ttlMs: number; expiry: string },
    { blocks, held }: EvictionContext,
  ) {
    this.#policy = policy;
    this.#held = held;
    this.#ttlMs = ttlMs;
    this.#sliding = expiry === 'sliding';
    this.#byAge = new IdList(blocks);
    this.#sinceMs = new Float64Array(blocks);
  }

  hit(id: number, nowMs: number): void {
    this.#policy.hit(id, nowMs);
    if (!this.#sliding) return;
    this.#sinceMs[id] = nowMs;
    this.#byAge.moveToEnd(id);
  }

  admit(id: number, nowMs: number): void {
    this.#policy.admit(id, nowMs);
    this.#sinceMs[id] = nowMs;
    this.#byAge.push(id);
  }

  evict(nowMs: number, incoming: number): number {
    const id = this.#policy.evict(nowMs, incoming);
    if (id !== -1) this.#byAge.remove(id);
    return id;
  }

  remove(id: number): void {
    this.#policy.remove(id);
    this.#byAge.remove(id);
  }

  released(id: number): void {
    this.#policy.released?.(id);
  }

  begin(request: number): void {
    this.#policy.begin?.(request);
  }

  expired(nowMs: number): number {
    const byAge = this.#byAge;
    for (let id = byAge.first(); id !== -1; id = byAge.after(id)) {
      if (nowMs - this.#sinceMs[id]! <= this.#ttlMs) return -1;
      if (this.#held[id] === 0) return id;
    }
    return -1;
  }
}
