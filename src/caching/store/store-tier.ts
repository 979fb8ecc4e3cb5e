import type { CachePolicy } from '../cache-policy.ts';
import { type Eviction, neverUsed } from '../eviction.ts';
import type { StoreContext } from './block-store.ts';

export interface TierSettings {
  /** In blocks, at least 1; more than the trace has evicts nothing. */
  readonly capacity: number;
  /** Share of the capacity above which an eviction run begins; 1: evict one for one when full. */
  readonly watermark: number;
  /** Share of the capacity that a run gives up. */
  readonly evictShare: number;
  /** Blocks of a lower depth never leave. */
  readonly hardPinDepth: number;
}

/** What a store tells a policy of the future and of sessions: nothing. */
export const unforeseen = {
  future: { nextUse: () => neverUsed },
  sessions: (): never => {
    throw new Error('a block store knows no sessions');
  },
};

/** The residents of one tier of a store, in the order of an eviction policy. */
export class StoreTier {
  readonly capacity: number;
  /** Blocks up to which nothing is evicted, and blocks of one eviction run. */
  readonly mark: number;
  readonly batch: number;
  readonly #eviction: Eviction;
  readonly #leafOnly: boolean;
  readonly #parent: Int32Array;
  readonly #depth: Int32Array;
  readonly #hardPinDepth: number;
  readonly #resident: Uint8Array;
  /** Reasons not to evict a block: pins, leases, resident children, a copy in the faster tier. */
  readonly #held: Int32Array;
  #size = 0;
  #evictable = 0;

  constructor(
    policy: CachePolicy,
    { capacity, watermark, evictShare, hardPinDepth }: TierSettings,
    { blocks, forest, seed }: Pick<StoreContext, 'blocks' | 'forest' | 'seed'>,
  ) {
    this.capacity = capacity;
    this.mark = Math.max(1, Math.floor(watermark * capacity));
    this.batch = watermark < 1 ? Math.max(1, Math.floor(evictShare * capacity)) : 1;
    this.#leafOnly = policy.leafOnly;
    this.#parent = forest.parent;
    this.#depth = forest.depth;
    this.#hardPinDepth = hardPinDepth;
    this.#resident = new Uint8Array(blocks);
    this.#held = new Int32Array(blocks);
    if (hardPinDepth > 0) {
      for (let id = 0; id < blocks; id++) if (this.stays(id)) this.#held[id] = 1;
    }
    this.#eviction = policy.build({
      blocks,
      capacity: Math.max(1, Math.min(capacity, blocks)),
      forest,
      held: this.#held,
      ...unforeseen,
      seed,
    }).eviction;
  }

  get size(): number {
    return this.#size;
  }

  /** Residents that nothing holds. */
  get evictable(): number {
    return this.#evictable;
  }

  has(id: number): boolean {
    return this.#resident[id] === 1;
  }

  /** Whether a block never leaves once it is resident. */
  stays(id: number): boolean {
    return this.#depth[id]! < this.#hardPinDepth;
  }

  /** Whether a block is resident and held for one reason only. */
  heldOnce(id: number): boolean {
    return this.#resident[id] === 1 && this.#held[id] === 1;
  }

  hold(id: number): void {
    if (this.#held[id]!++ === 0 && this.#resident[id] === 1) this.#evictable--;
  }

  release(id: number): void {
    if (--this.#held[id]! !== 0 || this.#resident[id] === 0) return;
    this.#evictable++;
    this.#eviction.released?.(id);
  }

  begin(request: number): void {
    this.#eviction.begin?.(request);
  }

  hit(id: number, nowMs: number): void {
    if (!this.stays(id)) this.#eviction.hit(id, nowMs);
  }

  /** Takes in a block that is not resident; there must be room. */
  admit(id: number, nowMs: number): void {
    // What never leaves is no candidate: policies would else walk past it at every eviction.
    if (!this.stays(id)) this.#eviction.admit(id, nowMs);
    this.#resident[id] = 1;
    this.#size++;
    if (this.#held[id] === 0) this.#evictable++;
    const parent = this.#parent[id]!;
    if (this.#leafOnly && parent !== -1) this.hold(parent);
  }

  /** Gives up the policy's victim and returns it; −1 where everything is held. */
  evict(nowMs: number, incoming: number): number {
    if (this.#evictable === 0) return -1;
    const id = this.#eviction.evict(nowMs, incoming);
    if (id === -1) throw new Error('an eviction policy found no victim among blocks not held');
    this.#left(id);
    return id;
  }

  /** Takes out a resident block that the policy has not chosen, and that may leave. */
  take(id: number): void {
    this.#eviction.remove(id);
    this.#left(id);
  }

  /** Takes out a resident whose lifetime is over and returns it; −1 where there is none. */
  expire(nowMs: number): number {
    const id = this.#eviction.expired?.(nowMs) ?? -1;
    if (id !== -1) this.take(id);
    return id;
  }

  #left(id: number): void {
    this.#resident[id] = 0;
    this.#size--;
    if (this.#held[id] === 0) this.#evictable--;
    const parent = this.#parent[id]!;
    if (this.#leafOnly && parent !== -1) this.release(parent);
  }
}
