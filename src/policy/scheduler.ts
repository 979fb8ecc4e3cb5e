/** Index of a request in the replay's columns. */
export type Task = number;

/** What every policy may know of a request; none of it is the future. */
export interface RequestFacts {
  arrivalMs(task: Task): number;
  inputTokens(task: Task): number;
  /** Of the trace; larger is more urgent. 0 where the trace has none. */
  priority(task: Task): number;
  /** Dense number of the tenant; 0 where the trace has none. */
  tenant(task: Task): number;
  /**
   * Output tokens that the group's length predictor expects in all, at least 1; NaN without a
   * predictor. May change when a request on this instance finishes, never in between.
   */
  predictedOutput(task: Task): number;
}

/**
 * What a scheduler sees of its instance, as of now; changes that the plan makes (admissions,
 * preemptions) show at once. Memory is counted in KV blocks of the engine's block size.
 */
export interface InstanceView extends RequestFacts {
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
  /** Requests taken out of decode by `pause`, in the order in which they were paused. */
  readonly paused: number;
  pausedTask(position: number): Task;
  /** Client slots of the instance; 0: it has none, and sequences are limited by memory alone. */
  readonly slots: number;
  /** Request that holds a slot, −1 for an idle one. */
  slotTask(slot: number): Task;
  /** Blocks that new work can take, unreferenced cached blocks included. */
  readonly freeBlocks: number;
  /** Blocks of the whole instance, and tokens of one. */
  readonly capacityBlocks: number;
  readonly blockTokens: number;
  /** New blocks that one more round of all current decodes takes. */
  readonly decodeGrowth: number;
  /** KV tokens that the next round of all current decodes reads. */
  readonly contextTokens: number;
  /** Tokens to compute before the task's next token: prompt, and output to recompute. */
  tokensLeft(task: Task): number;
  /**
   * Tokens that admitting a waiting task leaves to compute: the cached prefix is not.
   * Zero for a prompt that another instance has computed: admitted, it decodes at once.
   */
  tokensToCompute(task: Task): number;
  /** Blocks that admitting a waiting task, or resuming a paused one, takes from `freeBlocks`. */
  blocksToAdmit(task: Task): number;
  /** Output tokens produced so far; stays true after the request has left. */
  generated(task: Task): number;
  /** Predicted duration of a step with that many new tokens behind a cached prefix. */
  estimatePrefillMs(tokens: number, cachedTokens: number): number;
  /** Predicted duration of one decode round. */
  estimateRoundMs(sequences: number, contextTokens: number): number;
}

/** What an instance does next. Filled by `plan`, executed by the engine, reused. */
export interface Plan {
  /**
   * Admits a waiting task: it leaves the queue and its blocks are reserved. On an instance with
   * slots it takes the slot named, or the idle one with the lowest index.
   */
  admit(task: Task, slot?: number): void;
  /** Computes that many prompt tokens of an admitted task in this step. */
  work(task: Task, tokens: number): void;
  /** Every request in decode produces one token in this step. */
  decodes(): void;
  /** Frees a decode's memory; it goes to the front of the queue and is computed again. */
  preempt(task: Task, how: 'recompute'): void;
  /**
   * Takes a request out of decode without losing its KV: `keep` leaves the blocks where they
   * are, `swap` moves them to host memory (the copy is taken to overlap). Its slot becomes idle.
   */
  pause(task: Task, how: 'keep' | 'swap'): void;
  /** Puts a paused request back into decode; a swapped one needs its blocks again. */
  resume(task: Task, slot?: number): void;
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
