/** Life of a request in a replay; the four ends add up to the trace's requests. */
export const taskStatus = {
  pending: 0,
  waiting: 1,
  prefilling: 2,
  decoding: 3,
  finished: 4,
  rejected: 5,
  cancelled: 6,
  unfinished: 7,
} as const;

/** Why a request was rejected or stayed unfinished; index 0 stands for no reason. */
export const endReasons = [
  '',
  'kv-capacity',
  'kv-exhausted',
  'client-cancelled',
  'never-scheduled',
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
} as const;

/** State and results of all requests, one column each, indexed by task. Times in milliseconds. */
export class TaskColumns {
  readonly status: Uint8Array;
  readonly reason: Uint8Array;
  readonly instance: Int32Array;
  readonly arrivalMs: Float64Array;
  readonly admittedMs: Float64Array;
  readonly firstTokenMs: Float64Array;
  /** When the request ended, however it ended. */
  readonly endMs: Float64Array;
  /** Prompt tokens that the first admission found in the prefix cache. */
  readonly cachedTokens: Int32Array;
  readonly preemptions: Int32Array;
  /** Output tokens produced; while in decode: those produced when it joined. */
  readonly generated: Int32Array;
  /** Tokens still to compute before the next token. */
  readonly left: Int32Array;
  /** Tokens whose KV is there: cached, or computed in earlier steps. */
  readonly done: Int32Array;
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
  /** Step row of its instance, and time of its latest token, when it joined. */
  readonly joinRow: Int32Array;
  readonly joinMs: Float64Array;
  readonly cancelAsked: Uint8Array;

  constructor(count: number) {
    const times = () => new Float64Array(count).fill(Number.NaN);
    this.status = new Uint8Array(count);
    this.reason = new Uint8Array(count);
    this.instance = new Int32Array(count).fill(-1);
    this.arrivalMs = times();
    this.admittedMs = times();
    this.firstTokenMs = times();
    this.endMs = times();
    this.cachedTokens = new Int32Array(count);
    this.preemptions = new Int32Array(count);
    this.generated = new Int32Array(count);
    this.left = new Int32Array(count);
    this.done = new Int32Array(count);
    this.fixedBlocks = new Int32Array(count);
    this.held = new Int32Array(count);
    this.pinned = new Int32Array(count);
    this.unshared = new Uint8Array(count);
    this.joinRound = new Int32Array(count);
    this.joinRow = new Int32Array(count);
    this.joinMs = times();
    this.cancelAsked = new Uint8Array(count);
  }
}
