/**
 * Predicts durations on one group of instances, for placers, admission and schedulers. Separate
 * from the clock that makes the truth: a policy that predicts with the same function foresees.
 * Pure: the same arguments give the same answer.
 */
export interface Estimator {
  /** A prompt of `tokens` in all alone on an instance, its first `cachedTokens` not computed. */
  prefillMs(tokens: number, cachedTokens: number): number;
  /** One decode round. */
  roundMs(sequences: number, contextTokens: number): number;
}
