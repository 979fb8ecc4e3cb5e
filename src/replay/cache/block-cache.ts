import type { BlockPlace, Eviction } from '../../caching/eviction.ts';

/** Which blocks are resident, under a capacity and an eviction policy. */
export class BlockCache {
  evictions = 0;
  readonly #eviction: Eviction;
  readonly #capacity: number;
  readonly #resident: Uint8Array;
  #size = 0;
  /** Per block: the last request that pinned it. Requests count from 1. */
  readonly #pinnedBy: Int32Array;
  #request = 0;
  readonly #unpinned = (id: number) => this.#pinnedBy[id] !== this.#request;
  readonly #any = () => true;
  // One object for all admissions: a fresh one each would be the only allocation of the replay.
  readonly #place = { parent: -1, depth: 0 } satisfies BlockPlace;

  constructor(eviction: Eviction, blocks: number, capacity: number) {
    this.#eviction = eviction;
    this.#capacity = capacity;
    this.#resident = new Uint8Array(blocks);
    this.#pinnedBy = new Int32Array(blocks);
  }

  /** A request under the prefix rule: ids[from … to − 1], root first. Returns its leading hits. */
  takePrefix(ids: Int32Array, from: number, to: number, nowMs: number, headFirst: boolean): number {
    this.#expire(nowMs);
    let end = from;
    while (end < to && this.#resident[ids[end]!]) end++;

    this.#request++;
    let missing = 0;
    for (let at = from; at < to; at++) {
      const id = ids[at]!;
      this.#pinnedBy[id] = this.#request;
      missing += 1 - this.#resident[id]!;
    }
    while (this.#size + missing > this.#capacity) this.#evict(nowMs, this.#unpinned);

    if (headFirst) for (let at = from; at < to; at++) this.#touch(ids, from, at, nowMs);
    else for (let at = to - 1; at >= from; at--) this.#touch(ids, from, at, nowMs);
    return end - from;
  }

  /** A request as single accesses, root first; any resident block is a hit. Returns the hits. */
  takeBlocks(ids: Int32Array, from: number, to: number, nowMs: number): number {
    this.#expire(nowMs);
    let hits = 0;
    for (let at = from; at < to; at++) {
      if (this.#resident[ids[at]!]) hits++;
      else if (this.#size === this.#capacity) this.#evict(nowMs, this.#any);
      this.#touch(ids, from, at, nowMs);
    }
    return hits;
  }

  #touch(ids: Int32Array, from: number, at: number, nowMs: number): void {
    const id = ids[at]!;
    if (this.#resident[id]) {
      this.#eviction.hit(id, nowMs);
      return;
    }
    this.#place.parent = at === from ? -1 : ids[at - 1]!;
    this.#place.depth = at - from;
    this.#eviction.admit(id, nowMs, this.#place);
    this.#resident[id] = 1;
    this.#size++;
  }

  #evict(nowMs: number, evictable: (id: number) => boolean): void {
    const id = this.#eviction.victim(nowMs, evictable);
    if (id === -1) throw new Error('eviction policy found no victim among evictable blocks');
    this.#drop(id);
    this.evictions++;
  }

  #expire(nowMs: number): void {
    if (!this.#eviction.expired) return;
    for (;;) {
      const id = this.#eviction.expired(nowMs);
      if (id === -1) return;
      this.#drop(id);
    }
  }

  #drop(id: number): void {
    this.#eviction.remove(id);
    this.#resident[id] = 0;
    this.#size--;
  }
}
