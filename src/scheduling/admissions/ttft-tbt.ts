/**
 * Rejection by both SLOs, the reject line of Mooncake's Algorithm 1 (arXiv 2407.00079v3, section
 * 6; FAST 2025, section 4): a request is turned away at arrival if its predicted time to first
 * token or the predicted decode round with it exceeds its SLO. The decode instance checks the
 * round again when the KV has arrived; a prefill rejected then is wasted.
 *
 * Deviation: where the placer predicts nothing, both are predicted here by the rules of
 * `cache-aware` placement and of decode selection. Units: milliseconds.
 */
import type { Admission } from '../../policy/admission.ts';
import type { ClusterView, Placement } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { roundWith, selectDecode } from '../decode-selection.ts';
import { type Slos, slos } from './limits.ts';
import { PredictingAdmission } from './predicting-admission.ts';

class TtftTbt extends PredictingAdmission {
  readonly #slos: Slos;

  constructor(slos: Slos) {
    super();
    this.#slos = slos;
  }

  protected accepts(
    task: Task,
    placement: Readonly<Placement>,
    view: ClusterView,
    ttftMs: number,
  ): boolean {
    if (ttftMs > this.#slos.ttftSloMs) return false;
    return predictedRoundMs(task, placement, view) <= this.#slos.tbtSloMs;
  }

  protected acceptsRound(_task: Task, roundMs: number): boolean {
    return roundMs <= this.#slos.tbtSloMs;
  }
}

function predictedRoundMs(task: Task, placement: Readonly<Placement>, view: ClusterView): number {
  const { prefill, decode, roundMs } = placement;
  if (!Number.isNaN(roundMs)) return roundMs;
  if (decode >= 0) return roundWith(view, task, decode);
  if (view.decodeInstances.includes(prefill)) return roundWith(view, task, prefill);
  return selectDecode(view, task).roundMs;
}

export const ttftTbt = definePolicy<Admission, typeof slos>({
  kind: 'ttft-tbt',
  doc: 'rejects at arrival what is predicted to miss either SLO (reject line of Algorithm 1)',
  source: 'Mooncake (arXiv 2407.00079v3, section 6; FAST 2025, section 4), Algorithm 1',
  parameters: slos,
  create: (values) => new TtftTbt(values),
});
