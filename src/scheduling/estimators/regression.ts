/**
 * Regression: what deployed systems predict with. Fitted offline, before the replay, on times of
 * the instance's clock over a logarithmic grid; the sum of squared relative errors is least, and no
 * coefficient is below 0. In ms, n tokens of a prompt of which p are cached, b sequences with K
 * context tokens in all:
 *
 * - prefill: c0 + c1 (n - p) + c2 (n^2 - p^2). Mooncake's Algorithm 1 predicts by a regression on
 *   request length and prefix length fitted offline, a polynomial in the FAST'25 paper; which one,
 *   and its coefficients, are not published. This is the one that computing n - p rows over n keys
 *   has.
 * - decode round: w + a b + k K, not in the paper.
 *
 * A prompt is one step of its own, as with `exact`; the waiting is the policy's to add. The fit is
 * not the truth: `regressionErrors` says how far off it is between its grid points.
 */
import type { StepClock } from '../../cost/work.ts';
import type { Estimator } from '../../policy/estimator.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { EstimatorFactory, EstimatorTarget } from './estimator-factory.ts';
import { ExactEstimator } from './exact.ts';
import { prefillGrid, type Question, roundGrid } from './grids.ts';
import { fitRelative } from './least-squares.ts';

/** Coefficients in ms, in the order of the forms above. */
export interface RegressionFit {
  readonly prefill: readonly [number, number, number];
  readonly round: readonly [number, number, number];
}

/** Relative errors of one form against the clock. */
export interface FitError {
  readonly mean: number;
  readonly max: number;
}

class RegressionEstimator implements Estimator {
  readonly #prefill: RegressionFit['prefill'];
  readonly #round: RegressionFit['round'];

  constructor({ prefill, round }: RegressionFit) {
    this.#prefill = prefill;
    this.#round = round;
  }

  prefillMs(tokens: number, cachedTokens: number): number {
    const [c0, c1, c2] = this.#prefill;
    const cached = Math.min(cachedTokens, tokens - 1);
    return c0 + c1 * (tokens - cached) + c2 * (tokens * tokens - cached * cached);
  }

  roundMs(sequences: number, contextTokens: number): number {
    if (sequences === 0) return 0;
    const [w, a, k] = this.#round;
    return w + a * sequences + k * contextTokens;
  }
}

/** Fits by clock: a sweep replays many times with one clock. */
const fits = new WeakMap<StepClock, Map<string, RegressionFit>>();

/** The fit for a clock, made once. */
export function fitRegression(
  clock: StepClock,
  layers: number,
  target: EstimatorTarget,
): RegressionFit {
  const known = fits.get(clock) ?? new Map<string, RegressionFit>();
  fits.set(clock, known);
  const key = `${layers} ${target.maxTokens} ${target.capacityTokens}`;
  const fit = known.get(key) ?? newFit(new ExactEstimator(clock, layers), target);
  known.set(key, fit);
  return fit;
}

/** Errors of the fit on points between those that it was fitted on. */
export function regressionErrors(
  clock: StepClock,
  layers: number,
  target: EstimatorTarget,
): { readonly prefill: FitError; readonly round: FitError } {
  const truth = new ExactEstimator(clock, layers);
  const fitted = new RegressionEstimator(fitRegression(clock, layers, target));
  const errors = (grid: readonly Question[], ask: 'prefillMs' | 'roundMs'): FitError => {
    const relative = grid.map(([a, b]) => Math.abs(fitted[ask](a, b) / truth[ask](a, b) - 1));
    const sum = relative.reduce((total, one) => total + one, 0);
    return { mean: sum / relative.length, max: Math.max(...relative) };
  };
  return {
    prefill: errors(prefillGrid(target, 'held out'), 'prefillMs'),
    round: errors(roundGrid(target, 'held out'), 'roundMs'),
  };
}

function newFit(truth: ExactEstimator, target: EstimatorTarget): RegressionFit {
  const prompts = prefillGrid(target, 'fitted');
  const rounds = roundGrid(target, 'fitted');
  return {
    prefill: fitRelative(
      Float64Array.from(prompts.flatMap(([n, p]) => [1, n - p, n * n - p * p])),
      Float64Array.from(prompts, ([n, p]) => truth.prefillMs(n, p)),
    ),
    round: fitRelative(
      Float64Array.from(rounds.flatMap(([sequences, context]) => [1, sequences, context])),
      Float64Array.from(rounds, ([sequences, context]) => truth.roundMs(sequences, context)),
    ),
  };
}

export const regression = definePolicy<EstimatorFactory, Record<string, never>>({
  kind: 'regression',
  doc: 'a polynomial in prompt and prefix length, a line in batch and context, fitted offline',
  source: 'Mooncake, Algorithm 1 (form and coefficients are not published)',
  parameters: {},
  create: () => (clock, layers, target) =>
    new RegressionEstimator(fitRegression(clock, layers, target)),
});
