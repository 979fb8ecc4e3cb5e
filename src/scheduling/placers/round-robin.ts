/** Round robin: the i-th request placed goes to the i-th instance that computes prompts, mod N. */
import type { Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import { decodeElsewhere } from '../decode-selection.ts';

export const roundRobin = definePolicy<Placer, Record<string, never>>({
  kind: 'round-robin',
  doc: 'the i-th request placed goes to instance i mod N',
  source: 'common practice',
  parameters: {},
  create: () => {
    let placed = 0;
    return {
      place: (task, view, out) => {
        const { prefillInstances } = view;
        out.prefill = prefillInstances[placed++ % prefillInstances.length] as number;
        decodeElsewhere(view, task, out);
      },
    };
  },
});
