import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { growForest } from './extra-trees.ts';

const random = () => new RandomStream(7, 'trees');
const line = Array.from({ length: 40 }, (_, i) => [i / 39]);

describe('growForest', () => {
  it('learns a step', () => {
    const values = line.map(([x]) => ((x as number) < 0.5 ? 1 : 9));
    const forest = growForest(line, values, [true], random());
    expect(forest.predict([0.1]).mean).toBeCloseTo(1, 6);
    expect(forest.predict([0.9]).mean).toBeCloseTo(9, 6);
  });

  it('follows a curve between its examples', () => {
    const curve = (x: number) => Math.sin(5 * x);
    const forest = growForest(
      line,
      line.map(([x]) => curve(x as number)),
      [true],
      random(),
    );
    for (let x = 0.03; x < 1; x += 0.1) {
      expect(Math.abs(forest.predict([x]).mean - curve(x))).toBeLessThan(0.15);
    }
  });

  it('splits names off one by one', () => {
    const rows = Array.from({ length: 30 }, (_, i) => [i % 3]);
    const values = rows.map(([kind]) => (kind === 1 ? 5 : 0));
    const forest = growForest(rows, values, [false], random());
    expect([0, 1, 2].map((kind) => Math.round(1e9 * forest.predict([kind]).mean))).toEqual([
      0, 5e9, 0,
    ]);
  });

  it('ignores a feature that says nothing', () => {
    const noise = new RandomStream(2);
    const rows = line.map(([x]) => [noise.uniform(), x as number]);
    const forest = growForest(
      rows,
      line.map(([x]) => ((x as number) < 0.5 ? 1 : 9)),
      [true, true],
      random(),
    );
    for (const first of [0, 0.3, 0.9]) {
      expect(forest.predict([first, 0.1]).mean).toBeLessThan(2);
      expect(forest.predict([first, 0.9]).mean).toBeGreaterThan(8);
    }
  });

  it('is less certain where values differ, and nowhere fully certain', () => {
    const values = line.map(([x], i) => ((x as number) < 0.5 ? 0 : i % 2));
    const forest = growForest(line, values, [true], random());
    const [calm, wild] = [forest.predict([0.2]).variance, forest.predict([0.75]).variance];
    expect(calm).toBeGreaterThan(0);
    expect(wild).toBeGreaterThan(10 * calm);
  });

  it('predicts the mean of all where there is nothing to split', () => {
    const forest = growForest([[1], [1], [1]], [2, 4, 9], [true], random());
    expect(forest.predict([1])).toEqual({
      mean: expect.closeTo(5, 9),
      variance: expect.closeTo(26 / 3, 9),
    });
  });

  it('depends on its stream alone', () => {
    const predict = () =>
      growForest(
        line,
        line.map(([x]) => x as number),
        [true],
        random(),
      ).predict([0.37]);
    expect(predict()).toEqual(predict());
  });
});
