/**
 * Cache-aware scheduling with local caches: Mooncake's Algorithm 1 with the transfer branch
 * disabled (arXiv 2407.00079v3, section 6.1; FAST 2025, section 4.1 and "local cache-aware").
 *
 * A request goes to the prefill instance with the smallest predicted time to first token: the
 * estimated queue plus the estimated prefill behind the prefix which that instance itself holds.
 *
 * Deviation: fewest requests so far on ties (the papers do not say). Rejection is left to admission.
 */
import type { ClusterView, Placement, Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { type Option, QueuePlacer } from './queue-placer.ts';

class CacheAware extends QueuePlacer {
  place(task: Task, view: ClusterView, out: Placement): void {
    let best: Option | undefined;
    for (const instance of view.prefillInstances) {
      const option = this.local(view, task, instance);
      if (this.isBetter(option, best)) best = option;
    }
    this.take(best as Option, task, view, out);
  }
}

export const cacheAware = definePolicy<Placer, Record<string, never>>({
  kind: 'cache-aware',
  doc: 'smallest predicted time to first token, with the prefixes that instances hold themselves',
  source: 'Mooncake (arXiv 2407.00079v3, section 6.1; FAST 2025, section 4.1)',
  parameters: {},
  create: () => new CacheAware(),
});
