/**
 * Two gates, the baseline of Mooncake's overload study (arXiv 2407.00079v3, section 7): at
 * arrival a request is held against the load of the prefill pool alone; the decode instance holds
 * it against its own load when the KV has arrived. What is rejected there has wasted its prefill.
 * Loads and thresholds: `load-admission.ts`.
 */
import type { Admission } from '../../policy/admission.ts';
import { definePolicy } from '../../policy/registry.ts';
import { loadLimits } from './limits.ts';
import { LoadAdmission } from './load-admission.ts';

class TwoGates extends LoadAdmission {
  protected decodeLoad(): number {
    return 0;
  }
}

export const twoGates = definePolicy<Admission, typeof loadLimits>({
  kind: 'two-gates',
  doc: 'prefill load decides at arrival, decode load after the prefill',
  source: 'Mooncake (arXiv 2407.00079v3, section 7), the baseline',
  parameters: loadLimits,
  create: (values) => new TwoGates(values),
});
