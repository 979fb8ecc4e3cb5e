/**
 * Longest prefix: a request goes to the instance that holds most leading blocks of its prompt;
 * of several such, to the one with the fewest open prompt tokens; then the lowest index.
 *
 * The pure form of cache-aware routing, and a trap: where every prompt starts with the same block
 * (the public Mooncake conversation trace: a common system prompt), the only instance that holds
 * that block has the longest match for ever, and with blocks that are resident as soon as they
 * are placed 100 % of that trace go to one node. In a replay with time the requests that arrive
 * before the first prefill ends find nothing, and seed as many instances as the load spreads them
 * over; from then on these share all requests and the others get none. A term for the load, as in
 * `cache-aware`, is what prevents it.
 */
import type { ClusterView, Placement, Placer } from '../../policy/placer.ts';
import { definePolicy } from '../../policy/registry.ts';
import type { Task } from '../../policy/scheduler.ts';
import { decodeElsewhere } from '../decode-selection.ts';

class LongestPrefix implements Placer {
  place(task: Task, view: ClusterView, out: Placement): void {
    let longest = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (const instance of view.prefillInstances) {
      const blocks = view.residentBlocks(task, instance);
      if (blocks < longest) continue;
      const tokens = view.openPromptTokens(instance);
      if (blocks === longest && tokens >= fewest) continue;
      out.prefill = instance;
      longest = blocks;
      fewest = tokens;
    }
    decodeElsewhere(view, task, out);
  }
}

export const longestPrefix = definePolicy<Placer, Record<string, never>>({
  kind: 'longest-prefix',
  doc: 'longest resident prefix, load only on ties; a first block that all share defeats it',
  source: 'prefix-affinity routing without a load term; the trap that Mooncake (FAST 2025) avoids',
  parameters: {},
  create: () => new LongestPrefix(),
});
