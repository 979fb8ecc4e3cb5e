import { neverUsed } from '../../caching/eviction.ts';
import type { IntLists } from '../../trace/request-trace.ts';

/**
 * For each reference, when its block is referenced next: the index of the request under the prefix
 * rule, of the reference under the block rule; `neverUsed` for the last one.
 */
export function nextUses(
  { offsets, values }: IntLists,
  uniqueBlocks: number,
  rule: 'prefix' | 'block',
): Int32Array {
  const next = new Int32Array(values.length);
  const seen = new Int32Array(uniqueBlocks).fill(neverUsed);
  for (let request = offsets.length - 2; request >= 0; request--) {
    for (let at = offsets[request + 1]! - 1; at >= offsets[request]!; at--) {
      const id = values[at]!;
      next[at] = seen[id]!;
      seen[id] = rule === 'prefix' ? request : at;
    }
  }
  return next;
}
