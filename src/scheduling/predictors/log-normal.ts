/**
 * The true output length with log-normal error.
 * Source: the usual model of multiplicative error; not taken from a paper's predictor.
 *
 *     prediction = max(1, o · exp(σ·g − σ²/2)),  g standard normal, one draw for each request
 *
 * The factor has mean 1, so lengths are right on average and in sum; its median is below 1. Not
 * rounded; the floor of one token is the contract's. The draws are of the seed and the request
 * alone: neither the order of calls nor the instance changes them. Error added to the truth, and
 * so an oracle: no deployed predictor knows how far off it is. Units: tokens.
 */
import type { PredictorFactory } from '../../policy/length-predictor.ts';
import { definePolicy } from '../../policy/registry.ts';
import { RandomStream } from '../../units/random.ts';

const parameters = {
  sigma: {
    type: 'number',
    default: 0.35,
    min: 0,
    max: 10,
    doc: 'standard deviation of the natural logarithm of prediction over truth',
  },
} as const;

export const logNormal = definePolicy<PredictorFactory, typeof parameters>({
  kind: 'log-normal',
  doc: 'the true output length with seeded log-normal error added to the truth',
  source: 'usual model of multiplicative prediction error',
  parameters,
  oracle: () => ['length'],
  create:
    ({ sigma }) =>
    ({ count, outputTokens, seed }) => {
      const stream = new RandomStream(seed, 'length-predictor.log-normal');
      const predicted = new Float64Array(count);
      for (let task = 0; task < count; task++) {
        const factor = Math.exp(sigma * stream.normal() - (sigma * sigma) / 2);
        predicted[task] = Math.max(1, (outputTokens[task] as number) * factor);
      }
      return { predict: (task) => predicted[task] as number };
    },
});
