/**
 * Replay of a trace's block references through one cache: order of the trace, no step times, one
 * pool, cold start, equal blocks. Two rules of what a hit is:
 * - `prefix` (request-atomic): the leading blocks of a request that are resident when it arrives
 *   are hits. Then all its blocks become resident; they are pinned while room is made for those
 *   that are missing, and are touched leaf to root (`tail-first`), so that of equal ages the
 *   deepest goes first, or root to leaf (`head-first`). A resident block behind the first miss is
 *   no hit, but is refreshed.
 * - `block`: every reference is an access of its own, root to leaf; a hit where it is resident.
 * Capacity is in blocks; Infinity evicts nothing (but what a lifetime ends).
 */
import { createEviction, type EvictionName } from '../../caching/policies.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { InputError } from '../../units/input-error.ts';
import { BlockCache } from './block-cache.ts';
import { nextUses } from './next-uses.ts';

/** The part of a trace that a block cache sees. */
export type BlockTrace = Pick<RequestTrace, 'count' | 'arrivalMs' | 'blocks' | 'uniqueBlocks'>;

export interface BlockReplayOptions {
  policy: EvictionName;
  /** In blocks. */
  capacity: number;
  rule: 'prefix' | 'block';
  /** Lifetime since the last touch, for policy `ttl`. Default: for ever. */
  ttlMs?: number;
  /** Order of touches within a request, under the prefix rule. Default: tail-first. */
  touch?: 'tail-first' | 'head-first';
  /** Called per request, in order, with its leading hits (its hits under the block rule). */
  onRequest?: (request: number, hits: number) => void;
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
}

export function replayBlocks(
  trace: BlockTrace,
  { policy, capacity, rule, ttlMs = Infinity, touch = 'tail-first', onRequest }: BlockReplayOptions,
): BlockReplayResult {
  const { count, arrivalMs, blocks, uniqueBlocks } = trace;
  if (blocks === null) throw new InputError('a trace without block_ids has nothing to cache');
  const { offsets, values } = blocks;
  checkCapacity(capacity, rule === 'prefix' ? longestRow(offsets, count) : 1);

  const next = policy === 'min' ? nextUses(blocks, uniqueBlocks, rule) : null;
  const upcoming = new Int32Array(next ? uniqueBlocks : 0);
  const future = { nextUse: (id: number) => upcoming[id]! };
  const eviction = createEviction(policy, { blocks: uniqueBlocks, ttlMs, future });
  const cache = new BlockCache(eviction, uniqueBlocks, capacity);

  const half = count >> 1;
  let hits = 0;
  let firstHalfHits = 0;
  for (let request = 0; request < count; request++) {
    const from = offsets[request]!;
    const to = offsets[request + 1]!;
    if (next) for (let at = from; at < to; at++) upcoming[values[at]!] = next[at]!;
    const now = arrivalMs[request]!;
    const hit =
      rule === 'prefix'
        ? cache.takePrefix(values, from, to, now, touch === 'head-first')
        : cache.takeBlocks(values, from, to, now);
    hits += hit;
    if (request < half) firstHalfHits += hit;
    onRequest?.(request, hit);
  }
  const references = offsets[count]! - offsets[0]!;
  return {
    references,
    hits,
    hitRatio: references === 0 ? 0 : hits / references,
    firstHalfReferences: offsets[half]! - offsets[0]!,
    firstHalfHits,
    evictions: cache.evictions,
  };
}

function checkCapacity(capacity: number, least: number): void {
  if (capacity >= Math.max(1, least)) return;
  const rule = `at least ${Math.max(1, least)} blocks, the longest request`;
  throw new InputError(`invalid capacity ${capacity}`, { rule });
}

function longestRow(offsets: Int32Array, count: number): number {
  let longest = 0;
  for (let i = 0; i < count; i++) longest = Math.max(longest, offsets[i + 1]! - offsets[i]!);
  return longest;
}
