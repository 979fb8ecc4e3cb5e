/** Random: uniform over the instances that compute prompts, from the scenario's seed. */
import type { Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import { RandomStream } from '../../units/random.ts';
import { decodeElsewhere } from '../decode-selection.ts';

export const random = definePolicy<Placer, Record<string, never>>({
  kind: 'random',
  doc: 'uniform over the instances, seeded',
  source: 'common practice',
  parameters: {},
  create: (_values, { seed }) => {
    const stream = new RandomStream(seed, 'placement.random');
    return {
      place: (task, view, out) => {
        const { prefillInstances } = view;
        out.prefill = prefillInstances[stream.integer(prefillInstances.length)] as number;
        decodeElsewhere(view, task, out);
      },
    };
  },
});
