import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../units/random.ts';
import { minimise, nelderMead } from './nelder-mead.ts';

type Objective = (x: readonly number[]) => number;
const square = (x: number) => x * x;

const functions: [string, Objective, number[], number[]][] = [
  ['a sphere', (x) => x.reduce((sum, v, i) => sum + square(v - i), 0), [5, 5, 5, 5], [0, 1, 2, 3]],
  [
    'the valley of Rosenbrock',
    ([x = 0, y = 0]) => 100 * square(y - x * x) + square(1 - x),
    [-1.2, 1],
    [1, 1],
  ],
  [
    "Beale's function",
    ([x = 0, y = 0]) =>
      square(1.5 - x + x * y) + square(2.25 - x + x * y * y) + square(2.625 - x + x * y ** 3),
    [1, 1],
    [3, 0.5],
  ],
  [
    'a sum of absolute values, which has an edge at its minimum',
    ([x = 0, y = 0]) => Math.abs(x - 2) + 3 * Math.abs(y + 1) + 0.5 * Math.abs(x + y - 1),
    [10, 10],
    [2, -1],
  ],
];

describe('minimise', () => {
  it.each(functions)('finds the minimum of %s', (_, objective, start, expected) => {
    const { at, value } = minimise(objective, start);
    for (const [i, x] of expected.entries()) expect(at[i]).toBeCloseTo(x, 2);
    expect(value).toBe(objective(at));
  });

  it('gets out of a valley that is not the lowest with restarts, the same each time', () => {
    const objective: Objective = ([x = 0]) => square(square(x) - 4) + x;
    expect(minimise(objective, [2]).at[0]).toBeCloseTo(1.97, 1);
    const run = () =>
      minimise(objective, [2], {
        restarts: 12,
        spread: 3,
        stream: new RandomStream(1, 'test'),
      });
    expect(run().at[0]).toBeCloseTo(-2.03, 1);
    expect(run()).toEqual(run());
  });
});

describe('nelderMead', () => {
  it('never returns worse than the start and keeps to its evaluations', () => {
    for (const [, objective, start] of functions) {
      for (const maxEvaluations of [10, 30, 100]) {
        const found = nelderMead(objective, start, { maxEvaluations });
        expect(found.value).toBeLessThanOrEqual(objective(start));
        // The last move may draw all points in.
        expect(found.evaluations).toBeLessThanOrEqual(maxEvaluations + start.length + 2);
      }
    }
  });

  it('walks away from where the function has no value', () => {
    const { at } = nelderMead(([x = 0]) => (x < 1 ? Number.NaN : square(x - 1.5)), [4]);
    expect(at[0]).toBeCloseTo(1.5, 3);
  });
});
