/** What a step did; index into the `kind` labels of the steps table. */
export const stepKinds = ['decode', 'mixed', 'prefill'] as const;
export type StepKind = 0 | 1 | 2;

/**
 * Where a replay's rows go while it runs. Rows of one instance come in order of time.
 * A step row is a run of decode rounds with fixed membership, or one step with prompt tokens.
 */
export interface ServingSink {
  step(row: StepRow): void;
  /**
   * A stay in the decode batch of an instance: step rows [firstRow, endRow) of that instance
   * (counted per instance), its token before them having come at `sinceMs`; NaN: the latest one of
   * its stay before, and none if there is none.
   */
  stay(task: number, instance: number, firstRow: number, endRow: number, sinceMs: number): void;
  /** A flow of KV has ended, or was stopped. In the order of ends. */
  transfer?(row: TransferRow): void;
  /** State of one instance at a sampling time. */
  sample?(row: SampleRow): void;
  /** Instances whose host store holds a block at a sampling time. */
  replicas?(atMs: number, rank: number, block: number, replicas: number): void;
}

export interface TransferRow {
  readonly kind: 0 | 1;
  readonly task: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Whether all its bytes arrived. */
  readonly complete: boolean;
}

export interface SampleRow {
  readonly atMs: number;
  readonly instance: number;
  readonly waiting: number;
  readonly prefilling: number;
  readonly decoding: number;
  readonly contextTokens: number;
  /** Requests bound to decode there and not in decode yet. */
  readonly inbound: number;
  /** Predicted duration of the prompts that wait or are computed there, one after the other. */
  readonly queuedPrefillMs: number;
  /** Predicted duration of the next decode round; 0 when nothing decodes. */
  readonly roundMs: number;
  /** Blocks of the trace in its host store. */
  readonly storedBlocks: number;
}

/** One row of `steps`; reused by the engine, so sinks copy what they keep. */
export interface StepRow {
  instance: number;
  kind: StepKind;
  startMs: number;
  endMs: number;
  rounds: number;
  /** Round k of the row lasts firstMs + (k − 1)·slopeMs. */
  firstMs: number;
  slopeMs: number;
  decodes: number;
  prefillRequests: number;
  prefillTokens: number;
  /** Tokens of the prompts at work whose KV was there before the step. */
  prefillPastTokens: number;
  /** KV tokens that the decodes read in the first round. */
  contextTokens: number;
  /** KV blocks in use by running requests when the row began, and by the prefix cache alone. */
  usedBlocks: number;
  cachedBlocks: number;
  /** Requests in the queue when the row began. */
  waiting: number;
}

export function newStepRow(): StepRow {
  return {
    instance: 0,
    kind: 0,
    startMs: 0,
    endMs: 0,
    rounds: 0,
    firstMs: 0,
    slopeMs: 0,
    decodes: 0,
    prefillRequests: 0,
    prefillTokens: 0,
    prefillPastTokens: 0,
    contextTokens: 0,
    usedBlocks: 0,
    cachedBlocks: 0,
    waiting: 0,
  };
}
