/** Index of a request in the replay's columns. */
export type Task = number;

/**
 * What a scheduler sees of its instance, as of now; changes that the plan makes (admissions,
 * preemptions) show at once. Memory is counted in KV blocks of the engine's block size.
 */
export interface InstanceView {
  readonly nowMs: number;
  /** Requests in the queue, in the order of the group's ordering policy. */
  readonly waiting: number;
  waitingTask(position: number): Task;
  /** Admitted requests whose prompt is not finished, in admission order. */
  readonly prefilling: number;
  prefillingTask(position: number): Task;
  /** Requests in decode, in the order in which they joined. */
  readonly decoding: number;
  decodingTask(position: number): Task;
  /** Blocks that new work can take, unreferenced cached blocks included. */
  readonly freeBlocks: number;
  /** New blocks that one more round of all current decodes takes. */
  readonly decodeGrowth: number;
  /** Tokens to compute before the task's next token: prompt, and output to recompute. */
  tokensLeft(task: Task): number;
  /**
   * Tokens that admitting a waiting task leaves to compute: the cached prefix is not.
   * Zero cached tokens where the instance has no prefix cache.
   */
  tokensToCompute(task: Task): number;
  /** Blocks that admitting a waiting task takes from `freeBlocks`. */
  blocksToAdmit(task: Task): number;
  inputTokens(task: Task): number;
  /** Output tokens produced so far. */
  generated(task: Task): number;
}

/** What an instance does next. Filled by `plan`, executed by the engine, reused. */
export interface Plan {
  /** Admits a waiting task: it leaves the queue and its blocks are reserved. */
  admit(task: Task): void;
  /** Computes that many prompt tokens of an admitted task in this step. */
  work(task: Task, tokens: number): void;
  /** Every request in decode produces one token in this step. */
  decodes(): void;
  /** Frees a decode's memory; it goes to the front of the queue and is computed again. */
  preempt(task: Task, how: 'recompute'): void;
  /**
   * For how long the scheduler would decide the same if nobody arrives and nobody finishes:
   * so many rounds, or until that time. Left out: as long as memory lasts.
   */
  hold(limit: { rounds?: number; untilMs?: number }): void;
}

/** Decides what one instance computes next, whenever it is idle. */
export interface Scheduler {
  plan(view: InstanceView, out: Plan): void;
  /**
   * KV tokens that admission reserves in all, for schedulers that reserve ahead of need (the
   * request then never grows); left out: the prompt, and growth by one token a round.
   * `outputTokens` is the true length: using it makes the policy an oracle.
   */
  reserveTokens?(inputTokens: number, outputTokens: number): number;
}
