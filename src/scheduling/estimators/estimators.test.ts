import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../cost/clock.ts';
import { mooncakeNodeClock } from '../../cost/mooncake-node.ts';
import { addPrefill, newStepWork, type StepClock } from '../../cost/work.ts';
import { modelNamed } from '../../model/models.ts';
import type { Estimator } from '../../policy/estimator.ts';
import { type EstimatorTarget, estimators } from './estimators.ts';
import { fitRegression, regressionErrors } from './regression.ts';

fc.configureGlobal({ seed: 52, numRuns: 200 });

const target: EstimatorTarget = { maxTokens: 131_072, capacityTokens: 1_000_000 };

const affine = () =>
  createClock({
    kind: 'affine',
    roundMs: 12,
    perSequenceMs: 0.25,
    perContextTokenMs: 2e-5,
    prefillBatchMs: 5,
    prefillTokenMs: 0.0625,
  });

function analytic(model: string, tp: number): { clock: StepClock; layers: number } {
  const clock = createClock({ kind: 'analytic', model, gpu: 'a100-80gb', tp });
  return { clock, layers: modelNamed(model).layers };
}

function estimator(kind: string, clock: StepClock, parameters: object = {}, seed = 1): Estimator {
  return estimators.create({ kind, ...parameters }, { seed })(clock, 80, target);
}

const prompt = fc
  .tuple(fc.integer({ min: 1, max: 131_072 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([tokens, share]) => [tokens, Math.floor(share * tokens)] as const);

const round = fc
  .tuple(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 4000 }))
  .map(([sequences, context]) => [sequences, sequences * context] as const);

describe('estimators', () => {
  it('foresee by the truth only where they say so', () => {
    const oracles = estimators.all().map(({ kind }) => [kind, estimators.oraclesOf({ kind })]);
    expect(oracles).toEqual([
      ['regression', []],
      ['exact', ['future']],
      ['noisy', ['future']],
    ]);
  });

  it('say what they do and where they are from', () => {
    for (const { doc, source } of estimators.all()) {
      expect(doc).not.toBe('');
      expect(source).not.toBe('');
    }
  });

  it('are never below 0, give a round of nobody no time, and compute at least one token', () => {
    const { clock } = analytic('llama-3.1-70b', 8);
    for (const { kind } of estimators.all()) {
      const one = estimator(kind, clock);
      expect(one.roundMs(0, 0)).toBe(0);
      expect(one.prefillMs(1000, 1000)).toBeGreaterThan(0);
      fc.assert(
        fc.property(prompt, round, ([tokens, cached], [sequences, context]) => {
          expect(one.prefillMs(tokens, cached)).toBeGreaterThanOrEqual(0);
          expect(one.roundMs(sequences, context)).toBeGreaterThanOrEqual(0);
        }),
      );
    }
  });
});

describe('exact', () => {
  it('is the time of the prompt alone in a step, and of the round', () => {
    const { clock } = analytic('llama-3.1-70b', 8);
    const one = estimator('exact', clock);
    fc.assert(
      fc.property(prompt, round, ([tokens, cached], [sequences, context]) => {
        const work = newStepWork(1, 80);
        addPrefill(work.segments[0]!, Math.max(1, tokens - cached), tokens);
        work.logitRows = 1;
        work.sequences = 1;
        expect(one.prefillMs(tokens, cached)).toBe(clock.stepMs(work));
        const line = { aMs: 0, bMs: 0, validTo: 0 };
        clock.decode(sequences, context, line);
        expect(one.roundMs(sequences, context)).toBe(line.aMs + line.bMs * context);
      }),
    );
  });
});

