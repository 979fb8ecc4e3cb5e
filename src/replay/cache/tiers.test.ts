import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTraceMirror } from '../../trace/mirror.ts';
import { InputError } from '../../units/input-error.ts';
import { BlockStream } from './block-stream.ts';
import { replayBlocks } from './replay-blocks.ts';
import { blockTrace, busyForest, prefixClosed, publicTrace } from './testing/block-traces.ts';
import { referenceHits } from './testing/reference-hits.ts';
import { replayTiers, type TierReplayOptions } from './tiers.ts';

const blockTokens = 4;

/** 1 ms a token and a KV byte a token, loads at once. */
const free: TierReplayOptions['costs'] = {
  bytesPerS: [Infinity],
  overlap: 'serial',
  layers: 1,
  kvBytesPerToken: 1,
  prefillMs: (tokens) => tokens,
};

/** A pool of so many blocks. */
function pool(dram: number, ssd = 0, rest: Record<string, unknown> = {}) {
  return {
    kind: 'pool',
    dramTokens: dram * blockTokens,
    ssdTokens: ssd * blockTokens,
    ...rest,
  };
}

const prompts = [[0, 1], [2, 3], [0, 1, 4], [2], [0, 1]];

describe('replayTiers', () => {
  it('finds blocks on both tiers, loads what pays and moves the rest', () => {
    // 4 bytes a ms from DRAM, half a byte a ms from SSD: twice as slow as computing.
    const costs = { ...free, bytesPerS: [4000, 500] };
    const replayed = replayTiers(blockTrace(prompts), { store: pool(3, 2), costs });
    const { columns, ...totals } = replayed;
    // After prompt 1 DRAM holds 3, 2 and 0, SSD block 1; prompt 2 brings 1 up for 3 and 2.
    expect([...columns.found]).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 2, 0]);
    expect([...columns.reused]).toEqual([0, 0, 1, 0, 2]);
    expect([...columns.promoted]).toEqual([0, 0, 1, 1, 0]);
    expect([...columns.demoted]).toEqual([0, 1, 2, 1, 0]);
    // Of the last prompt 7 of 8 tokens are loaded: one is always computed.
    expect([...columns.loadedBytes]).toEqual([0, 0, 4, 0, 7]);
    expect([...columns.wholeMs]).toEqual([8, 8, 12, 4, 8]);
    expect([...columns.prefillMs]).toEqual([8, 8, 9, 4, 1 + 7 / 4]);
    expect(totals).toMatchObject({
      requests: 5,
      references: 10,
      found: 5,
      reused: 3,
      wholeMs: 40,
      savedMs: 3 + 5.25,
      loadedBytes: 11,
      storedBytes: 20,
      promotedBytes: 8,
      demotedBytes: 16,
      writtenThroughBytes: 0,
      tiers: [
        { medium: 'dram', tokens: 12, found: 3, reused: 3, loadedBytes: 11 },
        { medium: 'ssd', tokens: 8, found: 2, reused: 0, loadedBytes: 0 },
      ],
      nodes: [{ requests: 5, missing: 7 }],
    });
  });

  it('finds nothing without a store, and saves nothing', () => {
    const costs = { ...free, bytesPerS: [] };
    const replayed = replayTiers(blockTrace(prompts), { store: { kind: 'none' }, costs });
    expect(replayed).toMatchObject({
      found: 0,
      savedMs: 0,
      wholeMs: 40,
      storedBytes: 0,
      tiers: [],
    });
  });

  it('lets lifetimes end before it looks a prompt up', () => {
    const trace = blockTrace([[0], [0], [0]], { arrivalMs: [0, 300_000, 600_001] });
    const store = pool(9, 0, { eviction: 'ttl' });
    expect([...replayTiers(trace, { store, costs: free }).columns.found]).toEqual([0, 1, 0]);
  });

  it('finds what caches of the same capacity hit, on any number of nodes by any routing', () => {
    const routings = fc.constantFrom('round-robin', 'random', 'longest-prefix' as const);
    const requests = fc.oneof(prefixClosed, busyForest);
    fc.assert(
      fc.property(
        requests,
        fc.nat(6),
        fc.constantFrom(1, 2, 3),
        routings,
        (ids, spare, nodes, by) => {
          const stream = new BlockStream(blockTrace(ids));
          const capacity = Math.max(1, stream.longest) + spare;
          const shared = { nodes, routing: by, seed: 3 };
          const cached = replayBlocks(stream, {
            policy: 'lru',
            capacity,
            rule: 'prefix',
            ...shared,
          });
          const found = replayTiers(stream, { store: pool(capacity), costs: free, ...shared });
          expect(found.found).toBe(cached.hits);
          expect(found.nodes).toEqual(cached.nodes);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('never takes longer than computing all, and its totals are the sums of its rows', () => {
    const rates = fc.constantFrom(100, 900, 1100, 9000);
    const overlaps = fc.constantFrom<TierReplayOptions['costs']['overlap']>('serial', 'layer-wise');
    const inclusions = fc.constantFrom('exclusive', 'inclusive');
    fc.assert(
      fc.property(
        busyForest,
        rates,
        rates,
        overlaps,
        inclusions,
        (ids, one, two, overlap, inclusion) => {
          const costs = {
            ...free,
            bytesPerS: [one, two],
            overlap,
            layers: 4,
            prefillMs: (tokens: number, cached: number) => tokens + (tokens * cached) / 20,
          };
          const store = pool(4, 6, { inclusion });
          const { columns, tiers, moves, ...totals } = replayTiers(blockTrace(ids), {
            store,
            costs,
          });
          const sum = (values: ArrayLike<number>) => {
            return Array.from(values).reduce((all, value) => all + value, 0);
          };
          for (const [i, prefillMs] of columns.prefillMs.entries()) {
            expect(prefillMs).toBeLessThanOrEqual(columns.wholeMs[i]!);
            const found = columns.found[2 * i]! + columns.found[2 * i + 1]!;
            expect(columns.reused[i]).toBeLessThanOrEqual(found);
          }
          expect(totals.found).toBe(sum(columns.found));
          expect(totals.found).toBe(sum(tiers.map((tier) => tier.found)));
          expect(totals.reused).toBe(sum(tiers.map((tier) => tier.reused)));
          expect(totals.loadedBytes).toBe(sum(tiers.map((tier) => tier.loadedBytes)));
          expect(totals.savedMs).toBeCloseTo(sum(columns.wholeMs) - sum(columns.prefillMs), 6);
          expect(moves.promoted).toBe(sum(columns.promoted));
          expect(moves.demoted).toBe(sum(columns.demoted));
          if (inclusion === 'inclusive') expect(moves.demoted).toBe(0);
          else expect(moves.writtenThrough).toBe(0);
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });

  const wrong: [string, Partial<TierReplayOptions>, string][] = [
    ['no node', { nodes: 0 }, 'invalid nodes 0: a whole number, at least 1'],
    ['half a node', { nodes: 1.5 }, 'invalid nodes 1.5'],
    ['a store of capacity 0', { store: pool(0) }, 'a pool with dramTokens 0 and ssdTokens 0'],
    [
      'a store below a block',
      { store: pool(0.25) },
      'invalid dramTokens 1: at least one block of 4',
    ],
    ['too few rates', { store: pool(2, 2) }, '1 load rates for 2 tiers'],
    ['a rate of 0', { costs: { ...free, bytesPerS: [0] } }, 'invalid load rate 0'],
  ];

  it.each(wrong)('refuses %s', (_, given, message) => {
    const options = { store: pool(9), costs: free, ...given };
    const refused = () => replayTiers(blockTrace(prompts), options);
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(message);
  });

  it('refuses unknown blocks, broken chains and traces without blocks or their size', () => {
    const options = { store: pool(9), costs: free };
    const trace = blockTrace(prompts);
    const refuse = (one: typeof trace, message: string) => {
      expect(() => replayTiers(one, options)).toThrow(message);
    };
    refuse({ ...trace, uniqueBlocks: 4 }, 'unknown block id 4 (row 2, column block_ids)');
    refuse(blockTrace([[0, 1], [1]]), 'block 1 begins a prompt at depth 0, but follows block 0');
    refuse({ ...trace, blocks: null }, 'without block_ids');
    refuse({ ...trace, meta: { blockSize: null } }, 'a trace without a block size');
  });
});

const mirror = findTraceMirror();

describe.skipIf(!mirror)(
  'host stores of the public traces (skipped without a trace mirror)',
  () => {
    const tokens = (blocks: number) => ({ kind: 'pool', dramTokens: 512 * blocks });

    it('have the published hits on several nodes in turn, and by the longest prefix', () => {
      const stream = new BlockStream(mirror ? publicTrace(mirror, 'conversation') : blockTrace([]));
      const found = (options: Partial<TierReplayOptions>) =>
        replayTiers(stream, { store: tokens(5_859), costs: free, ...options }).found;
      for (const [nodes, hits] of referenceHits.conversation.roundRobin) {
        expect(found({ nodes })).toBe(hits);
      }
      expect(found({ nodes: 8, routing: 'longest-prefix' })).toBe(39_258);
    });
  },
);
