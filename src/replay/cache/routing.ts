/**
 * Which node of a pool of separate caches takes a request. Baselines of a cache study, without
 * time: what queues do to routing is the business of the serving replay.
 */
import { RandomStream } from '../../units/random.ts';
import type { BlockCache } from './block-cache.ts';
import type { BlockStream } from './block-stream.ts';

export const routings = ['round-robin', 'random', 'longest-prefix'] as const;
export type Routing = (typeof routings)[number];

/** The node, from 0, that takes a request, knowing what each has had to compute so far. */
export type Router = (request: number, nodes: readonly { missing: number }[]) => number;

/**
 * `longest-prefix` takes the node that holds the longest prefix of the request; of several the one
 * that has had the fewest blocks to compute so far, then the first. There is no queue in it: where
 * all prompts begin alike, one node holds the longest match of every request and takes them all.
 */
export function createRouter(
  routing: Routing,
  { offsets, ids }: BlockStream,
  { caches, seed }: { caches: readonly Pick<BlockCache, 'leading'>[]; seed: number },
): Router {
  if (routing === 'round-robin') return (request) => request % caches.length;
  if (routing === 'random') {
    const random = new RandomStream(seed, 'cache-routing');
    return () => random.integer(caches.length);
  }
  return (request, nodes) => {
    let best = 0;
    let most = -1;
    for (const [node, cache] of caches.entries()) {
      const length = cache.leading(ids, offsets[request]!, offsets[request + 1]!);
      if (length < most) continue;
      if (length > most || nodes[node]!.missing < nodes[best]!.missing) best = node;
      most = length;
    }
    return best;
  };
}
