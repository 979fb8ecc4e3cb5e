import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTrace } from '../../trace/read.ts';
import { InputError } from '../../units/input-error.ts';
import { offlineAssignments, prepareAssignment } from './assignments.ts';
import { clientLists, loadsOf } from './loads.ts';
import { type Assignment, gapOf, type Weights } from './offline-assignment.ts';

beforeAll(() => prepareAssignment({ kind: 'mip' }));

const heuristics = ['round-robin', 'lpt', 'multifit', 'lpt-local-search'];
const { outputTokens, extra } = (await readTrace('gsm8k')).trace;
const noiseFree = extra.output_tokens_noise_free;

function assign(
  kind: string,
  weights: Weights | readonly number[],
  clients: number,
  parameters = {},
) {
  const columns = weights instanceof Float64Array ? weights : Int32Array.from(weights);
  return offlineAssignments.create({ kind, ...parameters }, { seed: 1 }).assign(columns, clients);
}

/** The smallest makespan, by trying every assignment. */
function optimum(weights: Weights | readonly number[], clients: number): number {
  const loads = new Array(clients).fill(0);
  const best = (i: number): number => {
    if (i === weights.length) return Math.max(...loads);
    let least = Number.POSITIVE_INFINITY;
    for (let client = 0; client < clients; client++) {
      loads[client] += weights[i];
      least = Math.min(least, best(i + 1));
      loads[client] -= weights[i] as number;
    }
    return least;
  };
  return best(0);
}

const weightsOf = (maxLength: number) => fc.array(fc.nat(60), { maxLength });
const clientsOf = fc.integer({ min: 1, max: 4 });

describe.each([...heuristics, 'mip'])('%s', (kind) => {
  const numRuns = kind === 'mip' ? 10 : 200;

  it('gives every request one client and reports the load of the fullest', () => {
    fc.assert(
      fc.property(weightsOf(kind === 'mip' ? 6 : 40), clientsOf, (weights, clients) => {
        const { clientOf, makespan, bound } = assign(kind, weights, clients);
        expect(clientOf).toHaveLength(weights.length);
        for (const client of clientOf) {
          expect(client).toBeGreaterThanOrEqual(0);
          expect(client).toBeLessThan(clients);
        }
        const loads = loadsOf(clientOf, Int32Array.from(weights), clients);
        expect(makespan).toBe(Math.max(...loads));
        expect(bound).toBeLessThanOrEqual(makespan);
      }),
      { numRuns },
    );
  });

  it('takes weights that are no integers', () => {
    const weights = Float64Array.of(0.5, 1.25, 0.75, 0);
    const { makespan, bound } = assign(kind, weights, 2);
    expect(makespan).toBe(1.25);
    expect(bound).toBe(1.25);
  });

  it.each([
    ['no client', [1], 0],
    ['half a client', [1], 1.5],
    ['an unknown length', [1, Number.NaN], 2],
    ['a negative weight', [-1], 2],
  ])('refuses %s', (_, weights, clients) => {
    expect(() => assign(kind, Float64Array.from(weights), clients)).toThrow(InputError);
  });
});

it('round robin goes through the clients in turn', () => {
  expect([...assign('round-robin', [9, 9, 1, 1, 5], 3).clientOf]).toEqual([0, 1, 2, 0, 1]);
});

it('LPT breaks ties by the lowest request and the lowest client', () => {
  expect([...assign('lpt', [2, 5, 5, 2, 2, 4], 3).clientOf]).toEqual([2, 0, 1, 0, 1, 2]);
});

it('LPT is as a search for the least loaded client at every request', () => {
  fc.assert(
    fc.property(weightsOf(60), fc.integer({ min: 1, max: 12 }), (weights, clients) => {
      const loads = new Array(clients).fill(0);
      const clientOf = new Array(weights.length);
      const order = weights.map((weight, i) => ({ weight, i }));
      for (const { weight, i } of order.toSorted((a, b) => b.weight - a.weight)) {
        clientOf[i] = loads.indexOf(Math.min(...loads));
        loads[clientOf[i]] += weight;
      }
      expect([...assign('lpt', weights, clients).clientOf]).toEqual(clientOf);
    }),
  );
});

