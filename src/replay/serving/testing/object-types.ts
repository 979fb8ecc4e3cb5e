/** What the object engine is given and what it returns; times in milliseconds, sizes in tokens. */

export interface ObjectRequest {
  readonly id: number;
  readonly arrivalMs: number;
  /** Prompt including media; at least 1. */
  readonly inputTokens: number;
  /** At least 1. */
  readonly outputTokens: number;
  /** Trace block ids of the prompt: ceil(inputTokens / blockTokens) of them. */
  readonly blocks?: readonly number[];
  /** The client gives up this long after the arrival. */
  readonly cancelAfterMs?: number;
  /** Row of the turn before this one; used in session mode only. */
  readonly parentIndex?: number;
  /** From the parent's end to this arrival in session mode; 0 if absent. */
  readonly thinkMs?: number;
}

export type ObjectScheduler =
  | { readonly kind: 'chunked-prefill'; readonly budget: number; readonly maxSequences: number }
  | {
      readonly kind: 'prefill-first';
      readonly maxBatchedTokens: number;
      readonly maxSequences: number;
    }
  | { readonly kind: 'orca'; readonly maxSequences: number };

export type ObjectArrivals =
  | { readonly mode: 'open' }
  | { readonly mode: 'session' }
  | { readonly mode: 'closed'; readonly concurrency: number };

/** The work of one step, as the clock sees it. */
export interface ObjectWork {
  /** `cached`: tokens of this prompt already in KV, from the cache or from earlier chunks. */
  readonly prefills: readonly { readonly newTokens: number; readonly cached: number }[];
  /** One per decode: prompt + tokens generated so far. */
  readonly contexts: readonly number[];
}

/** A serving system and its trace, without the clock. */
export interface ObjectSystem {
  readonly requests: readonly ObjectRequest[];
  readonly instances: number;
  readonly placement: 'round-robin' | 'least-loaded';
  readonly scheduler: ObjectScheduler;
  readonly kv: { readonly capacityTokens: number; readonly blockSize: number };
  /** `blockTokens`: tokens of one entry of `blocks`. */
  readonly prefixCache: null | { readonly blockTokens: number };
  readonly arrivals: ObjectArrivals;
}

export interface ObjectSimulation extends ObjectSystem {
  readonly stepMs: (work: ObjectWork) => number;
  /** Called after every plan and step end; for tests of invariants. */
  readonly watch?: (moment: ObjectMoment) => void;
}

export type ObjectStatus = 'finished' | 'rejected' | 'cancelled' | 'unfinished';

export interface ObjectOutcome {
  readonly status: ObjectStatus;
  readonly reason: 'kv-capacity' | 'kv-exhausted' | null;
  /** The effective arrival: in session and closed mode not the trace's. */
  readonly arrivalMs: number;
  /** Null where the request was rejected. */
  readonly instance: number | null;
  /** First admission. */
  readonly admittedMs: number | null;
  readonly firstTokenMs: number | null;
  /** When the request ended, whatever its status. */
  readonly finishMs: number;
  /** Hit tokens of the first admission; 0 if never admitted. */
  readonly cachedTokens: number;
  /** Hit tokens of every admission, in time order. */
  readonly cachedPerAdmission: readonly number[];
  readonly preemptions: number;
  readonly generated: number;
  /** When each generated token appeared. */
  readonly tokenTimesMs: readonly number[];
}

export interface ObjectStep {
  readonly startMs: number;
  readonly durationMs: number;
  /** How many decodes take a token. */
  readonly decodes: number;
  /** [new tokens, tokens already in KV] of each chunk, in admission order. */
  readonly prefills: readonly (readonly [number, number])[];
}

export interface ObjectResult {
  readonly requests: readonly ObjectOutcome[];
  readonly totals: {
    readonly steps: number;
    readonly preemptions: number;
    /** Per instance. */
    readonly stepLog: readonly (readonly ObjectStep[])[];
  };
}

/** The state of one instance after a plan that starts a step (or finds no work), or a step end. */
export interface ObjectMoment {
  readonly kind: 'start' | 'idle' | 'end';
  readonly nowMs: number;
  readonly instance: number;
  readonly capacityBlocks: number;
  /** Private blocks of the admitted requests plus pinned cache blocks. */
  readonly usedBlocks: number;
  /** Cache blocks that no admitted request holds. */
  readonly evictableBlocks: number;
  /** New blocks that the decodes of the step just planned will take. */
  readonly growthBlocks: number;
  /** Tokens whose keys and values exist, except in evictable blocks. */
  readonly liveTokens: number;
  /** Rows, in admission order. */
  readonly prompts: readonly number[];
  /** Rows, in join order. */
  readonly decodes: readonly number[];
  /** Rows, from the head. */
  readonly waiting: readonly number[];
}
