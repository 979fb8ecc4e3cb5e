/** Random: uniform over the instances, from the scenario's seed. */
import type { Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import { RandomStream } from '../../units/random.ts';

export const random = definePolicy<Placer, Record<string, never>>({
  kind: 'random',
  doc: 'uniform over the instances, seeded',
  source: 'common practice',
  parameters: {},
  create: (_values, { seed }) => {
    const stream = new RandomStream(seed, 'placement.random');
    return { place: (_task, view) => stream.integer(view.instances) };
  },
});
