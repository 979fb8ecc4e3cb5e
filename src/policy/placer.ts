import type { RequestFacts, Task } from './scheduler.ts';

/**
 * What placers and admission see of the cluster, as of now. Instances are numbered over all
 * groups. With disaggregated groups a request is computed on an instance of `prefillInstances`
 * and decoded on one of `decodeInstances`; coupled instances stand in both.
 */
export interface ClusterView extends Pick<RequestFacts, 'arrivalMs' | 'inputTokens' | 'priority'> {
  /**
   * Output tokens that the length predictor of the instance expects where the request decodes (of
   * the first decode instance, as long as it has none); NaN without a predictor.
   */
  predictedOutput(task: Task): number;
  readonly nowMs: number;
  readonly instances: number;
  readonly prefillInstances: readonly number[];
  readonly decodeInstances: readonly number[];
  /** Prompt tokens of requests placed on the instance (for either stage) and not ended or left. */
  openPromptTokens(instance: number): number;
  /** Requests placed on the instance (for either stage) and not ended or left. */
  openRequests(instance: number): number;
  /** Prompt tokens that one block of the trace stands for, and blocks of a prompt (0 without). */
  readonly blockTokens: number;
  promptBlocks(task: Task): number;
  /**
   * Leading blocks of the prompt that the instance could reuse now without another's help: in
   * its KV memory or its host store. 0 on instances that keep none.
   */
  residentBlocks(task: Task, instance: number): number;
  /** Bytes of KV of a prompt of so many tokens on the instance. */
  kvBytes(instance: number, tokens: number): number;
  /** KV tokens that the instance's memory holds, and those of its requests in decode now. */
  kvCapacityTokens(instance: number): number;
  /** Requests decoding on the instance now, and the KV tokens that their next round reads. */
  decoding(instance: number): number;
  contextTokens(instance: number): number;
  /** Requests bound to decode there, not in decode yet, and their prompt tokens. */
  inbound(instance: number): number;
  inboundTokens(instance: number): number;
  /** Prediction of the instance's estimator: a prompt alone. */
  estimatePrefillMs(instance: number, tokens: number, cachedTokens: number): number;
  /** Prediction of the instance's estimator: one decode round. */
  estimateRoundMs(instance: number, sequences: number, contextTokens: number): number;
  /**
   * Time to bring bytes from one instance's host store to another's over the network as it is
   * now: bytes still to be sent by the sender or received by the receiver go first. 0 for 0 bytes.
   */
  estimateTransferMs(from: number, to: number, bytes: number): number;
}

/** Where a request goes. Reset by the engine before each call; unset members keep their default. */
export interface Placement {
  /** Computes the prompt. */
  prefill: number;
  /** Decodes; −1: where the prompt is computed if that instance decodes, else `placeDecode`. */
  decode: number;
  /** Instance whose host store sends prompt blocks that `prefill` lacks; −1: none. */
  source: number;
  /** Leading blocks of the prompt that are there once the source has sent: what `source` holds. */
  sourceBlocks: number;
  /** Predicted time from now to the first token, and predicted decode round; NaN: not predicted. */
  ttftMs: number;
  roundMs: number;
  /** Predicted duration of the prefill alone; NaN: not predicted. */
  prefillMs: number;
}

/** Follows requests through the cluster, for policies that keep books. All in event order. */
export interface RequestObserver {
  /** Taken in and placed. */
  placed?(task: Task, placement: Readonly<Placement>, nowMs: number): void;
  /** Its first step with prompt tokens begins. */
  prefillStarted?(task: Task, instance: number, nowMs: number): void;
  /** Its prompt is computed. */
  prefillEnded?(task: Task, instance: number, nowMs: number): void;
  /** It joins the decode batch (again, after a preemption or a pause). */
  decodeStarted?(task: Task, instance: number, nowMs: number): void;
  /** Finished, rejected, cancelled or unfinished, at whatever stage. */
  ended?(task: Task, nowMs: number): void;
}

/** Chooses where each arriving request is served. */
export interface Placer extends RequestObserver {
  place(task: Task, view: ClusterView, out: Placement): void;
  /** Decode instance of a request whose placement left it open, when its first prompt step begins. */
  placeDecode?(task: Task, view: ClusterView): number;
}
