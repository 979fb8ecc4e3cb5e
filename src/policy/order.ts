/** What an ordering policy knows of a request that enters a queue. */
export interface QueuedRequest {
  readonly arrivalMs: number;
  readonly inputTokens: number;
  /** True output length: reading it makes the policy an oracle. */
  readonly outputTokens: number;
  /** Length that the group's predictor expects; NaN without a predictor. */
  readonly predictedTokens: number;
  /** Larger is more urgent; 0 where the trace has none. */
  readonly priority: number;
}

/** Orders the waiting queue: smaller keys first, equal keys in order of arrival. */
export interface Order {
  key(request: QueuedRequest): number;
}
