import { InputError } from '../../units/input-error.ts';
import type { Assignment, Weights } from './offline-assignment.ts';

/** What every method of assignment asks of its input. */
export function requireLoads(weights: Weights, clients: number): void {
  if (!Number.isSafeInteger(clients) || clients < 1) {
    throw new InputError(`invalid number of clients ${clients}`, {
      rule: 'an integer, at least 1',
    });
  }
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight >= 0 && weight < Number.POSITIVE_INFINITY) continue;
    throw new InputError(`invalid weight ${weight}`, {
      where: `request ${i}`,
      rule: 'a finite number, at least 0; an offline assignment needs a length predictor',
    });
  }
}

/** The assignment of a method without a proof: its bound is that of {@link loadBound}. */
export function heuristicAssignment(
  clientOf: Int32Array,
  weights: Weights,
  clients: number,
): Assignment {
  const loads = loadsOf(clientOf, weights, clients);
  return {
    clientOf,
    makespan: largest(loads),
    bound: loadBound(weights, clients),
    by: 'heuristic',
  };
}

/** Load of each client, summed in the order of the requests. */
export function loadsOf(clientOf: Int32Array, weights: Weights, clients: number): Float64Array {
  const loads = new Float64Array(clients);
  for (let i = 0; i < clientOf.length; i++) {
    loads[clientOf[i] as number]! += weights[i] as number;
  }
  return loads;
}

/**
 * The fullest client has at least the mean load (rounded up where all weights are integers) and
 * at least the largest weight.
 */
export function loadBound(weights: Weights, clients: number): number {
  let sum = 0;
  let whole = true;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i] as number;
    whole &&= Number.isInteger(weights[i]);
  }
  return Math.max(whole ? Math.ceil(sum / clients) : sum / clients, largest(weights));
}

/** The largest value; 0 if there are none. */
export function largest(values: Weights): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i] as number);
  return max;
}

/** Requests by weight, heaviest first; equal ones by index. */
export function heaviestFirst(weights: Weights): Int32Array {
  const order = Int32Array.from({ length: weights.length }, (_, i) => i);
  return order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
}

/**
 * The lists of an assignment: requests of client j stand in
 * `requests[offsets[j]] … requests[offsets[j + 1] − 1]`, heaviest first, equal ones by index.
 */
export function clientLists(
  clientOf: Int32Array,
  weights: Weights,
  clients: number,
): { offsets: Int32Array; requests: Int32Array } {
  const offsets = new Int32Array(clients + 1);
  for (let i = 0; i < clientOf.length; i++) offsets[(clientOf[i] as number) + 1]!++;
  for (let j = 0; j < clients; j++) offsets[j + 1]! += offsets[j] as number;
  const next = offsets.slice(0, clients);
  const requests = new Int32Array(clientOf.length);
  for (const request of heaviestFirst(weights)) {
    requests[next[clientOf[request] as number]!++] = request;
  }
  return { offsets, requests };
}
