import type { Admission } from '../../policy/admission.ts';
import type { ClusterView, Placement } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import { PrefillQueues, reusableTokens } from '../prefill-queues.ts';
import { Landings } from './landings.ts';

/** What is predicted of an arriving request where it was placed, ms. */
export interface ArrivalPrediction {
  readonly prefillMs: number;
  /** From now to the first token. */
  readonly ttftMs: number;
}

/**
 * Admission by prediction: keeps the estimated prefill queues and the requests that wait to
 * decode. What the placer predicted stands; the rest is predicted here.
 */
export abstract class PredictingAdmission implements Admission {
  protected readonly queues = new PrefillQueues();
  protected readonly landings = new Landings();
  #arriving: ArrivalPrediction = { prefillMs: 0, ttftMs: 0 };

  /** Whether an arriving request is taken in. */
  protected abstract accepts(
    task: Task,
    placement: Readonly<Placement>,
    view: ClusterView,
    ttftMs: number,
  ): boolean;

  /** Whether a decode instance takes a request, given its predicted round with it. */
  protected abstract acceptsRound(task: Task, roundMs: number, view: ClusterView): boolean;

  /** A request is taken in, with what was predicted of it. */
  protected entered?(task: Task, predicted: ArrivalPrediction, nowMs: number): void;

  atArrival(task: Task, placement: Readonly<Placement>, view: ClusterView): boolean {
    this.#arriving = this.#predict(task, placement, view);
    return this.accepts(task, placement, view, this.#arriving.ttftMs);
  }

  atDecode(task: Task, instance: number, view: ClusterView): boolean {
    const roundMs = this.landings.roundWith(view, task, instance);
    const taken = this.acceptsRound(task, roundMs, view);
    if (taken) this.landings.add(task, instance, view.inputTokens(task));
    return taken;
  }

  placed(task: Task, { prefill }: Readonly<Placement>, nowMs: number): void {
    this.queues.add(task, prefill, this.#arriving.prefillMs);
    this.entered?.(task, this.#arriving, nowMs);
  }

  prefillStarted(task: Task, _instance: number, nowMs: number): void {
    this.queues.start(task, nowMs);
  }

  prefillEnded(task: Task, _instance: number, nowMs: number): void {
    this.queues.remove(task, nowMs);
  }

  decodeStarted(task: Task, _instance: number, _nowMs: number): void {
    this.landings.remove(task);
  }

  ended(task: Task, nowMs: number): void {
    this.queues.remove(task, nowMs);
    this.landings.remove(task);
  }

  #predict(task: Task, placement: Readonly<Placement>, view: ClusterView): ArrivalPrediction {
    const { prefill } = placement;
    let { prefillMs, ttftMs } = placement;
    if (Number.isNaN(prefillMs)) {
      const cached = reusableTokens(view, task, view.residentBlocks(task, prefill));
      prefillMs = view.estimatePrefillMs(prefill, view.inputTokens(task), cached);
    }
    if (Number.isNaN(ttftMs)) ttftMs = this.queues.waitMs(prefill, view.nowMs) + prefillMs;
    return { prefillMs, ttftMs };
  }
}
