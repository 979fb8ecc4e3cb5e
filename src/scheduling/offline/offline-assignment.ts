/**
 * Before time zero, a backlog is divided among the client slots of one instance: every request
 * gets one client, and the fullest client should be as empty as possible (P||Cmax, "Minimizing
 * Makespan Bin Packing" in Hybrid Offline-online Scheduling, arXiv 2502.15763).
 */

/** Load that each request puts on its client: decode rounds or milliseconds, at least 0. */
export type Weights = Int32Array | Float64Array;

/** Divides requests among clients. Deterministic unless its parameters say otherwise. */
export interface OfflineAssignment {
  /** @throws InputError for a weight that is negative or not finite, and for no client */
  assign(weights: Weights, clients: number): Assignment;
}

/** Who serves what. */
export interface Assignment {
  /** Client of each request, 0 … clients − 1. */
  readonly clientOf: Int32Array;
  /** Load of the fullest client, in the unit of the weights. */
  readonly makespan: number;
  /** No assignment has a smaller makespan than this; equal to `makespan`: proven optimal. */
  readonly bound: number;
  /** `fallback`: the solver found no assignment within its limits, and LPT's stands in. */
  readonly by: 'heuristic' | 'solver' | 'fallback';
}

/** How far an assignment may be from the optimum, as a share of its makespan. */
export function gapOf({ makespan, bound }: Assignment): number {
  return makespan === 0 ? 0 : (makespan - bound) / makespan;
}
