/**
 * Choice of the decode instance, `SelectDecodingInstance` of Mooncake's Algorithm 1 (FAST 2025,
 * section 4.2): the least loaded instance that has memory for the request's KV.
 *
 * Deviation: the paper gives no estimator. Load is the predicted round with the request in the
 * batch, tau(b + 1, K + n): b requests decode there or are bound for it, K is their KV in tokens,
 * n the prompt. The smallest one meets a limit on the round whenever any does, so the limit
 * itself is left to admission. Lowest index on ties. Units: tokens, milliseconds.
 */
import type { ClusterView, Placement } from '../policy/placer.ts';
import type { Task } from '../policy/scheduler.ts';

export interface DecodeChoice {
  readonly instance: number;
  /** Predicted decode round with the request in the batch, ms. */
  readonly roundMs: number;
}

/** The decode instance of a request; where its KV fits nowhere, the one with most room. */
export function selectDecode(view: ClusterView, task: Task): DecodeChoice {
  let instance = -1;
  let roundMs = Number.POSITIVE_INFINITY;
  let roomiest = -1;
  let mostRoom = Number.NEGATIVE_INFINITY;
  for (const candidate of view.decodeInstances) {
    const room = view.kvCapacityTokens(candidate) - boundTokens(view, candidate);
    if (room > mostRoom) {
      roomiest = candidate;
      mostRoom = room;
    }
    if (room < view.inputTokens(task)) continue;
    const ms = roundWith(view, task, candidate);
    if (ms < roundMs) {
      instance = candidate;
      roundMs = ms;
    }
  }
  if (instance >= 0) return { instance, roundMs };
  return { instance: roomiest, roundMs: roundWith(view, task, roomiest) };
}

/** Predicted decode round of an instance with the request in its batch, ms. */
export function roundWith(view: ClusterView, task: Task, instance: number): number {
  const sequences = view.decoding(instance) + view.inbound(instance) + 1;
  const tokens = boundTokens(view, instance) + view.inputTokens(task);
  return view.estimateRoundMs(instance, sequences, tokens);
}

/** Fills in where a request decodes whose prompt cannot stay where it is computed. */
export function decodeElsewhere(view: ClusterView, task: Task, out: Placement): void {
  if (view.decodeInstances.includes(out.prefill)) return;
  const { instance, roundMs } = selectDecode(view, task);
  out.decode = instance;
  out.roundMs = roundMs;
}

function boundTokens(view: ClusterView, instance: number): number {
  return view.contextTokens(instance) + view.inboundTokens(instance);
}
