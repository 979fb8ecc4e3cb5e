import type { Task } from './scheduler.ts';

/** Predicts how many tokens a request will produce. One object per instance. */
export interface LengthPredictor {
  /** Output tokens in all, at least 1. Changes only after `observe`. */
  predict(task: Task): number;
  /** A request of this instance has finished with that many output tokens. */
  observe?(task: Task, outputTokens: number): void;
}

/** What predictors are made from. Reading `outputTokens` in `predict` makes one an oracle. */
export interface PredictorInput {
  readonly count: number;
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  /** Seed of the scenario's policies. */
  readonly seed: number;
}

export type PredictorFactory = (input: PredictorInput) => LengthPredictor;
