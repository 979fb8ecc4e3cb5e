import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choiceParameter, indexAt, rangeParameter } from './parameter.ts';

describe('choiceParameter', () => {
  it('takes numbers as ordered and sorts them', () => {
    const { values, ordered } = choiceParameter('tp', [8, 1, 4]);
    expect({ values, ordered }).toEqual({ values: [1, 4, 8], ordered: true });
  });

  it('takes names, and names among numbers, as they come', () => {
    const { values, ordered } = choiceParameter('limit', ['none', 8, 4]);
    expect({ values, ordered }).toEqual({ values: ['none', 8, 4], ordered: false });
  });
});

describe('rangeParameter', () => {
  const valuesOf = (range: Parameters<typeof rangeParameter>[1]) =>
    rangeParameter('x', range).values;

  it('steps from min as far as max', () => {
    expect(valuesOf({ min: 0.1, max: 0.75, step: 0.2 })).toEqual([0.1, 0.3, 0.5, 0.7]);
    expect(valuesOf({ min: 0.1, max: 0.7, step: 0.2 })).toEqual([0.1, 0.3, 0.5, 0.7]);
  });

  it('holds every whole number of an integer range', () => {
    expect(valuesOf({ min: 3, max: 6, integer: true })).toEqual([3, 4, 5, 6]);
    expect(valuesOf({ min: 2, max: 9, step: 3, integer: true })).toEqual([2, 5, 8]);
  });

  it('has a thousand steps where none is named, of equal ratio on a log scale', () => {
    const linear = valuesOf({ min: 0, max: 2 }) as number[];
    expect([linear.length, linear[0], linear[1], linear.at(-1)]).toEqual([1001, 0, 0.002, 2]);
    const log = valuesOf({ min: 0.01, max: 100, log: true }) as number[];
    expect([log.length, log[0], log[500], log.at(-1)]).toEqual([1001, 0.01, 1, 100]);
  });

  it('may be a single value', () => {
    expect(valuesOf({ min: 5, max: 5, log: true })).toEqual([5]);
  });

  it('draws whole numbers of a log scale by their share of it', () => {
    const parameter = rangeParameter('x', { min: 1, max: 1024, log: true, integer: true });
    const shares = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    const drawn = shares.map((u) => parameter.values[indexAt(parameter, u)] as number);
    const below = (limit: number) => drawn.filter((value) => value < limit).length / 1000;
    expect(below(32)).toBeCloseTo(0.5, 1);
    expect(below(4)).toBeCloseTo(0.2, 1);
  });

  it('holds each value once, rising, within its ends', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 500 }), fc.boolean())
      .chain(([min, more, log]) =>
        fc.record({
          ...{ min: fc.constant(min), max: fc.constant(min + more) },
          ...{ log: fc.constant(log), integer: fc.boolean() },
        }),
      );
    fc.assert(
      fc.property(range, ({ min, max, log, integer }) => {
        const { values, grid } = rangeParameter('x', { min, max, log, integer });
        const numbers = values as number[];
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect([numbers[0], numbers.at(-1)]).toEqual([min, max]);
        expect(new Set(grid).size).toBe(values.length);
        if (integer) expect(numbers.every(Number.isInteger)).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
