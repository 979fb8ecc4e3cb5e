/**
 * What early rejections by prediction share (Mooncake, arXiv 2407.00079v3, section 7): the decode
 * load at the moment t at which an arriving request would finish its prefill.
 *
 *   in decode at t: those in decode now, and prompts that are predicted to finish by t,
 *                   less those whose decode is over by t;
 *   load at t:      mean over decode instances of the predicted round over its SLO.
 *
 * Prompts that finish by t are spread uniformly over the decode instances.
 *
 * As printed, requests that arrive after this one are not foreseen, not even those whose shorter
 * prompts finish before its own: the later t, the more of those in decode have left, and the fewer
 * of those that will replace them are known, so that to a long prompt the decode pool looks emptier
 * than it will be. `laterArrivals: repeated`, which is ours, adds them: the span from now to t is
 * taken to bring what the span of equal length before now brought, requests taken in within it
 * that are in decode at its end.
 *
 * Deviations: a prompt that is overdue counts as finishing now; the KV of those that leave is
 * taken off with their prompt alone, their few output tokens standing for what the others grow by.
 * Loads and thresholds: `load-admission.ts`.
 */
import type { ClusterView } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import type { PredictionLimits } from './limits.ts';
import { LoadAdmission } from './load-admission.ts';
import { type DecodeTime, OpenRequests } from './open-requests.ts';
import type { ArrivalPrediction } from './predicting-admission.ts';

export abstract class LandingPrediction extends LoadAdmission {
  readonly #open = new OpenRequests();
  readonly #repeats: boolean;

  constructor(limits: PredictionLimits) {
    super(limits);
    this.#repeats = limits.laterArrivals === 'repeated';
  }

  /** How long each request is taken to decode, as of now, ms. */
  protected abstract decodeTimes(view: ClusterView): DecodeTime;

  /** A request has ended that was in decode for so long. */
  protected decoded?(decodedMs: number): void;

  protected decodeLoad(task: Task, view: ClusterView, ttftMs: number): number {
    const atMs = view.nowMs + ttftMs;
    const decodeMs = this.decodeTimes(view);
    const { arriving, leaving } = this.#open.changes(view, atMs, decodeMs);
    if (this.#repeats) {
      const later = this.#open.repeated(view, atMs, decodeMs);
      arriving.requests += later.requests;
      arriving.tokens += later.tokens;
    }
    const pool = view.decodeInstances.length;
    return this.meanDecodeLoad(task, view, (instance, position) => {
      const share = Math.floor(arriving.requests / pool);
      const extra = position < arriving.requests % pool ? 1 : 0;
      const left = leaving[instance] ?? { requests: 0, tokens: 0 };
      const stay = Math.max(0, view.decoding(instance) - left.requests);
      const kept = stay > 0 ? Math.max(0, view.contextTokens(instance) - left.tokens) : 0;
      return { sequences: stay + share + extra, tokens: kept + arriving.tokens / pool };
    });
  }

  protected override entered(task: Task, { ttftMs }: ArrivalPrediction, nowMs: number): void {
    this.#open.enter(task, nowMs + ttftMs, nowMs);
  }

  override prefillEnded(task: Task, instance: number, nowMs: number): void {
    super.prefillEnded(task, instance, nowMs);
    this.#open.computed(task, nowMs);
  }

  override decodeStarted(task: Task, instance: number, nowMs: number): void {
    super.decodeStarted(task, instance, nowMs);
    this.#open.decodes(task, instance, nowMs);
  }

  override ended(task: Task, nowMs: number): void {
    super.ended(task, nowMs);
    const decodedMs = this.#open.leave(task, nowMs);
    if (decodedMs !== undefined) this.decoded?.(decodedMs);
  }
}
