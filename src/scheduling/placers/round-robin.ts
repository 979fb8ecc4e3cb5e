/** Round robin: the i-th request placed goes to instance i mod N. */
import type { Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';

export const roundRobin = definePolicy<Placer, Record<string, never>>({
  kind: 'round-robin',
  doc: 'the i-th request placed goes to instance i mod N',
  source: 'common practice',
  parameters: {},
  create: () => {
    let placed = 0;
    return { place: (_task, view) => placed++ % view.instances };
  },
});
