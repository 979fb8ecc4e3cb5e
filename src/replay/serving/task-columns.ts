/** Life of a request in a replay; the four ends add up to the trace's requests. */
export const taskStatus = {
  pending: 0,
  waiting: 1,
  prefilling: 2,
  decoding: 3,
  /** Taken out of decode with its KV kept. */
  paused: 4,
  /** Its prompt is computed; its KV is on the way to the decode instance. */
  transferring: 5,
  finished: 6,
  rejected: 7,
  cancelled: 8,
  unfinished: 9,
} as const;

/** Why a request was rejected or stayed unfinished; index 0 stands for no reason. */
export const endReasons = [
  '',
  'kv-capacity',
  'kv-exhausted',
  'client-cancelled',
  'never-scheduled',
  'refused-on-arrival',
  'refused-before-decode',
];
export const endReason = {
  none: 0,
  /** The prompt alone (or what the scheduler reserves for it) exceeds an instance's memory. */
  kvCapacity: 1,
  /** It was alone on its instance and memory ended all the same. */
  kvExhausted: 2,
  clientCancelled: 3,
  /** The replay ended while the request still waited. */
  neverScheduled: 4,
  /** Turned away by the admission policy when it arrived. */
  refusedOnArrival: 5,
  /** Turned away by the admission policy after its prompt was computed. */
  refusedBeforeDecode: 6,
} as const;

/** State and results of all requests, one column each, indexed by task. Times in milliseconds. */
export class TaskColumns {
  readonly status: Uint8Array;
  readonly reason: Uint8Array;
  /** Where it is, or was last. */
  readonly instance: Int32Array;
  /** Where its prompt is computed first, and where it decodes; −1: not decided. */
  readonly prefillInstance: Int32Array;
  readonly decodeInstance: Int32Array;
  /** Client slot that it holds or held last; −1: none. */
  readonly slot: Int32Array;
  /** When it took the slot that it holds, and for how long it has held slots before. */
  readonly slotSinceMs: Float64Array;
  readonly slotMs: Float64Array;
  /** Times it was taken out of decode with its KV kept, and KV blocks that were swapped out then. */
  readonly pauses: Int32Array;
  readonly swappedOut: Int32Array;
  readonly arrivalMs: Float64Array;
  readonly admittedMs: Float64Array;
  /** End of the step that first completed its prompt. */
  readonly prefillMs: Float64Array;
  readonly firstTokenMs: Float64Array;
  /** When the request ended, however it ended. */
  readonly endMs: Float64Array;
  /** Prompt tokens that the first admission found in the prefix cache. */
  readonly cachedTokens: Int32Array;
  /** Of these, tokens whose KV came from another instance's host store. */
  readonly fetchedTokens: Int32Array;
  readonly preemptions: Int32Array;
  /** Output tokens produced; while in decode: those produced when it joined. */
  readonly generated: Int32Array;
  /** Tokens still to compute before the next token. */
  readonly left: Int32Array;
  /** Tokens whose KV is there or on its way through a pipeline: cached, or planned in earlier steps. */
  readonly done: Int32Array;
  /** Tokens whose KV is there. */
  readonly computed: Int32Array;
  /** KV blocks of its own that do not grow: prompt blocks not (yet) shared, reservations. */
  readonly fixedBlocks: Int32Array;
  /** KV tokens of its own that decoding adds to; while in decode: those when it joined. */
  readonly held: Int32Array;
  /** Leading prefix blocks that it holds pinned in the prefix cache. */
  readonly pinned: Int32Array;
  /** 1 once its further prompt blocks stay private. */
  readonly unshared: Uint8Array;
  /** Decode round of its instance after which it joined. */
  readonly joinRound: Int32Array;
  /** 1 while its prompt is computed and its KV has come from another instance. */
  readonly arrived: Uint8Array;
  /** KV blocks that a swapped request needs again. */
  readonly swappedBlocks: Int32Array;
  /** Step row of its instance, and time of its latest token (NaN: as before), when it joined. */
  readonly joinRow: Int32Array;
  readonly joinMs: Float64Array;
  readonly cancelAsked: Uint8Array;
  /** 1 from an admission until the first step that works on its prompt begins. */
  readonly fresh: Uint8Array;
  /** 1 once the instance that computed its prompt has nothing of it any more. */
  readonly leftPrefill: Uint8Array;
  /** 1 while it is bound to decode somewhere and has not yet. */
  readonly inbound: Uint8Array;
  /** Leading blocks that a fetch under way brings to its prefill instance; 0: none. */
  readonly fetching: Int32Array;
  /** Prompt tokens that its instance had when it was sent for more, and has once that is there. */
  readonly fetchFrom: Int32Array;
  readonly fetchTo: Int32Array;
  /** 1 while a running step waits for that fetch. */
  readonly awaited: Uint8Array;
  /** Flows of its KV under way, and when the last layer of its last chunk can be there. */
  readonly streams: Int32Array;
  readonly readyMs: Float64Array;
  /** Tokens whose KV its latest flow carried. */
  readonly lastSentTokens: Int32Array;

  constructor(count: number) {
    const times = () => new Float64Array(count).fill(Number.NaN);
    this.status = new Uint8Array(count);
    this.reason = new Uint8Array(count);
    const none = () => new Int32Array(count).fill(-1);
    this.instance = none();
    this.prefillInstance = none();
    this.decodeInstance = none();
    this.slot = none();
    this.slotSinceMs = times();
    this.slotMs = new Float64Array(count);
    this.pauses = new Int32Array(count);
    this.swappedOut = new Int32Array(count);
    this.arrivalMs = times();
    this.admittedMs = times();
    this.prefillMs = times();
    this.firstTokenMs = times();
    this.endMs = times();
    this.cachedTokens = new Int32Array(count);
    this.fetchedTokens = new Int32Array(count);
    this.preemptions = new Int32Array(count);
    this.generated = new Int32Array(count);
    this.left = new Int32Array(count);
    this.done = new Int32Array(count);
    this.computed = new Int32Array(count);
    this.fixedBlocks = new Int32Array(count);
    this.held = new Int32Array(count);
    this.pinned = new Int32Array(count);
    this.unshared = new Uint8Array(count);
    this.arrived = new Uint8Array(count);
    this.swappedBlocks = new Int32Array(count);
    this.joinRound = new Int32Array(count);
    this.joinRow = new Int32Array(count);
    this.joinMs = times();
    this.cancelAsked = new Uint8Array(count);
    this.fresh = new Uint8Array(count);
    this.leftPrefill = new Uint8Array(count);
    this.inbound = new Uint8Array(count);
    this.fetching = new Int32Array(count);
    this.fetchFrom = new Int32Array(count);
    this.fetchTo = new Int32Array(count);
    this.awaited = new Uint8Array(count);
    this.streams = new Int32Array(count);
    this.readyMs = times();
    this.lastSentTokens = new Int32Array(count);
  }
}
