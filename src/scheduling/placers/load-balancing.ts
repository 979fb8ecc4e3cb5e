/**
 * Load balancing, a baseline of Mooncake's scheduling comparison (arXiv 2407.00079v3, figure 8;
 * FAST 2025, figure 5): a request goes to the prefill instance with the lightest load. What that
 * instance holds of the prompt is reused, but does not count in the choice.
 *
 * Deviation: the papers do not say what load is; here it is the estimated time until the queue of
 * the instance is worked off, the remainder of the running prompt included. On ties
 * the instance that has been given fewest requests.
 */
import type { ClusterView, Placement, Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { QueuePlacer } from './queue-placer.ts';

class LoadBalancing extends QueuePlacer {
  place(task: Task, view: ClusterView, out: Placement): void {
    let lightest = -1;
    let leastMs = Number.POSITIVE_INFINITY;
    for (const instance of view.prefillInstances) {
      const waitMs = this.waitMs(view, instance);
      const isEqual = waitMs === leastMs && this.isLessUsed(instance, lightest);
      if (waitMs < leastMs || isEqual) {
        lightest = instance;
        leastMs = waitMs;
      }
    }
    this.take(this.local(view, task, lightest), task, view, out);
  }
}

export const loadBalancing = definePolicy<Placer, Record<string, never>>({
  kind: 'load-balancing',
  doc: 'smallest estimated prefill queue; fewest requests so far on ties',
  source: 'Mooncake (arXiv 2407.00079v3, figure 8; FAST 2025, figure 5)',
  parameters: {},
  create: () => new LoadBalancing(),
});
