import type { StepClock } from '../../cost/work.ts';
import type { Estimator } from '../../policy/estimator.ts';

/** What an estimator is made for: the largest work that it will be asked about. */
export interface EstimatorTarget {
  /** Tokens of the longest request. */
  readonly maxTokens: number;
  /** KV tokens that the instance's memory holds. */
  readonly capacityTokens: number;
}

/** Makes the estimator of one group of instances from its clock and the depth of its model. */
export type EstimatorFactory = (
  clock: StepClock,
  layers: number,
  target: EstimatorTarget,
) => Estimator;
