/**
 * A line over the prompt length, fitted to the requests of this instance that have finished.
 * Source: textbook least squares; the simplest predictor that a deployed engine can have.
 *
 *     prediction = max(1, α + β · prompt tokens)
 *
 * α and β are the least-squares line through the finished requests and `priorRequests`
 * pseudo-requests on the prior line, whose prompts have mean `priorPrompt` and as large a standard
 * deviation. So it starts on the prior line and forgets it as requests finish. No oracle: it sees
 * a length only once it is past. Where outputs hardly depend on prompts (as in GSM8K) it predicts
 * little more than the mean. Units: tokens.
 */
import type { LengthPredictor, PredictorFactory } from '../../policy/length-predictor.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';

const parameters = {
  intercept: {
    type: 'number',
    default: 256,
    unit: 'tokens',
    doc: 'output of an empty prompt on the prior line',
  },
  slope: {
    type: 'number',
    default: 0,
    doc: 'output tokens for each prompt token on the prior line',
  },
  priorPrompt: {
    type: 'number',
    default: 512,
    min: 1,
    unit: 'tokens',
    doc: 'mean and standard deviation of the prompts of the pseudo-requests',
  },
  priorRequests: {
    type: 'number',
    default: 8,
    min: 0.001,
    doc: 'finished requests that the prior line weighs as much as',
  },
} as const;

class PromptOnly implements LengthPredictor {
  readonly #inputTokens: Int32Array;
  /** Weighted sums over what was seen: 1, x, y, x², xy with x prompt and y output. */
  #n: number;
  #x: number;
  #y: number;
  #xx: number;
  #xy: number;

  constructor(
    inputTokens: Int32Array,
    { intercept, slope, mean, weight }: Record<'intercept' | 'slope' | 'mean' | 'weight', number>,
  ) {
    this.#inputTokens = inputTokens;
    const square = 2 * mean * mean;
    this.#n = weight;
    this.#x = weight * mean;
    this.#y = weight * (intercept + slope * mean);
    this.#xx = weight * square;
    this.#xy = weight * (intercept * mean + slope * square);
  }

  predict(task: Task): number {
    const spread = this.#xx - (this.#x * this.#x) / this.#n;
    const slope = (this.#xy - (this.#x * this.#y) / this.#n) / spread;
    const mean = this.#x / this.#n;
    const prompt = this.#inputTokens[task] as number;
    return Math.max(1, this.#y / this.#n + slope * (prompt - mean));
  }

  observe(task: Task, outputTokens: number): void {
    const prompt = this.#inputTokens[task] as number;
    this.#n += 1;
    this.#x += prompt;
    this.#y += outputTokens;
    this.#xx += prompt * prompt;
    this.#xy += prompt * outputTokens;
  }
}

export const promptOnly = definePolicy<PredictorFactory, typeof parameters>({
  kind: 'prompt-only',
  doc: 'a line over the prompt length, fitted to the finished requests of the instance',
  source: 'textbook least squares',
  parameters,
  create:
    ({ intercept, slope, priorPrompt, priorRequests }) =>
    ({ inputTokens }) =>
      new PromptOnly(inputTokens, { intercept, slope, mean: priorPrompt, weight: priorRequests }),
});
