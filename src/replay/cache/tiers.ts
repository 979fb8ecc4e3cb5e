/**
 * Replay of a trace's prompts through the host stores of one or several nodes: what is found on
 * which tier, how much of it is worth loading, and what that saves. Order of the trace, cold start,
 * no queues and no step times: a prompt finds what earlier ones left, and is stored whole before
 * the next one comes. Source of the reuse rule: src/caching/store/load-or-recompute.ts.
 *
 * Nodes share nothing: a prompt reuses what its own node holds. Which node that is, is decided as
 * in the replay of caches (routing.ts). Blocks that are found but not reused are computed again and
 * count as used all the same. Units: blocks, bytes, ms; a block is stored and moved between tiers
 * whole, and loaded to the GPUs up to the tokens that are reused.
 */
import { blockStores } from '../../caching/block-stores.ts';
import type { CountedStore, StoreMoves, TierFacts } from '../../caching/store/block-store.ts';
import {
  newReuse,
  type ReuseCosts,
  reusableBlocks,
} from '../../caching/store/load-or-recompute.ts';
import type { PolicySpec } from '../../policy/registry.ts';
import { InputError } from '../../units/input-error.ts';
import { BlockStream, type BlockTrace } from './block-stream.ts';
import { createRouter, type Routing } from './routing.ts';

export interface TierReplayOptions {
  /** A host store of `blockStores`; every node has one. */
  readonly store: PolicySpec;
  /** Rates have one entry for each tier of the store. */
  readonly costs: Omit<ReuseCosts, 'blockTokens'>;
  readonly nodes?: number;
  /** Which node takes a prompt. Default: round-robin. */
  readonly routing?: Routing;
  /** Of policies and routings that draw. Default: 1. */
  readonly seed?: number;
}

/** One row per request, in the order of the trace. */
export interface TierColumns {
  readonly node: Int32Array;
  /** Leading blocks on each tier of the node: found[request × tiers + tier]. */
  readonly found: Int32Array;
  /** Leading blocks that are loaded: m*. */
  readonly reused: Int32Array;
  readonly loadedBytes: Float64Array;
  readonly loadMs: Float64Array;
  /** The whole prompt computed, against load and the rest computed. */
  readonly wholeMs: Float64Array;
  readonly prefillMs: Float64Array;
  readonly promoted: Int32Array;
  readonly demoted: Int32Array;
}

export interface TierTotals extends TierFacts {
  readonly found: number;
  readonly reused: number;
  readonly loadedBytes: number;
}

export interface TierReplayResult {
  readonly requests: number;
  readonly references: number;
  /** The fastest tier first. */
  readonly tiers: readonly TierTotals[];
  readonly found: number;
  readonly reused: number;
  readonly wholeMs: number;
  readonly prefillMs: number;
  /** wholeMs − prefillMs: net of the loads. */
  readonly savedMs: number;
  readonly loadedBytes: number;
  /** Written from the GPUs to tier 0; between tiers; with tier 0 to the tier below. */
  readonly storedBytes: number;
  readonly promotedBytes: number;
  readonly demotedBytes: number;
  readonly writtenThroughBytes: number;
  /** Over all nodes. */
  readonly moves: StoreMoves;
  readonly nodes: readonly { requests: number; missing: number }[];
  readonly columns: TierColumns;
}

