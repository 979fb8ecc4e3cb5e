import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Objective, paretoFront } from './pareto.ts';

type Point = readonly [number, number, number];

const objectives: readonly Objective<Point>[] = [
  { of: (point) => point[0], sense: 'min' },
  { of: (point) => point[1], sense: 'max' },
  { of: (point) => point[2], sense: 'min' },
];

/** The definition, word for word. */
function bruteForce(points: readonly Point[], count: number): Point[] {
  const used = objectives.slice(0, count);
  const better = (a: number, b: number, sense: string) => (sense === 'min' ? a < b : a > b);
  return points.filter(
    (point) =>
      !points.some(
        (other) =>
          used.every(({ of, sense }) => !better(of(point), of(other), sense)) &&
          used.some(({ of, sense }) => better(of(other), of(point), sense)),
      ),
  );
}

describe('paretoFront', () => {
  it('is what no other point beats, in 1, 2 and 3 objectives', () => {
    const small = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(small, small, small), { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        (points, count) => {
          const front = paretoFront(points, objectives.slice(0, count));
          expect(front).toEqual(bruteForce(points, count));
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('keeps equal points together and their order', () => {
    const points: Point[] = [
      [2, 2, 0],
      [1, 1, 0],
      [1, 1, 0],
      [1, 0, 0],
    ];
    expect(paretoFront(points, objectives.slice(0, 2))).toEqual([points[0], points[1], points[2]]);
  });

  it('leaves out points without a value', () => {
    const points: Point[] = [
      [Number.NaN, 9, 0],
      [1, 1, 0],
    ];
    expect(paretoFront(points, objectives)).toEqual([points[1]]);
  });
});
