/**
 * What Mooncake's overload policies share (arXiv 2407.00079v3, section 7): load relative to the
 * SLO, and the check that the decode instance repeats when a request's KV has arrived.
 *
 * Load of a prefill instance: predicted time to first token over its SLO. Load of a decode
 * instance: predicted round over the SLO on the time between tokens.
 *
 * Deviation: the paper does not say how a pool's load follows from its instances'. For prefill it
 * is the smallest, as placement picks that one, for decode the mean, as in the paper's predictive
 * variant. The request itself counts in both: a decode pool that the second check keeps below the
 * threshold would otherwise never look full. The accepted load is "predefined" there; 1 here is
 * an assumption. The paper's priorities are a second threshold here. Requests that a decode
 * instance has taken and that wait there count as decoding.
 */
import type { ClusterView, Placement } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { LoadLimits } from './limits.ts';
import { PredictingAdmission } from './predicting-admission.ts';

export abstract class LoadAdmission extends PredictingAdmission {
  readonly #limits: LoadLimits;

  constructor(limits: LoadLimits) {
    super();
    this.#limits = limits;
  }

  /** Load of the decode pool, with the request in it, that it is held against as it arrives. */
  protected abstract decodeLoad(task: Task, view: ClusterView, ttftMs: number): number;

  protected accepts(
    task: Task,
    _placement: Readonly<Placement>,
    view: ClusterView,
    ttftMs: number,
  ): boolean {
    const limit = this.#limit(task, view);
    if (this.#prefillLoad(task, view, ttftMs) > limit) return false;
    return this.decodeLoad(task, view, ttftMs) <= limit;
  }

  protected acceptsRound(task: Task, roundMs: number, view: ClusterView): boolean {
    return roundMs / this.#limits.tbtSloMs <= this.#limit(task, view);
  }

  /** Mean load over the decode pool of instances with such a batch and the request in it. */
  protected meanDecodeLoad(
    task: Task,
    view: ClusterView,
    batch: (instance: number, position: number) => { sequences: number; tokens: number },
  ): number {
    const own = view.inputTokens(task);
    let sum = 0;
    for (const [position, instance] of view.decodeInstances.entries()) {
      const { sequences, tokens } = batch(instance, position);
      sum += view.estimateRoundMs(instance, sequences + 1, tokens + own);
    }
    return sum / view.decodeInstances.length / this.#limits.tbtSloMs;
  }

  #prefillLoad(task: Task, view: ClusterView, ttftMs: number): number {
    let least = ttftMs;
    for (const instance of view.prefillInstances) {
      least = Math.min(least, this.queues.ttftMs(view, task, instance));
    }
    return least / this.#limits.ttftSloMs;
  }

  #limit(task: Task, view: ClusterView): number {
    const { threshold, lowPriorityThreshold, urgentFrom } = this.#limits;
    return view.priority(task) >= urgentFrom ? threshold : lowPriorityThreshold;
  }
}
