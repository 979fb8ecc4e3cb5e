/** What an ordering policy knows of a request that enters a queue. */
export interface QueuedRequest {
  readonly arrivalMs: number;
  readonly inputTokens: number;
  /** True output length: reading it makes the policy an oracle. */
  readonly outputTokens: number;
}

/** Orders the waiting queue: smaller keys first, equal keys in order of arrival. */
export interface Order {
  key(request: QueuedRequest): number;
}
