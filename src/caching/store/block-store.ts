import type { BlockForest } from '../eviction.ts';

/**
 * Prefix blocks kept in the host memory (and on the disks) of one node, beside the KV memory of
 * its GPUs. Ids are those of the trace. A block is in at most one tier that counts for `tierOf`:
 * the fastest one that holds it. Capacity counts blocks, a partial last block as a whole one.
 *
 * A request that finds blocks pins them, loads them and unpins them; when its prompt is computed it
 * puts the whole chain, which touches what is there. `touch` is for reads that no put follows: both
 * calls count as a use. `touch` leaves blocks where they are; `put` brings them up.
 */
export interface BlockStore {
  /** Tier of a resident block, 0 the fastest; −1: not resident. */
  tierOf(id: number): number;
  /** Leading ids of ids[from … to − 1] that are resident, in any tier. */
  leading(ids: Int32Array, from: number, to: number): number;
  /**
   * Keeps a resident block from eviction until as many unpins; may be called repeatedly.
   * @throws RangeError for a block that is not resident; `unpin`: for one that is not pinned
   */
  pin(id: number): void;
  unpin(id: number): void;
  /**
   * The resident blocks ids[from … to − 1] are used by a request: touched in the policy's order,
   * each where it is. Those that are not resident are passed over. Times never decrease; leases
   * and lifetimes end here and in `put`, so an empty range is a way to let them.
   */
  touch(ids: Int32Array, from: number, to: number, nowMs: number): void;
  /**
   * Makes ids[from … to − 1] resident in tier 0, evicting or demoting others; resident ones are
   * touched. Stops at the first that finds no room. Returns how many are resident in tier 0 at the
   * end, counted from `from`. The ids are consecutive blocks of one chain, none twice.
   */
  put(ids: Int32Array, from: number, to: number, nowMs: number): number;
  /** Blocks resident in a tier. */
  residents(tier: number): number;
}

/** Told when a block enters or leaves the store as a whole, whatever its tier. */
export interface StoreListener {
  added(id: number): void;
  removed(id: number): void;
}

/** What a store is made from, beside its parameters. */
export interface StoreContext {
  /** Ids are below this. */
  readonly blocks: number;
  /** Tokens of a block, and KV bytes of a token. */
  readonly blockTokens: number;
  readonly kvBytesPerToken: number;
  readonly forest: BlockForest;
  readonly listener: StoreListener;
  readonly seed: number;
}

/** Blocks that a store has moved so far: what its links and disks have carried. */
export interface StoreMoves {
  /** New in tier 0, from the GPU. */
  readonly added: number;
  /** From a slower tier to tier 0. */
  readonly promoted: number;
  /** Victims of tier 0 written to the slower tier. */
  readonly demoted: number;
  /** Written to the slower tier together with tier 0. */
  readonly writtenThrough: number;
  /** Gone from the store. */
  readonly removed: number;
}

/** A store that keeps count. */
export interface CountedStore extends BlockStore {
  readonly moves: StoreMoves;
}

/** A tier as an engine sees it: what it is made of decides how fast it is. */
export interface TierFacts {
  readonly medium: 'dram' | 'ssd';
  readonly tokens: number;
}

/** A host store with its parameters, ready to be built for one node. */
export interface BlockStoreChoice {
  readonly enabled: boolean;
  /** The fastest first; none where not enabled. */
  readonly tiers: readonly TierFacts[];
  /** @throws InputError where a tier is too small for one block */
  build(context: StoreContext): CountedStore;
}
