/**
 * The mean output of finished requests of this instance whose prompts were about as long.
 * Source: common practice; shrinkage of group means as in textbook empirical Bayes.
 *
 *     overall  m  = (w · prior + Σ all outputs) / (w + all finished)
 *     bucket   m_b = (w · m + Σ outputs of the bucket) / (w + finished of the bucket)
 *     prediction = max(1, m_b)
 *
 * Bucket b holds prompts of 2^b to 2^(b+1) − 1 tokens (bucket 0 also empty ones); `byPrompt` off
 * predicts m for all. With w small a bucket trusts its own few requests. No oracle: it learns a
 * length when the request has finished, short ones first, so early predictions are too short on a
 * backlog. Units: tokens.
 */
import type { LengthPredictor, PredictorFactory } from '../../policy/length-predictor.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';

const parameters = {
  prior: {
    type: 'number',
    default: 256,
    min: 1,
    unit: 'tokens',
    doc: 'prediction before any request has finished',
  },
  weight: {
    type: 'number',
    default: 8,
    min: 0.001,
    unit: 'requests',
    doc: 'finished requests that the prior weighs as much as, and the overall mean in a bucket',
  },
  byPrompt: {
    type: 'boolean',
    default: true,
    doc: 'learn separately for each doubling of the prompt length',
  },
} as const;

class History implements LengthPredictor {
  readonly #inputTokens: Int32Array;
  readonly #weight: number;
  readonly #byPrompt: boolean;
  readonly #finished = new Float64Array(32);
  readonly #sums = new Float64Array(32);
  /** Over all buckets, the prior included. */
  #n: number;
  #sum: number;

  constructor(inputTokens: Int32Array, prior: number, weight: number, byPrompt: boolean) {
    this.#inputTokens = inputTokens;
    this.#weight = weight;
    this.#byPrompt = byPrompt;
    this.#n = weight;
    this.#sum = weight * prior;
  }

  predict(task: Task): number {
    const overall = this.#sum / this.#n;
    if (!this.#byPrompt) return Math.max(1, overall);
    const bucket = this.#bucket(task);
    const sum = this.#weight * overall + (this.#sums[bucket] as number);
    return Math.max(1, sum / (this.#weight + (this.#finished[bucket] as number)));
  }

  observe(task: Task, outputTokens: number): void {
    const bucket = this.#bucket(task);
    this.#finished[bucket]! += 1;
    this.#sums[bucket]! += outputTokens;
    this.#n += 1;
    this.#sum += outputTokens;
  }

  #bucket(task: Task): number {
    return 31 - Math.clz32(Math.max(1, this.#inputTokens[task] as number));
  }
}

export const history = definePolicy<PredictorFactory, typeof parameters>({
  kind: 'history',
  doc: 'mean output of finished requests of the instance with prompts about as long',
  source: 'common practice (running means with shrinkage)',
  parameters,
  create:
    ({ prior, weight, byPrompt }) =>
    ({ inputTokens }) =>
      new History(inputTokens, prior, weight, byPrompt),
});
