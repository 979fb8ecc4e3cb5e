import type { Admission } from '../../caching/admission.ts';
import type { CachePolicy } from '../../caching/cache-policy.ts';
import type { BlockForest, Eviction, EvictionContext } from '../../caching/eviction.ts';

/** Which blocks are resident, under a capacity, an eviction policy and an admission filter. */
export class BlockCache {
  evictions = 0;
  readonly #policy: CachePolicy;
  readonly #eviction: Eviction;
  readonly #admission: Admission | null;
  readonly #capacity: number;
  readonly #forest: BlockForest;
  readonly #held: Int32Array;
  readonly #resident: Uint8Array;
  #size = 0;
  /** Per place in a request, whether the block there may enter. */
  readonly #enters: Uint8Array;

  /** @param longest most blocks of one request */
  constructor(policy: CachePolicy, context: EvictionContext, capacity: number, longest: number) {
    const { eviction, admission } = policy.build(context);
    this.#policy = policy;
    this.#eviction = eviction;
    this.#admission = admission;
    this.#capacity = capacity;
    this.#forest = context.forest;
    this.#held = context.held;
    this.#resident = new Uint8Array(context.blocks);
    this.#enters = new Uint8Array(longest);
  }

  isResident(id: number): boolean {
    return this.#resident[id] === 1;
  }

  /** How many of ids[from … to − 1] are resident up to the first that is not. */
  leading(ids: Int32Array, from: number, to: number): number {
    let end = from;
    while (end < to && this.#resident[ids[end]!] === 1) end++;
    return end - from;
  }

  /** A request comes: what it must know of it, and what is too old. */
  begin(request: number, nowMs: number): void {
    this.#eviction.begin?.(request);
    if (!this.#eviction.expired) return;
    for (let id = this.#eviction.expired(nowMs); id !== -1; id = this.#eviction.expired(nowMs)) {
      this.#eviction.remove(id);
      this.#gone(id);
    }
  }

  /** A request under the prefix rule: ids[from … to − 1], root first. Returns its leading hits. */
  takePrefix(ids: Int32Array, from: number, to: number, nowMs: number): number {
    const hits = this.leading(ids, from, to);
    this.#choose(ids, from, to);
    const { bypass, headFirst, roomPerBlock } = this.#policy;
    if (!bypass) this.#pin(ids, from, to);
    if (!bypass && !roomPerBlock) this.#makeRoom(ids, from, to, nowMs);
    for (let i = 0; i < to - from; i++) {
      const at = headFirst ? from + i : to - 1 - i;
      const id = ids[at]!;
      if (this.#resident[id] === 1) this.#eviction.hit(id, nowMs);
      else if (this.#enters[at - from] === 1) {
        if (roomPerBlock && this.#size >= this.#capacity && !bypass) this.#evict(nowMs, id);
        this.#admit(id, nowMs);
      }
    }
    if (bypass) while (this.#size > this.#capacity) this.#evict(nowMs, -1);
    else this.#unpin(ids, from, to);
    return hits;
  }

  /**
   * A request as single accesses, root first; any resident block is a hit. Sets the marks of those,
   * one for each reference, and returns how many they are.
   */
  takeBlocks(ids: Int32Array, from: number, to: number, nowMs: number, marks: Uint8Array): number {
    const eviction = this.#eviction;
    const resident = this.#resident;
    let hits = 0;
    for (let at = from; at < to; at++) {
      const id = ids[at]!;
      if (resident[id] === 1) {
        hits++;
        marks[at] = 1;
        eviction.hit(id, nowMs);
        continue;
      }
      if (this.#size === this.#capacity) {
        resident[eviction.evict(nowMs, id)] = 0;
        this.evictions++;
      } else {
        this.#size++;
      }
      eviction.admit(id, nowMs);
      resident[id] = 1;
    }
    return hits;
  }

  /** As takeBlocks, for policies that hold blocks, filter them or refuse them. */
  takeBlocksGuarded(
    ids: Int32Array,
    from: number,
    to: number,
    nowMs: number,
    marks: Uint8Array,
  ): number {
    let hits = 0;
    for (let at = from; at < to; at++) {
      const id = ids[at]!;
      if (this.#resident[id] === 1) {
        hits++;
        marks[at] = 1;
        this.#eviction.hit(id, nowMs);
      } else {
        this.#take(id, nowMs);
      }
    }
    return hits;
  }

  /** Whether single accesses need no care beyond eviction. */
  get unguarded(): boolean {
    return !this.#policy.leafOnly && !this.#policy.bypass && this.#admission === null;
  }

  #take(id: number, nowMs: number): void {
    const { leafOnly, bypass } = this.#policy;
    const parent = this.#forest.parent[id]!;
    const admitted = this.#admission?.admits(id) ?? true;
    if (!admitted || (leafOnly && parent !== -1 && this.#resident[parent] === 0)) return;
    if (bypass) {
      this.#admit(id, nowMs);
      if (this.#size > this.#capacity) this.#evict(nowMs, -1);
      return;
    }
    // In the leaf-only form a block is not taken for its own child.
    const keep = leafOnly ? parent : -1;
    if (keep !== -1) this.#held[keep]!++;
    const room = this.#size < this.#capacity || this.#evict(nowMs, id);
    if (room) this.#admit(id, nowMs);
    if (keep !== -1) this.#release(keep);
  }

  /** Which missing blocks enter; below one that does not, none does in the leaf-only form. */
  #choose(ids: Int32Array, from: number, to: number): void {
    if (this.#admission === null) {
      this.#enters.fill(1, 0, to - from);
      return;
    }
    let open = true;
    for (let at = from; at < to; at++) {
      const id = ids[at]!;
      if (this.#resident[id] === 1) continue;
      const admitted = this.#admission.admits(id) && open;
      this.#enters[at - from] = admitted ? 1 : 0;
      if (!admitted && this.#policy.leafOnly) open = false;
    }
  }

  /** Evicts for the missing blocks of a request, in the order in which they will enter. */
  #makeRoom(ids: Int32Array, from: number, to: number, nowMs: number): void {
    let entering = 0;
    for (let i = 0; i < to - from; i++) {
      const at = this.#policy.headFirst ? from + i : to - 1 - i;
      const id = ids[at]!;
      if (this.#resident[id] === 1 || this.#enters[at - from] === 0) continue;
      if (this.#size + ++entering > this.#capacity) this.#evict(nowMs, id);
    }
  }

  #pin(ids: Int32Array, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#held[ids[at]!]!++;
  }

  #unpin(ids: Int32Array, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#release(ids[at]!);
  }

  #release(id: number): void {
    if (--this.#held[id]! === 0 && this.#resident[id] === 1) this.#eviction.released?.(id);
  }

  #admit(id: number, nowMs: number): void {
    this.#eviction.admit(id, nowMs);
    this.#resident[id] = 1;
    this.#size++;
    const parent = this.#forest.parent[id]!;
    if (this.#policy.leafOnly && parent !== -1) this.#held[parent]!++;
  }

  /** Whether a block could be evicted. */
  #evict(nowMs: number, incoming: number): boolean {
    const id = this.#eviction.evict(nowMs, incoming);
    if (id === -1) return false;
    this.#gone(id);
    this.evictions++;
    return true;
  }

  #gone(id: number): void {
    this.#resident[id] = 0;
    this.#size--;
    const parent = this.#forest.parent[id]!;
    if (this.#policy.leafOnly && parent !== -1) this.#release(parent);
  }
}
