/** What the cluster simulator is given and what it returns; milliseconds, tokens, blocks, bytes. */
import type { ObjectArrivals, ObjectRequest } from './object-types.ts';
import type { DyadicClock } from './random-systems.ts';

export type ClusterScheduler =
  | { readonly kind: 'prefill-pool'; readonly chunkTokens: number; readonly batch: boolean }
  | {
      readonly kind: 'decode-pool';
      readonly maxSequences: number;
      readonly recomputeTokens: number;
    }
  | { readonly kind: 'chunked-prefill'; readonly budget: number; readonly maxSequences: number };

export interface ClusterInstance {
  readonly role: 'prefill' | 'decode' | 'coupled';
  readonly scheduler: ClusterScheduler;
  readonly clock: DyadicClock;
  readonly capacityTokens: number;
  readonly blockSize: number;
  readonly layers: number;
  /** Stages of a pipeline; more than 1 on prefill instances only. */
  readonly stages: number;
  readonly hopMsPerToken: number;
  /** Trace blocks that its host store holds; null: it has none. */
  readonly storeBlocks: number | null;
  readonly hostBytesPerMs: number;
  readonly nicBytesPerMs: number;
}

/** Turns away every request whose row leaves the remainder; null: nobody. */
export interface Refusal {
  readonly every: number;
  readonly remainder: number;
}

export interface ClusterPlacement {
  readonly decode: 'round-robin' | 'least-open';
  /** Whether the decode instance is left open at arrival. */
  readonly late: boolean;
  /** Blocks that a source must hold beyond the own prefix; null: no sources. */
  readonly sourceBlocks: number | null;
}

export interface Cluster {
  readonly requests: readonly ObjectRequest[];
  readonly blockTokens: number;
  readonly arrivals: ObjectArrivals;
  readonly instances: readonly ClusterInstance[];
  readonly kvBytesPerToken: number;
  readonly discipline: 'fair' | 'fifo';
  readonly streaming: 'layer-wise' | 'serial';
  readonly firstToken: 'prefill' | 'decode';
  readonly placement: ClusterPlacement;
  readonly refuseArrival: Refusal | null;
  readonly refuseDecode: Refusal | null;
}

export interface ClusterOutcome {
  readonly status: 'finished' | 'rejected' | 'cancelled' | 'unfinished';
  readonly reason: string;
  /** Where it is last; −1: nowhere. */
  readonly instance: number;
  readonly prefillInstance: number;
  readonly arrivalMs: number;
  readonly admittedMs: number;
  readonly prefillMs: number;
  readonly firstTokenMs: number;
  readonly endMs: number;
  readonly cachedTokens: number;
  readonly fetchedTokens: number;
  readonly preemptions: number;
  readonly generated: number;
}

export interface ClusterStep {
  readonly startMs: number;
  durationMs: number;
  readonly decodes: number;
  readonly prompts: number;
  readonly rows: number;
  readonly past: number;
}

export interface ClusterFlow {
  readonly kind: 'prefix' | 'kv';
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly complete: boolean;
}

export interface ClusterResult {
  readonly requests: readonly ClusterOutcome[];
  readonly steps: readonly (readonly ClusterStep[])[];
  /** In the order of their ends. */
  readonly flows: readonly ClusterFlow[];
  /** False where a link was shared in parts that are no powers of two: times are rounded then. */
  readonly exact: boolean;
  /** What the run came across, for a look at what random systems reach. */
  readonly seen: ReadonlyMap<string, number>;
}
