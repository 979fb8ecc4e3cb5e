import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { bootstrapDraws, bootstrapEstimate, defaultBlock, drawBlocks } from './block-bootstrap.ts';
import type { Interval } from './interval.ts';
import { sessionUnits, type Units } from './session-units.ts';
import { weightedMean, weightedQuantile } from './weighted.ts';

function single(count: number): Units {
  return { of: Int32Array.from({ length: count }, (_, i) => i), count };
}

/** Share of repetitions whose interval holds the truth. */
function coverage(
  repetitions: number,
  truth: number,
  intervalOf: (stream: RandomStream) => Interval | null,
): number {
  let held = 0;
  for (let i = 0; i < repetitions; i++) {
    const { low, high } = intervalOf(new RandomStream(i, 'coverage')) as Interval;
    if (low <= truth && truth <= high) held++;
  }
  return held / repetitions;
}

/** Sessions of 1 to 7 requests with a level of their own. */
function sessionSample(stream: RandomStream, sessions: number) {
  const session: number[] = [];
  const values: number[] = [];
  for (let id = 0; id < sessions; id++) {
    const level = stream.normal();
    for (let k = 1 + stream.integer(7); k > 0; k--) {
      session.push(id);
      values.push(level + 0.5 * stream.normal());
    }
  }
  return { session, values, arrivalMs: values.map((_, i) => i) };
}

describe('drawBlocks', () => {
  it('draws as many units as there are, in contiguous blocks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 8 }),
        fc.nat(),
        (n, more, seed) => {
          const weights = new Int32Array(n);
          const block = 1 + more;
          drawBlocks(weights, block, new RandomStream(seed));
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(n);
          // Where weights change, a block begins or ends: at most two changes a block.
          const changes = weights.filter((weight, i) => weight !== weights.at(i - 1)).length;
          expect(changes).toBeLessThanOrEqual(2 * Math.ceil(n / block));
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('draws every unit equally often', () => {
    const stream = new RandomStream(5);
    const total = new Float64Array(10);
    const weights = new Int32Array(10);
    for (let i = 0; i < 5000; i++) {
      drawBlocks(weights, 3, stream);
      for (const [unit, weight] of weights.entries()) total[unit]! += weight;
    }
    for (const sum of total) expect(sum / 5000).toBeCloseTo(1, 1);
  });
});

describe('defaultBlock', () => {
  it.each([
    [0, 1],
    [1, 1],
    [8, 2],
    [9, 3],
    [1000, 10],
    [1001, 11],
  ])('of %d units is %d', (units, block) => {
    expect(defaultBlock(units)).toBe(block);
  });
});

describe('the bootstrap', () => {
  it('gives all requests of a session the same weight', () => {
    const { session, arrivalMs } = sessionSample(new RandomStream(1), 30);
    const spread = (weights: ArrayLike<number>) => {
      const byUnit = new Map<number, number>();
      for (const [row, id] of session.entries()) {
        const weight = weights[row] as number;
        if (byUnit.has(id) && byUnit.get(id) !== weight) return 1;
        byUnit.set(id, weight);
      }
      return 0;
    };
    const [draws] = bootstrapDraws(sessionUnits({ session, arrivalMs }), [spread]);
    expect(Math.max(...(draws as Float64Array))).toBe(0);
  });

  it('gives the same interval for the same seed, another for another', () => {
    const values = Array.from({ length: 50 }, (_, i) => (i * 37) % 50);
    const interval = (seed: number) =>
      bootstrapEstimate(single(50), weightedMean(values), { seed }).interval;
    expect(interval(3)).toEqual(interval(3));
    expect(interval(4)).not.toEqual(interval(3));
  });

  it('holds the mean of the sample, and names what it is made from', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 60 }),
        (values) => {
          const symmetric = [...values, ...values.map((value) => -value)];
          const units = single(symmetric.length);
          const { value, interval } = bootstrapEstimate(units, weightedMean(symmetric));
          expect(value).toBeCloseTo(0, 9);
          expect(interval?.low).toBeLessThanOrEqual(1e-9);
          expect(interval?.high).toBeGreaterThanOrEqual(-1e-9);
          expect(interval).toMatchObject({ source: 'workload', level: 0.9, draws: 1000 });
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  });

  it('has no interval where no row has a value', () => {
    const { value, interval } = bootstrapEstimate(
      single(2),
      weightedMean([Number.NaN, Number.NaN]),
    );
    expect(value).toBeNaN();
    expect(interval).toBeNull();
  });

  it('covers the mean of independent sessions near its level', () => {
    const options = { draws: 300 };
    const share = coverage(300, 0, (stream) => {
      const sample = sessionSample(stream, 150);
      return bootstrapEstimate(sessionUnits(sample), weightedMean(sample.values), options).interval;
    });
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThan(0.95);
  });

  it('covers it too rarely if sessions are split', () => {
    const options = { draws: 300, block: 1 };
    const share = coverage(300, 0, (stream) => {
      const { values } = sessionSample(stream, 150);
      return bootstrapEstimate(single(values.length), weightedMean(values), options).interval;
    });
    expect(share).toBeLessThan(0.75);
  });

  it('covers the mean of an autoregressive series better in blocks than one by one', () => {
    const series = (stream: RandomStream) => {
      let at = stream.normal() / Math.sqrt(1 - 0.25);
      return Array.from({ length: 400 }, () => {
        at = 0.5 * at + stream.normal();
        return at;
      });
    };
    const with_ = (block: number) =>
      coverage(300, 0, (stream) => {
        const values = series(stream);
        const options = { draws: 300, block };
        return bootstrapEstimate(single(400), weightedMean(values), options).interval;
      });
    expect(with_(15)).toBeGreaterThan(0.83);
    expect(with_(15)).toBeLessThan(0.95);
    expect(with_(1)).toBeLessThan(0.75);
  });

  it('covers a tail quantile near its level', () => {
    const truth = -Math.log(1 - 0.9);
    const share = coverage(300, truth, (stream) => {
      const values = Array.from({ length: 300 }, () => stream.exponential(1));
      const options = { draws: 300, block: 1 };
      return bootstrapEstimate(single(300), weightedQuantile(values, 0.9), options).interval;
    });
    expect(share).toBeGreaterThan(0.84);
    expect(share).toBeLessThan(0.96);
  });
});
