/** Round robin: request i belongs to client i mod J, whatever its weight. The baseline. */
import { definePolicy } from '../../policy/registry.ts';
import { heuristicAssignment, requireLoads } from './loads.ts';
import type { OfflineAssignment } from './offline-assignment.ts';

export const roundRobin = definePolicy<OfflineAssignment, Record<string, never>>({
  kind: 'round-robin',
  doc: 'request i belongs to client i mod J, whatever its weight',
  source: 'common practice',
  parameters: {},
  create: () => ({
    assign(weights, clients) {
      requireLoads(weights, clients);
      const clientOf = Int32Array.from(weights, (_, i) => i % clients);
      return heuristicAssignment(clientOf, weights, clients);
    },
  }),
});
