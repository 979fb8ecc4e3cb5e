/**
 * LPT, then local search off the fullest client.
 * Source: LPT by Graham (1969); interchanges off the fullest machine in the manner of Finn and
 * Horowitz, "A linear time approximation algorithm for multiprocessor scheduling", BIT 19 (1979).
 *
 * Take the fullest client (lowest index on ties). Of all ways to move one of its requests to
 * another client, or to swap it against a lighter one there, take the one that leaves the fuller
 * of the two clients emptiest (the first found on ties: lowest client, then order in the lists).
 * Stop when none lowers the load of the fullest client, or when the load bound is reached.
 * Every step empties the fullest client and fills none up to its load, so it ends.
 */
import { definePolicy } from '../../policy/registry.ts';
import { heuristicAssignment, loadBound, loadsOf, requireLoads } from './loads.ts';
import { lptClients } from './lpt.ts';
import type { OfflineAssignment, Weights } from './offline-assignment.ts';

/** A step must gain more than rounding can: sums of weights err by less than this share. */
const smallestGain = 1e-12;

interface Step {
  /** Larger load of the two clients after the step. */
  fuller: number;
  to: number;
  /** Positions in the two lists; −1 for a move. */
  give: number;
  take: number;
}

/** Improves an assignment in place. */
function improve(clientOf: Int32Array, weights: Weights, clients: number): void {
  const bound = loadBound(weights, clients);
  const loads = loadsOf(clientOf, weights, clients);
  const lists: number[][] = Array.from({ length: clients }, () => []);
  for (let i = 0; i < clientOf.length; i++) lists[clientOf[i] as number]!.push(i);
  for (;;) {
    const from = fullest(loads);
    if ((loads[from] as number) <= bound) return;
    const step = bestStep(from, loads, lists, weights);
    if (step === null) return;
    const { to, give, take } = step;
    const given = lists[from]![give] as number;
    const taken = take < 0 ? -1 : (lists[to]![take] as number);
    const difference = (weights[given] as number) - (taken < 0 ? 0 : (weights[taken] as number));
    loads[from]! -= difference;
    loads[to]! += difference;
    clientOf[given] = to;
    if (taken < 0) {
      lists[from]!.splice(give, 1);
      lists[to]!.push(given);
    } else {
      clientOf[taken] = from;
      lists[from]![give] = taken;
      lists[to]![take] = given;
    }
  }
}

function fullest(loads: Float64Array): number {
  let best = 0;
  for (let client = 1; client < loads.length; client++) {
    if ((loads[client] as number) > (loads[best] as number)) best = client;
  }
  return best;
}

function bestStep(
  from: number,
  loads: Float64Array,
  lists: readonly number[][],
  weights: Weights,
): Step | null {
  const high = loads[from] as number;
  const mine = lists[from] as number[];
  const best: Step = { fuller: high * (1 - smallestGain), to: -1, give: -1, take: -1 };
  for (let to = 0; to < lists.length; to++) {
    const low = loads[to] as number;
    const theirs = lists[to] as number[];
    // No step brings the fuller of two clients below their mean load.
    if (to === from || (high + low) / 2 >= best.fuller) continue;
    for (let give = 0; give < mine.length; give++) {
      const weight = weights[mine[give] as number] as number;
      for (let take = -1; take < theirs.length; take++) {
        const back = take < 0 ? 0 : (weights[theirs[take] as number] as number);
        const fuller = Math.max(high - weight + back, low + weight - back);
        if (fuller < best.fuller) Object.assign(best, { fuller, to, give, take });
      }
    }
  }
  return best.to < 0 ? null : best;
}

export const lptLocalSearch = definePolicy<OfflineAssignment, Record<string, never>>({
  kind: 'lpt-local-search',
  doc: 'LPT, then the best move or swap off the fullest client until none helps',
  source: 'Graham (1969); Finn and Horowitz, BIT 19 (1979)',
  parameters: {},
  create: () => ({
    assign(weights, clients) {
      requireLoads(weights, clients);
      const clientOf = lptClients(weights, clients);
      improve(clientOf, weights, clients);
      return heuristicAssignment(clientOf, weights, clients);
    },
  }),
});
