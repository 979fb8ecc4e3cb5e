/** A named operation beside the model's own: selection scores, predictors, format conversion. */
interface Extra {
  readonly op: string;
  readonly tokens: number;
  /** Totals of the segment, all its layers together. */
  readonly flops: number;
  readonly bytes: number;
}

/**
 * Consecutive layers that see the same counts in one step. Segments stand in execution order; the
 * first layer of one is where the one before ended (modulo the depth of the model).
 */
export interface Segment {
  layers: number;
  /** Tokens that attention projections work on: prefill rows and one per decoding sequence. */
  rows: number;
  /** Tokens that the feed-forward networks work on. */
  mlpRows: number;
  prefillCount: number;
  /** New tokens of each prompt; the first `prefillCount` entries count. */
  prefillRows: Int32Array;
  /** Keys that each prompt's last new token attends to: cached + new. */
  prefillKeys: Int32Array;
  mask: 'causal' | 'full';
  decodeSequences: number;
  /** Sum of the contexts of the decoding sequences, the token being processed included. */
  decodeKvRead: number;
  /** KV heads that a method stores per layer in the whole model; the model's own by default. */
  storedKvHeads?: number;
  /** Experts hit per layer by the routing; uniform routing is assumed without it. */
  experts?: { distinct: number; paddedRows: number };
  extras: readonly Extra[];
}

/** What one step computes. */
export interface StepWork {
  segments: Segment[];
  /** Rows of the LM head: one per sequence that yields a token. */
  logitRows: number;
  sequences: number;
}

/** The time of a decode round as a line over the total context S: aMs + bMs x S, for S <= validTo. */
export interface DecodeLine {
  aMs: number;
  bMs: number;
  validTo: number;
}

/** A source of step times. Pure: the same work takes the same time. */
export interface StepClock {
  readonly name: string;
  /** Round of `batch` decoding sequences with `context` KV tokens in all: writes the line that holds. */
  decode(batch: number, context: number, line: DecodeLine): void;
  /** Time of any step, ms. */
  stepMs(work: StepWork): number;
}

/** Work of no rows over one segment of full depth, to be filled and reused. */
export function newStepWork(maxPrefills: number, layers: number): StepWork {
  const segment: Segment = {
    layers,
    rows: 0,
    mlpRows: 0,
    prefillCount: 0,
    prefillRows: new Int32Array(maxPrefills),
    prefillKeys: new Int32Array(maxPrefills),
    mask: 'causal',
    decodeSequences: 0,
    decodeKvRead: 0,
    extras: [],
  };
  return { segments: [segment], logitRows: 0, sequences: 0 };
}

/** Adds a prompt's rows to a segment, making room where needed. */
export function addPrefill(segment: Segment, rows: number, keys: number): void {
  const at = segment.prefillCount;
  if (at === segment.prefillRows.length) {
    segment.prefillRows = grown(segment.prefillRows);
    segment.prefillKeys = grown(segment.prefillKeys);
  }
  segment.prefillRows[at] = rows;
  segment.prefillKeys[at] = keys;
  segment.prefillCount = at + 1;
  segment.rows += rows;
  segment.mlpRows += rows;
}

/** Adds decoding sequences of `context` KV tokens in all to a segment. */
export function addDecodes(segment: Segment, sequences: number, context: number): void {
  segment.decodeSequences += sequences;
  segment.decodeKvRead += context;
  segment.rows += sequences;
  segment.mlpRows += sequences;
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(Math.max(8, 2 * array.length));
  larger.set(array);
  return larger;
}
