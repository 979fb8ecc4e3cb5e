/**
 * Least loaded: of the instances that compute prompts, the one with the fewest prompt tokens of
 * requests placed there and not ended; the lowest index on ties.
 */
import type { ClusterView, Placement, Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { decodeElsewhere } from '../decode-selection.ts';

class LeastLoaded implements Placer {
  place(task: Task, view: ClusterView, out: Placement): void {
    let fewest = Number.POSITIVE_INFINITY;
    for (const instance of view.prefillInstances) {
      const tokens = view.openPromptTokens(instance);
      if (tokens < fewest) {
        out.prefill = instance;
        fewest = tokens;
      }
    }
    decodeElsewhere(view, task, out);
  }
}

export const leastLoaded = definePolicy<Placer, Record<string, never>>({
  kind: 'least-loaded',
  doc: 'fewest prompt tokens of requests placed and not ended; lowest index on ties',
  source: 'common practice',
  parameters: {},
  create: () => new LeastLoaded(),
});
