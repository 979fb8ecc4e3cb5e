/**
 * MULTIFIT: bin packing with a bisected capacity.
 * Source: Coffman, Garey and Johnson, "An application of bin-packing to multiprocessor
 * scheduling", SIAM J. Comput. 7 (1978); the factor 13/11 is by Yue, Ann. Oper. Res. 24 (1990),
 * its proof completed by Cao (1995).
 *
 * First fit decreasing: heaviest request first, each to the client with the lowest index that
 * still has room under the capacity. Bisect the capacity between the load bound and
 * max(2 · mean load, largest weight), where the packing always succeeds; keep the best packing.
 * At most 13/11 + 2^(1 − iterations) of the optimal makespan; O(n · J) an iteration.
 *
 * Deviation: the load bound itself is tried first, and after a success the upper end is the
 * makespan reached, not the capacity tried.
 */
import { definePolicy } from '../../policy/registry.ts';
import { heaviestFirst, heuristicAssignment, largest, loadBound, requireLoads } from './loads.ts';
import type { OfflineAssignment, Weights } from './offline-assignment.ts';

const parameters = {
  iterations: {
    type: 'integer',
    default: 20,
    min: 1,
    max: 60,
    doc: 'bisections of the capacity',
  },
} as const;

/** First fit decreasing; null where a request has no room. */
function pack(order: Int32Array, weights: Weights, clients: number, capacity: number) {
  const clientOf = new Int32Array(order.length);
  const loads = new Float64Array(clients);
  for (const request of order) {
    const weight = weights[request] as number;
    let client = 0;
    while (client < clients && (loads[client] as number) + weight > capacity) client++;
    if (client === clients) return null;
    clientOf[request] = client;
    loads[client]! += weight;
  }
  return { clientOf, makespan: largest(loads) };
}

function multifitClients(weights: Weights, clients: number, iterations: number): Int32Array {
  const order = heaviestFirst(weights);
  let lower = loadBound(weights, clients);
  // Rounding of the mean may take a last bit from the capacity that the proof needs.
  const certain = 2 * lower * (1 + Number.EPSILON * weights.length);
  let best = pack(order, weights, clients, certain) as { clientOf: Int32Array; makespan: number };
  for (let i = 0; i < iterations && lower < best.makespan; i++) {
    const capacity = i === 0 ? lower : (lower + best.makespan) / 2;
    const packed = pack(order, weights, clients, capacity);
    if (packed === null) lower = capacity;
    else best = packed;
  }
  return best.clientOf;
}

export const multifit = definePolicy<OfflineAssignment, typeof parameters>({
  kind: 'multifit',
  doc: 'first fit decreasing under the smallest capacity that bisection finds',
  source: 'Coffman, Garey and Johnson, SIAM J. Comput. 7 (1978)',
  parameters,
  create: ({ iterations }) => ({
    assign(weights, clients) {
      requireLoads(weights, clients);
      return heuristicAssignment(multifitClients(weights, clients, iterations), weights, clients);
    },
  }),
});
