import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LengthPredictor } from '../../policy/length-predictor.ts';
import { readTrace } from '../../trace/read.ts';
import { lengthPredictors } from '../length-predictors.ts';

const { inputTokens, outputTokens } = (await readTrace('gsm8k')).trace;

interface Lengths {
  readonly inputs?: ArrayLike<number>;
  readonly outputs?: ArrayLike<number>;
  readonly seed?: number;
}

function predictor(kind: string, parameters = {}, lengths: Lengths = {}): LengthPredictor {
  const { inputs = inputTokens, outputs = outputTokens, seed = 1 } = lengths;
  const make = lengthPredictors.create({ kind, ...parameters }, { seed });
  return make({
    count: outputs.length,
    inputTokens: Int32Array.from(inputs),
    outputTokens: Int32Array.from(outputs),
    seed,
  });
}

function predictions(kind: string, parameters = {}, lengths: Lengths = {}): number[] {
  const one = predictor(kind, parameters, lengths);
  return Array.from(lengths.outputs ?? outputTokens, (_, task) => one.predict(task));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const kinds = lengthPredictors.all().map(({ kind }) => kind);

describe.each(kinds)('%s', (kind) => {
  it('predicts at least one token, or nothing', () => {
    const lengths = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 5000 })));
    fc.assert(
      fc.property(lengths, fc.nat(), (pairs, seed) => {
        const inputs = pairs.map(([input]) => input);
        const outputs = pairs.map(([, output]) => output);
        const one = predictor(kind, {}, { inputs, outputs, seed });
        for (let task = 0; task < pairs.length; task++) {
          expect(kind === 'none' ? Number.isNaN(one.predict(task)) : one.predict(task) >= 1).toBe(
            true,
          );
          one.observe?.(task, outputs[task]!);
        }
      }),
    );
  });

  it('declares the oracle exactly if it predicts by the true length', () => {
    const doubled = outputTokens.map((output) => 2 * output);
    const reads = !Object.is(predictions(kind)[0], predictions(kind, {}, { outputs: doubled })[0]);
    expect(lengthPredictors.oraclesOf({ kind })).toEqual(reads ? ['length'] : []);
  });

  it('predicts the same in any order of calls, and by the seed', () => {
    const forwards = predictions(kind, {}, { seed: 3 });
    const one = predictor(kind, {}, { seed: 3 });
    const backwards = [...outputTokens.keys()].reverse().map((task) => one.predict(task));
    expect(backwards.reverse()).toEqual(forwards);
    const drawn = kind === 'log-normal' || kind === 'bucketed';
    const other = predictions(kind, {}, { seed: 4 });
    expect(other.every((value, task) => Object.is(value, forwards[task]))).toBe(!drawn);
  });
});

it('the oracle knows', () => {
  expect(predictions('oracle')).toEqual([...outputTokens]);
});

describe('log-normal error', () => {
  it('has the sigma asked for, and lengths right on average', () => {
    const ratios = predictions('log-normal', { sigma: 0.35 }).map((p, i) => p / outputTokens[i]!);
    const logs = ratios.map(Math.log);
    const centre = mean(logs);
    const sd = Math.sqrt(mean(logs.map((log) => (log - centre) ** 2)));
    // 1,319 draws: the sample's sd errs by 0.007, its mean by 0.01.
    expect(Math.abs(sd - 0.35)).toBeLessThan(0.025);
    expect(Math.abs(centre + 0.35 ** 2 / 2)).toBeLessThan(0.04);
    expect(Math.abs(mean(ratios) - 1)).toBeLessThan(0.04);
  });

  it('is none at sigma 0', () => {
    expect(predictions('log-normal', { sigma: 0 })).toEqual([...outputTokens]);
  });
});

describe('buckets', () => {
  const outputs = Array.from({ length: 1000 }, (_, i) => i + 1);
  const inputs = outputs;
  const width = { edges: 'width', buckets: 4, maxTokens: 1000 };

  it('of equal width name their middle', () => {
    const found = predictions('bucketed', { ...width, accuracy: 1 }, { inputs, outputs });
    expect(found.slice(248, 252)).toEqual([125, 125, 375, 375]);
    expect(new Set(found)).toEqual(new Set([125, 375, 625, 875]));
  });

  it('put longer outputs into the last', () => {
    const few = { inputs: [1, 1], outputs: [999, 5000] };
    expect(predictions('bucketed', { ...width, accuracy: 1 }, few)).toEqual([875, 875]);
  });

  it('by quantile hold equal shares', () => {
    const found = predictions('bucketed', { buckets: 10, accuracy: 1 }, { inputs, outputs });
    const counts = new Map<number, number>();
    for (const value of found) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect([...counts.values()].every((count) => count === 100)).toBe(true);
    expect(counts.size).toBe(10);
  });

  it('are confused with their neighbours alone, as often as the accuracy says', () => {
    const found = predictions('bucketed', { ...width, accuracy: 0.6 }, { inputs, outputs });
    const off = found.map((value, i) => (value - 125) / 250 - Math.min(3, Math.floor(i / 250)));
    const share = (by: number) => off.filter((one) => one === by).length / off.length;
    expect(share(0) + share(-1) + share(1)).toBe(1);
    // Half of the wrong ones go each way, but those of the end buckets have one way only.
    expect(Math.abs(share(0) - 0.6)).toBeLessThan(0.05);
    expect(Math.abs(share(1) - 0.2)).toBeLessThan(0.05);
  });
});

describe('a line over the prompt', () => {
  const inputs = [100, 200, 400, 1000, 30];

  it('starts on the prior line', () => {
    const one = predictions(
      'prompt-only',
      { intercept: 50, slope: 0.5 },
      { inputs, outputs: inputs },
    );
    expect(one).toEqual([100, 150, 250, 550, 65].map((value) => expect.closeTo(value, 9)));
  });

  it('comes to the line of what has finished', () => {
    const one = predictor('prompt-only', { priorRequests: 0.001 }, { inputs, outputs: inputs });
    for (let repeat = 0; repeat < 100; repeat++) {
      for (const task of [0, 1, 2]) one.observe?.(task, 20 + 2 * inputs[task]!);
    }
    expect(one.predict(3)).toBeCloseTo(2020, -1);
    expect(one.predict(4)).toBeCloseTo(80, 0);
  });
});

describe('history', () => {
  const inputs = [100, 120, 1000, 1020, 3000];
  const lengths = { inputs, outputs: inputs };

  it('starts at the prior and shrinks towards what has finished', () => {
    const one = predictor('history', { prior: 300, weight: 2, byPrompt: false }, lengths);
    expect(one.predict(0)).toBe(300);
    one.observe?.(0, 90);
    one.observe?.(2, 110);
    expect(one.predict(4)).toBe((600 + 200) / 4);
  });

  it('learns each doubling of the prompt length for itself', () => {
    const one = predictor('history', { prior: 300, weight: 0.001 }, lengths);
    one.observe?.(0, 50);
    one.observe?.(2, 800);
    expect(one.predict(1)).toBeCloseTo(50, 0);
    expect(one.predict(3)).toBeCloseTo(800, 0);
    expect(one.predict(4)).toBeCloseTo(425, 0);
  });
});