/** @throws InputError for a trace without blocks or with broken chains, or wrong options */
export function replayTiers(
  trace: BlockTrace | BlockStream,
  {
    store: spec,
    costs,
    nodes: nodeCount = 1,
    routing = 'round-robin',
    seed = 1,
  }: TierReplayOptions,
): TierReplayResult {
  const stream = trace instanceof BlockStream ? trace : new BlockStream(trace);
  const { count, arrivalMs, offsets, ids, inputTokens, blocks, forest, blockTokens } = stream;
  if (blockTokens === null) {
    throw new InputError('a trace without a block size', {
      rule: 'tokens of a block in the metadata: capacities and loads are in tokens',
    });
  }
  if (!Number.isInteger(nodeCount) || nodeCount < 1) {
    throw new InputError(`invalid nodes ${nodeCount}`, { rule: 'a whole number, at least 1' });
  }
  const choice = blockStores.create(spec, { seed });
  checkRates(choice.tiers, costs.bytesPerS);
  const { kvBytesPerToken } = costs;
  const listener = { added: () => {}, removed: () => {} };
  const context = { blocks, blockTokens, kvBytesPerToken, forest, listener, seed };
  const stores = Array.from({ length: nodeCount }, () => choice.build(context));
  const nodes = stores.map(() => ({ requests: 0, missing: 0 }));
  // Routers ask a cache for its leading blocks and for nothing else.
  const router = createRouter(routing, stream, { caches: stores, seed });

  const depth = choice.tiers.length;
  const columns = newColumns(count, depth);
  const perTier = choice.tiers.map(() => ({ found: 0, reused: 0, loadedBytes: 0 }));
  const tierOf = new Int8Array(stream.longest);
  const reuse = newReuse();
  const rule = { ...costs, blockTokens };
  for (let request = 0; request < count; request++) {
    const from = offsets[request]!;
    const to = offsets[request + 1]!;
    const nowMs = arrivalMs[request]!;
    const tokens = inputTokens[request]!;
    const node = nodeCount === 1 ? 0 : router(request, nodes);
    const store = stores[node]!;
    // Lifetimes end before the prompt is looked up.
    store.touch(ids, from, from, nowMs);
    const found = store.leading(ids, from, to);
    for (let i = 0; i < found; i++) tierOf[i] = store.tierOf(ids[from + i]!);
    reusableBlocks(tokens, tierOf, found, rule, reuse);
    for (let i = 0; i < found; i++) {
      const tier = tierOf[i]!;
      const totals = perTier[tier]!;
      columns.found[request * depth + tier]!++;
      totals.found++;
      if (i >= reuse.blocks) continue;
      totals.reused++;
      const end = Math.min((i + 1) * blockTokens, reuse.tokens);
      totals.loadedBytes += (end - i * blockTokens) * kvBytesPerToken;
    }
    const { promoted, demoted } = store.moves;
    store.put(ids, from, to, nowMs);
    columns.node[request] = node;
    columns.reused[request] = reuse.blocks;
    columns.loadedBytes[request] = reuse.bytes;
    columns.loadMs[request] = reuse.loadMs;
    columns.wholeMs[request] = found === 0 ? reuse.totalMs : costs.prefillMs(tokens, 0);
    columns.prefillMs[request] = reuse.totalMs;
    columns.promoted[request] = store.moves.promoted - promoted;
    columns.demoted[request] = store.moves.demoted - demoted;
    nodes[node]!.requests++;
    nodes[node]!.missing += to - from - reuse.blocks;
  }

  const moves = summedMoves(stores);
  const wholeMs = sum(columns.wholeMs);
  const prefillMs = sum(columns.prefillMs);
  const blockBytes = blockTokens * kvBytesPerToken;
  return {
    requests: count,
    references: stream.references,
    tiers: choice.tiers.map((facts, tier) => ({ ...facts, ...perTier[tier]! })),
    found: sum(columns.found),
    reused: sum(columns.reused),
    wholeMs,
    prefillMs,
    savedMs: wholeMs - prefillMs,
    loadedBytes: sum(columns.loadedBytes),
    storedBytes: moves.added * blockBytes,
    promotedBytes: moves.promoted * blockBytes,
    demotedBytes: moves.demoted * blockBytes,
    writtenThroughBytes: moves.writtenThrough * blockBytes,
    moves,
    nodes,
    columns,
  };
}

function checkRates(tiers: readonly TierFacts[], bytesPerS: readonly number[]): void {
  if (bytesPerS.length !== tiers.length) {
    throw new InputError(`${bytesPerS.length} load rates for ${tiers.length} tiers`, {
      rule: 'one for each tier, the fastest first',
    });
  }
  for (const rate of bytesPerS) {
    if (rate > 0) continue;
    throw new InputError(`invalid load rate ${rate}`, { rule: 'bytes/s above 0' });
  }
}

function newColumns(count: number, tiers: number): TierColumns {
  return {
    node: new Int32Array(count),
    found: new Int32Array(count * tiers),
    reused: new Int32Array(count),
    loadedBytes: new Float64Array(count),
    loadMs: new Float64Array(count),
    wholeMs: new Float64Array(count),
    prefillMs: new Float64Array(count),
    promoted: new Int32Array(count),
    demoted: new Int32Array(count),
  };
}

function summedMoves(stores: readonly CountedStore[]): StoreMoves {
  const total = { added: 0, promoted: 0, demoted: 0, writtenThrough: 0, removed: 0 };
  for (const { moves } of stores) {
    total.added += moves.added;
    total.promoted += moves.promoted;
    total.demoted += moves.demoted;
    total.writtenThrough += moves.writtenThrough;
    total.removed += moves.removed;
  }
  return total;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