describe('regression', () => {
  it('finds the coefficients of a clock that has its form', () => {
    const { prefill, round: line } = fitRegression(affine(), 80, target);
    [5, 0.0625, 0].forEach((value, i) => {
      expect(prefill[i]).toBeCloseTo(value, 8);
    });
    [12, 0.25, 2e-5].forEach((value, i) => {
      expect(line[i]).toBeCloseTo(value, 9);
    });
    const errors = regressionErrors(affine(), 80, target);
    expect(errors.prefill.max).toBeLessThan(1e-9);
    expect(errors.round.max).toBeLessThan(1e-9);
  });

  it('counts a cached prefix as keys, not as rows: t(n, p) = t(n) - t(p) + c0', () => {
    const { clock, layers } = analytic('llama-3.1-70b', 8);
    const one = estimators.create({ kind: 'regression' }, { seed: 1 })(clock, layers, target);
    const [c0] = fitRegression(clock, layers, target).prefill;
    const split = one.prefillMs(3000, 0) + one.prefillMs(9000, 3000);
    expect(split - c0).toBeCloseTo(one.prefillMs(9000, 0), 6);
  });

  // Bounds on errors that were found; a dense model has nearly the form.
  it.each([
    ['llama-3.1-70b', 8, { prefill: [0.02, 0.05], round: [0.02, 0.04] }],
    ['llama-3.1-8b', 1, { prefill: [0.02, 0.03], round: [0.02, 0.05] }],
  ] as const)('meets the clock of %s between the points of its grid', (model, tp, bounds) => {
    const { clock, layers } = analytic(model, tp);
    const errors = regressionErrors(clock, layers, target);
    for (const form of ['prefill', 'round'] as const) {
      const [mean, max] = bounds[form];
      expect(errors[form].mean).toBeLessThan(mean);
      expect(errors[form].max).toBeLessThan(max);
      expect(errors[form].max).toBeGreaterThan(errors[form].mean);
    }
  });

  it('meets the measured node at prompts of 2k tokens and more', () => {
    const node = { model: 'llama-3.1-70b', gpu: 'a800-80gb', tp: 8 };
    const clock = mooncakeNodeClock(node, false);
    const errors = regressionErrors(clock, 80, target);
    expect(errors.round.max).toBeLessThan(1e-9);
    expect(errors.prefill.mean).toBeLessThan(0.03);
    const one = estimator('regression', clock);
    const truth = estimator('exact', clock);
    for (const tokens of [2048, 8192, 32_768, 131_072]) {
      const miss = one.prefillMs(tokens, 0) / truth.prefillMs(tokens, 0) - 1;
      expect(Math.abs(miss)).toBeLessThan(0.04);
    }
  });

  it('is far off in rounds of experts: how many a batch hits is no line in the batch', () => {
    const { clock, layers } = analytic('mixtral-8x7b', 2);
    const { mean, max } = regressionErrors(clock, layers, target).round;
    expect(mean).toBeGreaterThan(0.1);
    expect(max).toBeLessThan(0.5);
  });

  it('is fitted once for a clock and a target', () => {
    const clock = affine();
    const fit = fitRegression(clock, 80, target);
    expect(fitRegression(clock, 80, { ...target })).toBe(fit);
    expect(fitRegression(clock, 80, { ...target, maxTokens: 8192 })).not.toBe(fit);
    const { clock: other } = analytic('llama-3.1-8b', 1);
    expect(fitRegression(other, 80, target)).not.toEqual(fit);
  });

  it('fits small targets too: short prompts, a memory for next to nothing', () => {
    for (const maxTokens of [1, 100, 2000]) {
      for (const capacityTokens of [1, 500, 1e6]) {
        const small = { maxTokens, capacityTokens };
        const { prefill, round: line } = fitRegression(affine(), 80, small);
        expect(prefill[1]).toBeCloseTo(0.0625, 6);
        expect(line[0] + line[1] + 64 * line[2]).toBeCloseTo(12.25 + 64 * 2e-5, 6);
      }
    }
  });
});

describe('noisy', () => {
  const clock = affine();
  const truth = estimator('exact', clock);

  it('is the truth times its bias without sigma', () => {
    const one = estimator('noisy', clock, { bias: 0.5, sigma: 0 });
    fc.assert(
      fc.property(prompt, round, ([tokens, cached], [sequences, context]) => {
        expect(one.prefillMs(tokens, cached)).toBe(0.5 * truth.prefillMs(tokens, cached));
        expect(one.roundMs(sequences, context)).toBe(0.5 * truth.roundMs(sequences, context));
      }),
    );
  });

  it('answers the same question the same, in whatever order; other seeds differ', () => {
    const one = estimator('noisy', clock);
    const again = estimator('noisy', clock);
    const asked = [1, 2, 3, 4].map((n) => [one.prefillMs(1000 * n, n), one.roundMs(n, 1000 * n)]);
    const reversed = [4, 3, 2, 1].map((n) => [
      again.prefillMs(1000 * n, n),
      again.roundMs(n, 1000 * n),
    ]);
    expect(reversed.reverse()).toEqual(asked);
    for (const seed of [2, 1 + 2 ** 32]) {
      const other = estimator('noisy', clock, {}, seed);
      expect(other.prefillMs(1000, 1)).not.toBe(one.prefillMs(1000, 1));
    }
  });

  it('errs by independent log-normal factors of mean `bias`', () => {
    const sigma = 0.4;
    const one = estimator('noisy', clock, { bias: 1.5, sigma });
    const count = 20_000;
    const logs = Float64Array.from({ length: count }, (_, i) =>
      i % 2 === 0
        ? Math.log(one.prefillMs(1000 + i, 500) / truth.prefillMs(1000 + i, 500))
        : Math.log(one.roundMs(1 + (i % 64), 1000 + i) / truth.roundMs(1 + (i % 64), 1000 + i)),
    );
    const mean = logs.reduce((sum, x) => sum + x, 0) / count;
    const spread = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
    const factor = logs.reduce((sum, x) => sum + Math.exp(x), 0) / count;
    expect(spread).toBeCloseTo(sigma, 2);
    expect(factor).toBeCloseTo(1.5, 1);
    const lagged = logs.slice(1).reduce((sum, x, i) => sum + (x - mean) * (logs[i]! - mean), 0);
    expect(Math.abs(lagged / count / sigma ** 2)).toBeLessThan(0.03);
    const within = logs.filter((x) => Math.abs(x - mean) < sigma).length / count;
    expect(within).toBeCloseTo(0.683, 1);
  });
});
