/**
 * Least loaded: the instance with the fewest prompt tokens of requests placed there and not
 * ended; the lowest index on ties.
 */
import type { ClusterView, Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';

class LeastLoaded implements Placer {
  place(_task: Task, view: ClusterView): number {
    let best = 0;
    let bestTokens = view.openPromptTokens(0);
    for (let instance = 1; instance < view.instances; instance++) {
      const tokens = view.openPromptTokens(instance);
      if (tokens < bestTokens) {
        best = instance;
        bestTokens = tokens;
      }
    }
    return best;
  }
}

export const leastLoaded = definePolicy<Placer, Record<string, never>>({
  kind: 'least-loaded',
  doc: 'fewest prompt tokens of requests placed and not ended; lowest index on ties',
  source: 'common practice',
  parameters: {},
  create: () => new LeastLoaded(),
});
