import type { ClusterView, Placement, Placer } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import { decodeElsewhere, roundWith } from '../decode-selection.ts';
import { PrefillQueues, reusableTokens } from '../prefill-queues.ts';

/** What a placer found for one instance. */
export interface Option {
  readonly instance: number;
  /** Leading prompt blocks that are there when the prefill starts, and who sends them (−1: none). */
  readonly blocks: number;
  readonly source: number;
  /** Predicted times: until the blocks are there, until the queue is worked off, the prefill. */
  readonly transferMs: number;
  readonly waitMs: number;
  readonly prefillMs: number;
}

/** Predicted time from now to the first token; the steps follow each other as in Algorithm 1. */
export function ttftMs({ transferMs, waitMs, prefillMs }: Option): number {
  return transferMs + waitMs + prefillMs;
}

/** A placer that keeps the estimated prefill queues and predicts from them. */
export abstract class QueuePlacer implements Placer {
  readonly #queues = new PrefillQueues();
  /** Requests placed so far, by instance. */
  readonly #placed: number[] = [];

  abstract place(task: Task, view: ClusterView, out: Placement): void;

  placed(task: Task, { prefill, prefillMs }: Readonly<Placement>): void {
    this.#queues.add(task, prefill, prefillMs);
    this.#placed[prefill] = (this.#placed[prefill] ?? 0) + 1;
  }

  prefillStarted(task: Task, _instance: number, nowMs: number): void {
    this.#queues.start(task, nowMs);
  }

  prefillEnded(task: Task, _instance: number, nowMs: number): void {
    this.#queues.remove(task, nowMs);
  }

  ended(task: Task, nowMs: number): void {
    this.#queues.remove(task, nowMs);
  }

  /**
   * Whether an option is better than the best so far: quicker, or as quick on an instance that has
   * been given fewer requests. By index alone an idle cluster would fill one store and no other.
   */
  protected isBetter(option: Option, best: Option | undefined): boolean {
    if (best === undefined) return true;
    const [ms, bestMs] = [ttftMs(option), ttftMs(best)];
    return ms < bestMs || (ms === bestMs && this.isLessUsed(option.instance, best.instance));
  }

  protected isLessUsed(instance: number, than: number): boolean {
    return (this.#placed[instance] ?? 0) < (this.#placed[than] ?? 0);
  }

  protected waitMs(view: ClusterView, instance: number): number {
    return this.#queues.waitMs(instance, view.nowMs);
  }

  /** A prefill on an instance behind so many leading blocks of the prompt. */
  protected prefillMs(view: ClusterView, task: Task, instance: number, blocks: number): number {
    const cached = reusableTokens(view, task, blocks);
    return view.estimatePrefillMs(instance, view.inputTokens(task), cached);
  }

  /** The option of computing on an instance with what it holds of the prompt itself. */
  protected local(view: ClusterView, task: Task, instance: number): Option {
    const blocks = view.residentBlocks(task, instance);
    const prefillMs = this.prefillMs(view, task, instance, blocks);
    const waitMs = this.waitMs(view, instance);
    return { instance, blocks, source: -1, transferMs: 0, waitMs, prefillMs };
  }

  /** Writes the choice, its decode instance and what is predicted of it. */
  protected take(option: Option, task: Task, view: ClusterView, out: Placement): void {
    out.prefill = option.instance;
    out.prefillMs = option.prefillMs;
    out.ttftMs = ttftMs(option);
    if (option.source >= 0) {
      out.source = option.source;
      out.sourceBlocks = option.blocks;
    }
    decodeElsewhere(view, task, out);
    if (out.decode < 0) out.roundMs = roundWith(view, task, option.instance);
  }
}
