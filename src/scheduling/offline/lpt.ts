/**
 * LPT, longest processing time first.
 * Source: Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17 (1969).
 *
 * Requests by weight, heaviest first; each goes to the client with the least load so far. Equal
 * weights by index, equal loads to the client with the lowest index. At most 4/3 − 1/(3J) of the
 * optimal makespan; O(n log n + n log J).
 */
import { definePolicy } from '../../policy/registry.ts';
import { heaviestFirst, heuristicAssignment, requireLoads } from './loads.ts';
import type { OfflineAssignment, Weights } from './offline-assignment.ts';

/** Client of each request by LPT. */
export function lptClients(weights: Weights, clients: number): Int32Array {
  const clientOf = new Int32Array(weights.length);
  const loads = new Float64Array(clients);
  // A binary heap by (load, index); at the start all loads are 0 and it is in order.
  const heap = Int32Array.from({ length: clients }, (_, client) => client);
  for (const request of heaviestFirst(weights)) {
    const client = heap[0] as number;
    clientOf[request] = client;
    loads[client]! += weights[request] as number;
    sinkRoot(heap, loads);
  }
  return clientOf;
}

function sinkRoot(heap: Int32Array, loads: Float64Array): void {
  const moved = heap[0] as number;
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!, loads)) child++;
    if (before(moved, heap[child]!, loads)) break;
    heap[hole] = heap[child] as number;
    hole = child;
  }
  heap[hole] = moved;
}

function before(a: number, b: number, loads: Float64Array): boolean {
  const difference = (loads[a] as number) - (loads[b] as number);
  return difference < 0 || (difference === 0 && a < b);
}

export const lpt = definePolicy<OfflineAssignment, Record<string, never>>({
  kind: 'lpt',
  doc: 'heaviest request first, each to the least loaded client (LPT)',
  source: 'Graham, SIAM J. Appl. Math. 17 (1969)',
  parameters: {},
  create: () => ({
    assign(weights, clients) {
      requireLoads(weights, clients);
      return heuristicAssignment(lptClients(weights, clients), weights, clients);
    },
  }),
});
