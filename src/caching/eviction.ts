/**
 * What a block cache asks of an eviction policy. Ids are dense integers below `blocks`. The cache
 * decides what is resident, how much fits and what may not go; the policy orders the residents
 * and remembers what it needs of those that left. It keeps no clock: `nowMs` never decreases.
 */
export interface Eviction {
  /** A resident block is used. */
  hit(id: number, nowMs: number): void;
  /** A block becomes resident. */
  admit(id: number, nowMs: number): void;
  /**
   * Gives up a resident block that is not held and returns it; −1 when all are held.
   * `incoming` is the block that room is made for, −1 when none in particular.
   */
  evict(nowMs: number, incoming: number): number;
  /** A resident block is gone for a reason of the cache's own: its lifetime is over. */
  remove(id: number): void;
  /** A block is no longer held: for policies that set held blocks aside. */
  released?(id: number): void;
  /** A request begins; its blocks follow. For policies that know of sessions. */
  begin?(request: number): void;
  /** Policies with a lifetime: a resident whose time is over, −1 when there is none. */
  expired?(nowMs: number): number;
}

/** Where blocks stand in their prefix trees: fixed by the trace, whatever is resident. */
export interface BlockForest {
  /** Per block, the id of the block before it; −1 for a root. */
  readonly parent: Int32Array;
  /** Per block, how many come before it; 0 for a root. */
  readonly depth: Int32Array;
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

/** Per request, which session it belongs to; known from requests up to it alone. */
export interface RequestSessions {
  /** Dense session number. */
  readonly session: Int32Array;
  /** 1 for the session's first request. */
  readonly turn: Int32Array;
}

/** What a policy may be built from, beside its parameters; it takes its part. */
export interface EvictionContext {
  /** Ids are below this. */
  readonly blocks: number;
  /** In blocks; finite, at most `blocks`. */
  readonly capacity: number;
  readonly forest: BlockForest;
  /** Per block, how many reasons there are not to evict it now (pins, resident children). */
  readonly held: Int32Array;
  readonly future: Future;
  readonly sessions: () => RequestSessions;
  readonly seed: number;
}
