/**
 * Noisy: the exact time, times bias and a log-normal error of mean 1. The draw is a hash of the
 * question and the seed: the same question always gets the same answer, and questions that differ
 * by a token get independent ones. For asking how good an estimate must be; since it knows the
 * truth, runs that use it say so.
 */
import type { Estimator } from '../../policy/estimator.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { EstimatorFactory } from './estimator-factory.ts';
import { ExactEstimator } from './exact.ts';

const parameters = {
  bias: {
    type: 'number',
    default: 1,
    min: 0,
    doc: 'factor on every estimate: below 1 is optimistic',
  },
  sigma: {
    type: 'number',
    default: 0.2,
    min: 0,
    max: 3,
    doc: 'standard deviation of the logarithm of the error',
  },
} as const;

/** Question kinds, so that the two have independent draws. */
const prefill = 1;
const round = 2;

class NoisyEstimator implements Estimator {
  readonly #exact: ExactEstimator;
  readonly #bias: number;
  readonly #sigma: number;
  readonly #seed: number;

  constructor(exact: ExactEstimator, bias: number, sigma: number, seed: number) {
    this.#exact = exact;
    this.#bias = bias;
    this.#sigma = sigma;
    this.#seed = stir(stir(0, seed), Math.floor(seed / 2 ** 32));
  }

  prefillMs(tokens: number, cachedTokens: number): number {
    const factor = this.#factor(prefill, tokens, cachedTokens);
    return factor * this.#exact.prefillMs(tokens, cachedTokens);
  }

  roundMs(sequences: number, contextTokens: number): number {
    const factor = this.#factor(round, sequences, contextTokens);
    return factor * this.#exact.roundMs(sequences, contextTokens);
  }

  #factor(question: number, a: number, b: number): number {
    const first = stir(stir(stir(this.#seed, question), a), b);
    const second = stir(first, 0x9e3779b9);
    // Box-Muller; halves keep the logarithm's argument above 0.
    const radius = Math.sqrt(-2 * Math.log(((first >>> 0) + 0.5) / 2 ** 32));
    const normal = radius * Math.cos((2 * Math.PI * ((second >>> 0) + 0.5)) / 2 ** 32);
    return this.#bias * Math.exp(this.#sigma * normal - this.#sigma ** 2 / 2);
  }
}

/** Mixes 32 bits of a number into a hash (the finaliser of MurmurHash3). */
function stir(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x85ebca6b) + 0x9e3779b9;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export const noisy = definePolicy<EstimatorFactory, typeof parameters>({
  kind: 'noisy',
  doc: 'the clock itself, times a bias and a log-normal error that is fixed per question',
  source: 'sensitivity of policies to estimates',
  parameters,
  oracle: () => ['future'],
  create:
    ({ bias, sigma }, { seed }) =>
    (clock, layers) =>
      new NoisyEstimator(new ExactEstimator(clock, layers), bias, sigma, seed),
});
