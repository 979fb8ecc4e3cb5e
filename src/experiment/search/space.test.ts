import { describe, expect, it } from 'vitest';
import { choiceParameter, rangeParameter } from './parameter.ts';
import { Space } from './space.ts';

const space = new Space([
  rangeParameter('n', { min: 1, max: 4, integer: true }),
  choiceParameter('kind', ['a', 'b', 'c']),
  choiceParameter('on', [true, false]),
]);

describe('Space', () => {
  it('holds every combination once', () => {
    const keys = [...space.all()].map(({ key }) => key);
    expect(space.size).toBe(24);
    expect(keys).toHaveLength(24);
    expect(new Set(keys).size).toBe(24);
    expect(space.named(space.point([2, 1, 0]))).toEqual({ n: 3, kind: 'b', on: true });
  });

  it('takes numbers 1, 2, 4, … places away and all other names as neighbours', () => {
    const near = space.neighbours(space.point([0, 1, 0])).map((point) => space.valuesOf(point));
    expect(near).toEqual([
      [2, 'b', true],
      [3, 'b', true],
      [1, 'a', true],
      [1, 'c', true],
      [1, 'b', false],
    ]);
  });

  it('spreads shares of a dimension over its values', () => {
    const valuesAt = (u: number) => space.valuesOf(space.at([u, u, u]));
    expect(valuesAt(0)).toEqual([1, 'a', true]);
    expect(valuesAt(0.5)).toEqual([3, 'b', false]);
    expect(valuesAt(0.9999)).toEqual([4, 'c', false]);
  });
});
