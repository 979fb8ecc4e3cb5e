/**
 * Early rejection (Mooncake, arXiv 2407.00079v3, section 7): at arrival a request is held
 * against the larger of the prefill pool's and the decode pool's load, as they are now, so that
 * no prefill is spent on what decode could not take. The decode instance checks again when the KV
 * has arrived. Loads and thresholds: `load-admission.ts`.
 *
 * What is accepted reaches decode a prefill later than the load that let it in, so that the two
 * pools swing in opposite phase; `early-predicted` is the paper's remedy.
 */
import type { Admission } from '../../policy/admission.ts';
import type { ClusterView } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { loadLimits } from './limits.ts';
import { LoadAdmission } from './load-admission.ts';

class Early extends LoadAdmission {
  protected decodeLoad(task: Task, view: ClusterView): number {
    return this.meanDecodeLoad(task, view, (instance) => ({
      sequences: this.landings.sequences(view, instance),
      tokens: this.landings.tokens(view, instance),
    }));
  }
}

export const early = definePolicy<Admission, typeof loadLimits>({
  kind: 'early',
  doc: 'the larger of prefill load and current decode load decides at arrival',
  source: 'Mooncake (arXiv 2407.00079v3, section 7), early rejection',
  parameters: loadLimits,
  create: (values) => new Early(values),
});
