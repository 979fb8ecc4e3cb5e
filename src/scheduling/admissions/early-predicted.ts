/**
 * Early rejection based on prediction (Mooncake, arXiv 2407.00079v3, section 7): as `early`, but
 * with the decode load predicted for the moment t at which the request would finish its prefill.
 *
 *   in decode at t: those in decode now, and prompts that are predicted to finish by t,
 *                   less those that by t have decoded for the uniform duration t_d;
 *   load at t:      mean over decode instances of the predicted round over its SLO.
 *
 * Prompts that finish by t are spread uniformly over the decode instances. Deviations: a prompt
 * that is overdue counts as finishing now; the KV of those that leave is taken off with their
 * prompt alone, their few output tokens standing for what the others grow by. The paper does not
 * give t_d: by default (`decodeMs` 0) it is the mean over the decodes that have ended so far and
 * one more of `initialTokens` tokens at `initialRoundMs`, both assumptions (343 tokens: the mean
 * output of the public conversation trace). Loads and thresholds: `load-admission.ts`.
 */
import type { Admission } from '../../policy/admission.ts';
import type { ClusterView } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { loadLimits } from './limits.ts';
import { LoadAdmission } from './load-admission.ts';
import { OpenRequests } from './open-requests.ts';
import type { ArrivalPrediction } from './predicting-admission.ts';

const parameters = {
  ...loadLimits,
  decodeMs: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'how long every request is taken to decode; 0: the running mean of those that ended',
  },
  initialTokens: {
    type: 'number',
    default: 343,
    min: 0,
    unit: 'tokens',
    doc: 'output tokens that the running mean starts from',
  },
  initialRoundMs: {
    type: 'number',
    default: 50,
    min: 0,
    unit: 'ms',
    doc: 'decode round that the running mean starts from',
  },
} as const;

class EarlyPredicted extends LoadAdmission {
  readonly #open = new OpenRequests();
  readonly #decodeMs: number;
  #durationsMs: number;
  #durations = 1;

  constructor(
    limits: ConstructorParameters<typeof LoadAdmission>[0],
    decodeMs: number,
    initialMs: number,
  ) {
    super(limits);
    this.#decodeMs = decodeMs;
    this.#durationsMs = initialMs;
  }

  protected decodeLoad(task: Task, view: ClusterView, ttftMs: number): number {
    const decodeMs = this.#decodeMs > 0 ? this.#decodeMs : this.#durationsMs / this.#durations;
    const { arriving, leaving } = this.#open.changes(view, view.nowMs + ttftMs, decodeMs);
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
    this.#open.enter(task, nowMs + ttftMs);
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
    if (decodedMs === undefined) return;
    this.#durationsMs += decodedMs;
    this.#durations++;
  }
}

export const earlyPredicted = definePolicy<Admission, typeof parameters>({
  kind: 'early-predicted',
  doc: 'as early, with the decode load predicted for the end of the prefill',
  source: 'Mooncake (arXiv 2407.00079v3, section 7), early rejection based on prediction',
  parameters,
  create: ({ decodeMs, initialTokens, initialRoundMs, ...limits }) =>
    new EarlyPredicted(limits, decodeMs, initialTokens * initialRoundMs),
});
