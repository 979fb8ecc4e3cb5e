import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../units/random.ts';
import { bootstrapWeights, byShape, holdOut, intervalOf } from './hold-out.ts';

interface Row {
  readonly shape: string;
  readonly id: number;
}

const rowsArbitrary = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 200 })
  .map((shapes) => shapes.map((shape, id): Row => ({ shape: `n ${shape}`, id })));
const keyOf = ({ shape }: Row) => shape;
const keys = (shapes: readonly { key: string }[]) => shapes.map(({ key }) => key);

describe('holdOut', () => {
  it('never lets a shape be both fitted and held out, and loses none', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.integer({ min: 0, max: 1000 }), (rows, seed) => {
        const shapes = byShape(rows, keyOf);
        const { folds, final } = holdOut(shapes, { seed, name: 'gemm' });
        for (const { fitted, heldOut } of folds) {
          const seen = new Set(fitted.flatMap(({ rows: own }) => own.map(keyOf)));
          for (const { rows: own } of heldOut) {
            for (const row of own) expect(seen.has(keyOf(row))).toBe(false);
          }
          expect([...keys(fitted), ...keys(heldOut)].sort()).toEqual(keys(shapes));
        }
        const heldOut = folds.flatMap((fold) => keys(fold.heldOut));
        if (shapes.length >= 10) {
          expect(heldOut.length).toBe(Math.round(0.15 * shapes.length));
          expect([...keys(final), ...heldOut].sort()).toEqual(keys(shapes));
        } else {
          expect(keys(final)).toEqual(keys(shapes));
          expect(heldOut).toEqual(shapes.length > 1 ? keys(shapes) : []);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('depends on the seed, and not on the order of the rows', () => {
    const rows = Array.from({ length: 60 }, (_, id): Row => ({ shape: `n ${id % 30}`, id }));
    const held = (given: Row[], seed: number) =>
      keys(holdOut(byShape(given, keyOf), { seed, name: 'gemm' }).folds[0]!.heldOut);
    expect(held([...rows].reverse(), 1)).toEqual(held(rows, 1));
    expect(held(rows, 2)).not.toEqual(held(rows, 1));
  });
});

describe('bootstrapWeights', () => {
  it('draw as many shapes as there are', () => {
    const weights = bootstrapWeights(20, new RandomStream(1, 'test'));
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(20);
    expect(weights.some((weight) => weight === 0)).toBe(true);
    expect(weights.some((weight) => weight > 1)).toBe(true);
  });
});

describe('intervalOf', () => {
  it('is the middle 90 %, widened to the value', () => {
    const samples = Float64Array.from({ length: 101 }, (_, i) => 100 - i);
    expect(intervalOf(samples, 50)).toEqual([5, 95]);
    expect(intervalOf(samples, 99)).toEqual([5, 99]);
    expect(intervalOf(new Float64Array(0), 7)).toBeUndefined();
  });
});