describe('against the optimum of small cases', () => {
  const worst: [string, (clients: number) => number][] = [
    ['lpt', (clients) => 4 / 3 - 1 / (3 * clients)],
    ['lpt-local-search', (clients) => 4 / 3 - 1 / (3 * clients)],
    ['multifit', () => 13 / 11 + 2 ** -19],
  ];
  it.each(worst)('%s keeps its guarantee', (kind, factor) => {
    fc.assert(
      fc.property(weightsOf(7), fc.integer({ min: 1, max: 3 }), (weights, clients) => {
        const { makespan, bound } = assign(kind, weights, clients);
        const best = optimum(weights, clients);
        expect(makespan).toBeLessThanOrEqual(factor(clients) * best + 1e-9);
        expect(bound).toBeLessThanOrEqual(best);
      }),
    );
  });

  it('the solver finds it', () => {
    fc.assert(
      fc.property(weightsOf(7), fc.integer({ min: 1, max: 3 }), (weights, clients) => {
        const solved = assign('mip', weights, clients, { gap: 0 });
        expect(solved.makespan).toBe(optimum(weights, clients));
        expect(gapOf(solved)).toBe(0);
      }),
      { numRuns: 8, seed: 5 },
    );
  });
});

it('local search is never worse than the LPT it starts from', () => {
  fc.assert(
    fc.property(weightsOf(40), clientsOf, (weights, clients) => {
      const { makespan } = assign('lpt-local-search', weights, clients);
      expect(makespan).toBeLessThanOrEqual(assign('lpt', weights, clients).makespan);
    }),
  );
});

describe('the reference backlog, 1,319 requests on 200 clients', () => {
  it.each([
    ['round-robin', 4068],
    ['lpt', 2321],
    ['multifit', 2281],
    ['lpt-local-search', 2275],
  ])('%s reaches %d rounds', (kind, makespan) => {
    const assignment: Assignment = assign(kind, outputTokens, 200);
    expect(assignment).toMatchObject({ makespan, bound: 2275, by: 'heuristic' });
  });
});

it('without noise in the lengths LPT reaches 2,338 rounds, local search one over the bound', () => {
  if (noiseFree?.kind !== 'int32') throw new Error('the trace has no lengths without noise');
  expect(assign('lpt', noiseFree.values, 200)).toMatchObject({ makespan: 2338, bound: 2275 });
  expect(assign('lpt-local-search', noiseFree.values, 200).makespan).toBe(2276);
});

describe('the solver cut short', () => {
  const limits = { timeLimitS: 0.01, maxNodes: 1 };

  it('leaves LPT in its place, and says so', () => {
    const weights = outputTokens.subarray(0, 400);
    const { clientOf, makespan, by } = assign('mip', weights, 60, limits);
    const substitute = assign('lpt', weights, 60);
    expect(by).toBe('fallback');
    expect(clientOf).toEqual(substitute.clientOf);
    expect(makespan).toBe(substitute.makespan);
  });

  it('is no worse than LPT where it starts from it', () => {
    const weights = outputTokens.subarray(0, 66);
    const { makespan, by } = assign('mip', weights, 10, { timeLimitS: 0.2, start: 'lpt' });
    expect(by).toBe('solver');
    expect(makespan).toBeLessThanOrEqual(assign('lpt', weights, 10).makespan);
  });
});

it('the lists of the clients are heaviest first and hold every request once', () => {
  fc.assert(
    fc.property(weightsOf(40), clientsOf, (list, clients) => {
      const weights = Int32Array.from(list);
      const { clientOf } = assign('lpt', weights, clients);
      const { offsets, requests } = clientLists(clientOf, weights, clients);
      expect([...requests].sort((a, b) => a - b)).toEqual([...list.keys()]);
      for (let client = 0; client < clients; client++) {
        const mine = [...requests.subarray(offsets[client], offsets[client + 1])];
        expect(mine.every((request) => clientOf[request] === client)).toBe(true);
        const sorted = mine.toSorted((a, b) => weights[b]! - weights[a]! || a - b);
        expect(mine).toEqual(sorted);
      }
    }),
  );
});
