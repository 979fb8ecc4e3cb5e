import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { latinHypercube } from './latin-hypercube.ts';

describe('latinHypercube', () => {
  it('puts one point into each slice of each dimension', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (n, d, seed) => {
          const points = latinHypercube(n, d, new RandomStream(seed));
          for (let column = 0; column < d; column++) {
            const slices = points.map((point) => Math.floor((point[column] as number) * n));
            expect(slices.sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
          }
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });
});
