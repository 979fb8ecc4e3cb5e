import type { Column } from '../tables/columns.ts';

/** How a trace, or one of its columns, came to be. */
export type Provenance = 'recorded' | 'sampled' | 'generated';

/** What the metadata of a trace file says; every member survives a round trip. */
export interface TraceMeta {
  readonly name: string;
  readonly kind: Provenance;
  /** Columns whose kind differs from the trace's. */
  readonly columnKinds: Readonly<Record<string, Provenance>>;
  readonly source: {
    readonly repository?: string;
    readonly path?: string;
    readonly commit?: string;
    readonly sha256?: string;
  };
  readonly licence: string | null;
  /** Tokens of one entry of block_ids; null where the trace has none. */
  readonly blockSize: number | null;
  readonly tokenizer: string | null;
  readonly importer: string | null;
  readonly importOptions: Readonly<Record<string, unknown>>;
  readonly seed: number | null;
  readonly notes: string | null;
}

/** Row i holds values[offsets[i]] … values[offsets[i + 1] − 1]. */
export interface IntLists {
  readonly offsets: Int32Array;
  readonly values: Int32Array;
}

/** Media of all requests, flat; those of request i are offsets[i] … offsets[i + 1] − 1. */
export interface MediaColumns {
  readonly offsets: Int32Array;
  /** Index into kinds. */
  readonly kind: Int32Array;
  readonly kinds: readonly string[];
  /** −1 where the trace gives no identity, as in the four columns below where it gives no value. */
  readonly id: Int32Array;
  readonly width: Int32Array;
  readonly height: Int32Array;
  readonly durationMs: Int32Array;
  /** The source's own count of prompt tokens. */
  readonly tokens: Int32Array;
  /** Prompt tokens of text before the medium. */
  readonly position: Int32Array;
}

/** A dictionary column: codes index labels; −1 where the trace gives no value. */
export interface Labels {
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

/**
 * A request trace as a struct of arrays, ordered by arrival (ties in source order). Optional
 * columns are null where the trace has none; in those present, −1 (NaN for milliseconds) stands
 * for a missing value. Block ids are dense: 0 … uniqueBlocks − 1, in order of first appearance.
 */
export interface RequestTrace {
  readonly meta: TraceMeta;
  readonly count: number;
  readonly requestId: Uint32Array;
  /** From the trace's start. */
  readonly arrivalMs: Float64Array;
  /** Text only; media tokens stand in `media`. */
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  readonly blocks: IntLists | null;
  readonly outputBlocks: IntLists | null;
  readonly uniqueBlocks: number;
  readonly media: MediaColumns | null;
  readonly sessionId: Int32Array | null;
  /** request_id of the turn before this one. */
  readonly parentRequestId: Int32Array | null;
  /** From the parent's end to this arrival. */
  readonly thinkMs: Float64Array | null;
  readonly tenant: Labels | null;
  readonly sloClass: Labels | null;
  readonly priority: Int8Array | null;
  /** The client gives up this long after the arrival. */
  readonly cancelMs: Float64Array | null;
  readonly task: Labels | null;
  /** Columns outside the schema, carried along. */
  readonly extra: Readonly<Record<string, Column>>;
}
