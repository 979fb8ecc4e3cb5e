/** Where a block stands in its prefix tree. */
export interface BlockPlace {
  /** Id of the block before it; −1 for a root. */
  readonly parent: number;
  /** Blocks before it; 0 for a root. */
  readonly depth: number;
}

/**
 * What a block cache asks of an eviction policy. Ids are dense integers below the number of blocks
 * given to the constructor. The cache decides what is resident and how much fits; the policy only
 * orders the residents. It keeps no clock: `nowMs` never decreases from call to call.
 */
export interface Eviction {
  /** A resident block is used. */
  hit(id: number, nowMs: number): void;
  /** A block becomes resident. `place` is only valid during the call. */
  admit(id: number, nowMs: number, place: BlockPlace): void;
  /**
   * The resident block to give up next among those that `evictable` allows, −1 when it allows
   * none. It stays resident until `remove`.
   */
  victim(nowMs: number, evictable: (id: number) => boolean): number;
  /** A block is no longer resident, whoever decided so. */
  remove(id: number): void;
  /** Policies with a lifetime: a block whose time is over, −1 when there is none. */
  expired?(nowMs: number): number;
}

/** Knowledge of what comes, which only an offline optimum may have. */
export interface Future {
  /**
   * When the block is used next after the reference now being handled, in steps of the replay;
   * `neverUsed` when it is not.
   */
  nextUse(id: number): number;
}

export const neverUsed = 0x7fffffff;
