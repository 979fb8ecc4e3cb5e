/**
 * Replay of a trace's block references through one cache: order of the trace, no step times, one
 * pool, cold start, equal blocks. Two rules of what a hit is:
 * - `prefix` (request-atomic): the leading blocks of a request that are resident when it arrives
 *   are hits. Then all its blocks become resident; they are pinned while room is made for those
 *   that are missing, and are touched leaf to root (`tail-first`), so that of equal ages the
 *   deepest goes first, or root to leaf (`head-first`). A resident block behind the first miss is
 *   no hit, but is refreshed.
 * - `block`: every reference is an access of its own, root to leaf, touched when met; a hit where
 *   it is resident.
 * Under the prefix rule, room is made for all missing blocks before the first touch (`room`:
 * request) or for each before its own (block). For policies that only order the unpinned this is
 * the same; where evictions move an age (LFU-DA, GDSF) the published reference values need the
 * first; queues with shares of the capacity are made for one block in, one block out, so the
 * second is the default of theirs.
 * In the leaf-only form a block with resident children stays, and a block enters only below its
 * resident parent. Capacity is in blocks; Infinity evicts nothing (but what a lifetime ends).
 */
import type { EvictionContext } from '../../caching/eviction.ts';
import { cachePolicies } from '../../caching/policies.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { InputError } from '../../units/input-error.ts';
import { BlockCache } from './block-cache.ts';
import { BlockStream, type BlockTrace, type HitRule } from './block-stream.ts';
import { createRouter, type Routing } from './routing.ts';

export interface BlockReplayOptions {
  /** A kind of `cachePolicies`, or one with parameters. */
  policy: string | PolicySpec;
  /** In blocks. */
  capacity: number;
  rule: HitRule;
  /** The policy's parameter of that name. */
  ttlMs?: number;
  /** Separate caches of that capacity each. Default: 1. */
  nodes?: number;
  /** Which of them takes a request. Default: round-robin. */
  routing?: Routing;
  /** Of policies and routings that draw. Default: 1. */
  seed?: number;
  /** Called per request, in order, with its leading hits (its hits under the block rule). */
  onRequest?: (request: number, hits: number, cache: Pick<BlockCache, 'isResident'>) => void;
}

export interface BlockReplayResult {
  references: number;
  hits: number;
  /** hits / references; 0 where there are none. */
  hitRatio: number;
  /** The same counts over the first ⌊requests / 2⌋ requests. */
  firstHalfReferences: number;
  firstHalfHits: number;
  evictions: number;
  /** What each node took: requests, and blocks that were no hits there. */
  nodes: { requests: number; missing: number }[];
}

/** @throws InputError for a trace without blocks or with broken chains, or wrong options */
export function replayBlocks(
  trace: BlockTrace | BlockStream,
  { policy, ttlMs, ...options }: BlockReplayOptions,
): BlockReplayResult {
  const stream = trace instanceof BlockStream ? trace : new BlockStream(trace);
  const spec = typeof policy === 'string' ? { kind: policy } : policy;
  return replayStream(stream, {
    ...options,
    policy: ttlMs === undefined ? spec : { ...spec, ttlMs },
  });
}

/**
 * As replayBlocks, on a stream that is open. `marks`, one for each reference, are set to 1 where it
 * is a hit.
 */
export function replayStream(
  opened: BlockStream,
  {
    policy: spec,
    capacity,
    rule,
    seed = 1,
    nodes: nodeCount = 1,
    routing = 'round-robin',
    onRequest,
    marks = new Uint8Array(opened.ids.length),
  }: Omit<BlockReplayOptions, 'policy' | 'ttlMs'> & { policy: PolicySpec; marks?: Uint8Array },
): BlockReplayResult {
  const policy = cachePolicies.create(spec, { seed });
  const stream = policy.fullBlocksOnly ? opened.fullBlocks() : opened;
  const { count, arrivalMs, offsets, ids, blocks, longest } = stream;
  checkCapacity(capacity, stream, policy.bypass ? 'block' : rule);
  if (!Number.isInteger(nodeCount) || nodeCount < 1) {
    throw new InputError(`invalid nodes ${nodeCount}`, { rule: 'a whole number, at least 1' });
  }

  const next = cachePolicies.oraclesOf(spec).includes('future') ? stream.nextUses(rule) : null;
  const upcoming = new Int32Array(next ? blocks : 0);
  const context = (): EvictionContext => ({
    blocks,
    capacity: Math.max(1, Math.min(capacity, blocks)),
    forest: stream.forest,
    held: new Int32Array(blocks),
    future: { nextUse: (id) => upcoming[id]! },
    sessions: () => stream.sessions(),
    seed,
  });
  const caches = Array.from(
    { length: nodeCount },
    () => new BlockCache(policy, context(), capacity, longest),
  );
  const nodes = caches.map(() => ({ requests: 0, missing: 0 }));
  const router = createRouter(routing, stream, { caches, seed });
  const { unguarded } = caches[0]!;

  const half = count >> 1;
  let hits = 0;
  let firstHalfHits = 0;
  for (let request = 0; request < count; request++) {
    const from = offsets[request]!;
    const to = offsets[request + 1]!;
    if (next) for (let at = from; at < to; at++) upcoming[ids[at]!] = next[at]!;
    const now = arrivalMs[request]!;
    const node = nodeCount === 1 ? 0 : router(request, nodes);
    const cache = caches[node]!;
    cache.begin(request, now);
    let hit: number;
    if (rule === 'prefix') {
      hit = cache.takePrefix(ids, from, to, now);
      if (policy.fullBlocksOnly && hit === to - from && hit > 0) hit--;
      marks.fill(1, from, from + hit);
    } else if (unguarded) {
      hit = cache.takeBlocks(ids, from, to, now, marks);
    } else {
      hit = cache.takeBlocksGuarded(ids, from, to, now, marks);
    }
    nodes[node]!.requests++;
    nodes[node]!.missing += to - from - hit;
    hits += hit;
    if (request < half) firstHalfHits += hit;
    onRequest?.(request, hit, cache);
  }
  const { references } = stream;
  return {
    references,
    hits,
    hitRatio: references === 0 ? 0 : hits / references,
    firstHalfReferences: offsets[half]! - offsets[0]!,
    firstHalfHits,
    evictions: caches.reduce((sum, cache) => sum + cache.evictions, 0),
    nodes,
  };
}

/** Under the prefix rule a request's blocks are all resident at once. */
export function checkCapacity(capacity: number, { longest }: BlockStream, rule: HitRule): void {
  const least = rule === 'prefix' ? Math.max(1, longest) : 1;
  const whole = capacity === Infinity || Number.isInteger(capacity);
  if (whole && capacity >= least) return;
  throw new InputError(`invalid capacity ${capacity}`, {
    rule: `a whole number of at least ${least} blocks${least > 1 ? ', the longest request' : ''}`,
  });
}
