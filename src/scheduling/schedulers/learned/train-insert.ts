/**
 * Trains the insertion rule by policy gradient (REINFORCE, Williams 1992) in the slot model.
 *
 * While training, a prefill is inserted with probability 1 / (1 + exp(−score)). What a decision
 * costs follows from the identity of the model: p0 for an insertion, a·(idle slots)/J for another
 * round. Each decision is credited with the discounted costs that follow it, less their mean in
 * the episode, over their standard deviation. An episode is one pass over the training requests;
 * the weights that are returned are the mean of the last half of the episodes.
 *
 * True output lengths are read of the training requests only: train on an earlier window than
 * the one reported. Units: ms, tokens.
 */
import { RandomStream } from '../../../units/random.ts';
import {
  fillInsertFeatures,
  type InsertWeights,
  insertFeatures,
  insertScore,
  weightsOf,
} from './insert-features.ts';
import { runSlotModel, type SlotCosts, type SlotRequest } from './slot-model.ts';

export interface TrainingOptions {
  readonly slots: number;
  readonly costs: SlotCosts;
  readonly seed: number;
  readonly episodes?: number;
  readonly learningRate?: number;
  /** Weight of the cost of the next decision against that of this one. */
  readonly discount?: number;
}

/** Weights of the rule that the training requests teach; the same ones for the same seed. */
export function trainInsert(
  requests: readonly SlotRequest[],
  { slots, costs, seed, episodes = 600, learningRate = 5, discount = 0.97 }: TrainingOptions,
): InsertWeights {
  const random = new RandomStream(seed, 'insert-bandit.training');
  const weights = new Float64Array(insertFeatures);
  const averaged = new Float64Array(insertFeatures);
  for (let episode = 0; episode < episodes; episode++) {
    const seen: { features: Float64Array; residual: number; cost: number }[] = [];
    runSlotModel(requests, slots, costs, (state) => {
      const features = new Float64Array(insertFeatures);
      fillInsertFeatures(state, features);
      const probability = 1 / (1 + Math.exp(-insertScore(weights, features)));
      const insert = random.uniform() < probability;
      const cost = insert ? costs.prefillFixedMs : (costs.roundFixedMs * state.idle) / slots;
      seen.push({ features, residual: (insert ? 1 : 0) - probability, cost });
      return insert;
    });
    const advantages = advantagesOf(
      seen.map(({ cost }) => cost),
      discount,
    );
    for (const [t, { features, residual }] of seen.entries()) {
      const step = (learningRate * advantages[t]! * residual) / seen.length;
      for (let i = 0; i < insertFeatures; i++) weights[i]! += step * features[i]!;
    }
    if (2 * episode < episodes) continue;
    const share = 1 / Math.floor((episodes + 1) / 2);
    for (let i = 0; i < insertFeatures; i++) averaged[i]! += share * weights[i]!;
  }
  return weightsOf(averaged);
}

/** How much less than usual follows each decision, in standard deviations. */
function advantagesOf(costs: readonly number[], discount: number): Float64Array {
  const following = new Float64Array(costs.length);
  let sum = 0;
  for (let t = costs.length - 1; t >= 0; t--) {
    sum = costs[t]! + discount * sum;
    following[t] = sum;
  }
  let mean = 0;
  for (const cost of following) mean += cost / following.length;
  let variance = 0;
  for (const cost of following) variance += (cost - mean) ** 2 / following.length;
  const deviation = Math.sqrt(variance) || 1;
  return following.map((cost) => (mean - cost) / deviation);
}
