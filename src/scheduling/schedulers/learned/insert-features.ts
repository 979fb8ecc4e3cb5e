/**
 * What the learned insertion rule sees when somebody waits and a slot is idle, and how it decides:
 * a prefill is inserted where bias + Σ weight·feature is not negative. All features are shares of
 * the slots, so that weights carry over between instances of different size.
 */
export interface InsertState {
  readonly slots: number;
  /** Idle slots that have a waiting request. */
  readonly idle: number;
  readonly waiting: number;
  readonly active: number;
  /** Slot-rounds such slots have been idle since the last prefill. */
  readonly idleRounds: number;
}

export interface InsertWeights {
  readonly bias: number;
  readonly idle: number;
  readonly waiting: number;
  readonly active: number;
  readonly idleRounds: number;
}

export const insertFeatures = 5;

/** Fills `out`: 1, idle, waiting (at most all slots), active, idle slot-rounds; over the slots. */
export function fillInsertFeatures(state: InsertState, out: Float64Array): void {
  const { slots, idle, waiting, active, idleRounds } = state;
  out[0] = 1;
  out[1] = idle / slots;
  out[2] = Math.min(1, waiting / slots);
  out[3] = active / slots;
  out[4] = idleRounds / slots;
}

export function vectorOf(weights: InsertWeights): Float64Array {
  const { bias, idle, waiting, active, idleRounds } = weights;
  return Float64Array.of(bias, idle, waiting, active, idleRounds);
}

export function weightsOf(vector: Float64Array): InsertWeights {
  const [bias, idle, waiting, active, idleRounds] = [...vector] as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { bias, idle, waiting, active, idleRounds };
}

export function insertScore(weights: Float64Array, features: Float64Array): number {
  let score = 0;
  for (let i = 0; i < insertFeatures; i++) score += weights[i]! * features[i]!;
  return score;
}
