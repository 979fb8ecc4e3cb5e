/**
 * Minimizing Makespan Bin Packing as a mixed-integer program, solved by HiGHS.
 * Source: the offline problem of "Hybrid Offline-online Scheduling Method for Large Language
 * Model Inference Optimization", arXiv 2502.15763; as P||Cmax a textbook program.
 *
 *     min C   s.t.  Σ_j x_ij = 1 for every request i,  Σ_i w_i x_ij ≤ C for every client j,
 *                   x binary
 *
 * The paper's text was not read beyond its abstract and summaries: how it solves the program, and
 * for how long, is not known to us. n · J binaries with as many
 * symmetries as clients: only small backlogs are solved to a proof. A solve that ends on its time
 * limit depends on the machine, so its run is not repeatable to the byte; `gap` and `maxNodes`
 * are limits that do not. Without a solution in time LPT's assignment stands in (`fallback`).
 * With `start` `lpt` the search begins at LPT's assignment and can only improve on it.
 *
 * The solver must be loaded (`prepareAssignment`).
 */
import type { ModelData } from 'highs';
import { definePolicy } from '../../policy/registry.ts';
import { heuristicAssignment, largest, loadBound, loadsOf, requireLoads } from './loads.ts';
import { lptClients } from './lpt.ts';
import type { Assignment, OfflineAssignment, Weights } from './offline-assignment.ts';
import { type SolveLimits, solveMip } from './solver.ts';

const parameters = {
  timeLimitS: {
    type: 'number',
    default: 60,
    min: 0.01,
    unit: 's',
    doc: 'wall-clock limit of the solver; an assignment cut by it depends on the machine',
  },
  gap: {
    type: 'number',
    default: 1e-4,
    min: 0,
    max: 1,
    doc: 'relative distance to the proven bound at which the solver stops',
  },
  maxNodes: {
    type: 'integer',
    default: 0,
    min: 0,
    doc: 'nodes of the search tree at most; 0: no limit',
  },
  start: {
    type: 'choice',
    default: 'none',
    choices: ['none', 'lpt'],
    doc: "where the search begins: without an assignment, or at LPT's",
  },
} as const;

/** Column x_ij stands at i · J + j, the makespan C last; rows: requests, then clients. */
function model(weights: Weights, clients: number): ModelData {
  const requests = weights.length;
  const binaries = requests * clients;
  const numCols = binaries + 1;
  const numRows = requests + clients;
  const starts = Int32Array.from({ length: numCols + 1 }, (_, column) => 2 * column);
  starts[numCols] = 2 * binaries + clients;
  const indices = new Int32Array(2 * binaries + clients);
  const values = new Float64Array(2 * binaries + clients);
  for (let column = 0; column < binaries; column++) {
    const request = Math.floor(column / clients);
    indices[2 * column] = request;
    values[2 * column] = 1;
    indices[2 * column + 1] = requests + (column % clients);
    values[2 * column + 1] = weights[request] as number;
  }
  for (let client = 0; client < clients; client++) {
    indices[2 * binaries + client] = requests + client;
    values[2 * binaries + client] = -1;
  }
  const binary = (x: number, makespan: number) =>
    new Float64Array(numCols).fill(x).fill(makespan, binaries);
  return {
    numCols,
    numRows,
    colCost: binary(0, 1),
    colLower: binary(0, loadBound(weights, clients)),
    colUpper: binary(1, Number.POSITIVE_INFINITY),
    rowLower: new Float64Array(numRows).fill(1).fill(Number.NEGATIVE_INFINITY, requests),
    rowUpper: new Float64Array(numRows).fill(1).fill(0, requests),
    matrix: { format: 'csc', numRows, numCols, starts, indices, values },
    integrality: new Int32Array(numCols).fill(1, 0, binaries),
  };
}

function assign(
  weights: Weights,
  clients: number,
  limits: SolveLimits,
  fromLpt: boolean,
): Assignment {
  const substitute = lptClients(weights, clients);
  if (weights.length === 0) return heuristicAssignment(substitute, weights, clients);
  const start = new Float64Array(weights.length * clients + 1);
  for (let i = 0; i < substitute.length; i++) start[i * clients + (substitute[i] as number)] = 1;
  start[weights.length * clients] = largest(loadsOf(substitute, weights, clients));
  const { columns, bound } = solveMip(model(weights, clients), limits, fromLpt ? start : undefined);
  const clientOf = columns === null ? substitute : chosen(columns, weights.length, clients);
  const makespan = largest(loadsOf(clientOf, weights, clients));
  const proven = Math.min(makespan, Math.max(bound, loadBound(weights, clients)));
  return { clientOf, makespan, bound: proven, by: columns === null ? 'fallback' : 'solver' };
}

/** The solver's binaries are within a tolerance of 0 and 1: the client with the largest. */
function chosen(columns: Float64Array, requests: number, clients: number): Int32Array {
  return Int32Array.from({ length: requests }, (_, i) => {
    let best = 0;
    for (let j = 1; j < clients; j++) {
      if ((columns[i * clients + j] as number) > (columns[i * clients + best] as number)) best = j;
    }
    return best;
  });
}

export const mip = definePolicy<OfflineAssignment, typeof parameters>({
  kind: 'mip',
  doc: 'smallest makespan that the HiGHS solver finds within its limits',
  source: '2502.15763 (Minimizing Makespan Bin Packing): a reading of the abstract; HiGHS',
  parameters,
  create: ({ timeLimitS, gap, maxNodes, start }) => ({
    assign(weights, clients) {
      requireLoads(weights, clients);
      const limits = { timeLimitS, gap, ...(maxNodes > 0 && { maxNodes }) };
      return assign(weights, clients, limits, start === 'lpt');
    },
  }),
});
