import type { IntLists } from '../../trace/request-trace.ts';

/**
 * The requests of one replay, in arrival order: what the engine reads of a trace. Columns are
 * indexed by task (0 … count − 1); `row` leads back to the trace.
 */
export interface Workload {
  readonly count: number;
  /** Row of the trace that each task comes from. */
  readonly row: Int32Array;
  /** When the task arrives, where nothing makes it wait longer; from the replay's time 0. */
  readonly arrivalMs: Float64Array;
  /** Prompt tokens, media included. */
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  /** Patience after the arrival; NaN for clients that wait. Null where the trace has none. */
  readonly cancelAfterMs: Float64Array | null;
  /** Task of the turn before, −1 for none. Null where the trace has no sessions. */
  readonly parent: Int32Array | null;
  /** From the parent's end to the arrival, NaN for none. */
  readonly thinkMs: Float64Array | null;
  /** Larger is more urgent, 0 where a row has none; and dense numbers of tenants. Null: no column. */
  readonly priority?: Int32Array | null;
  readonly tenant?: Int32Array | null;
  /** Prefix blocks by trace row. */
  readonly blocks: IntLists | null;
  /** Tokens of a block (the last one of a prompt may be shorter). */
  readonly blockTokens: number;
  readonly uniqueBlocks: number;
  /** Whether some prompts hold media, which the blocks do not cover. */
  readonly hasMedia: boolean;
  readonly arrivals: ArrivalMode;
}

/**
 * open: arrivals as given. session: a turn waits for its parent's end plus think time.
 * closed: so many requests at once, the next row starts when one ends.
 */
export type ArrivalMode =
  | { readonly mode: 'open' }
  | { readonly mode: 'session' }
  | { readonly mode: 'closed'; readonly concurrency: number };
