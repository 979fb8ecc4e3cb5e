/**
 * Early rejection based on prediction (Mooncake, arXiv 2407.00079v3, section 7): as `early`, but
 * with the decode load predicted for the moment at which the request would finish its prefill, and
 * every request taken to decode for one uniform duration t_d. The rule and where it deviates:
 * `landing-prediction.ts`.
 *
 * The paper does not give t_d: by default (`decodeMs` 0) it is the mean over the decodes that have
 * ended so far and one more of `initialTokens` tokens at `initialRoundMs`, both assumptions (343
 * tokens: the mean output of the public conversation trace).
 */
import type { Admission } from '../../policy/admission.ts';
import { definePolicy } from '../../policy/registry.ts';
import { LandingPrediction } from './landing-prediction.ts';
import { predictionLimits } from './limits.ts';
import type { DecodeTime } from './open-requests.ts';

const parameters = {
  ...predictionLimits,
  decodeMs: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'how long every request is taken to decode; 0: the running mean of those that ended',
  },
  initialTokens: {
    type: 'number',
    default: 343,
    min: 0,
    unit: 'tokens',
    doc: 'output tokens that the running mean starts from',
  },
  initialRoundMs: {
    type: 'number',
    default: 50,
    min: 0,
    unit: 'ms',
    doc: 'decode round that the running mean starts from',
  },
} as const;

class EarlyPredicted extends LandingPrediction {
  readonly #decodeMs: number;
  #durationsMs: number;
  #durations = 1;

  constructor(
    limits: ConstructorParameters<typeof LandingPrediction>[0],
    decodeMs: number,
    initialMs: number,
  ) {
    super(limits);
    this.#decodeMs = decodeMs;
    this.#durationsMs = initialMs;
  }

  protected decodeTimes(): DecodeTime {
    const decodeMs = this.#decodeMs > 0 ? this.#decodeMs : this.#durationsMs / this.#durations;
    return () => decodeMs;
  }

  protected override decoded(decodedMs: number): void {
    this.#durationsMs += decodedMs;
    this.#durations++;
  }
}

export const earlyPredicted = definePolicy<Admission, typeof parameters>({
  kind: 'early-predicted',
  doc: 'as early, with the decode load predicted for the end of the prefill',
  source: 'Mooncake (arXiv 2407.00079v3, section 7), early rejection based on prediction',
  parameters,
  create: ({ decodeMs, initialTokens, initialRoundMs, ...limits }) =>
    new EarlyPredicted(limits, decodeMs, initialTokens * initialRoundMs),
});
