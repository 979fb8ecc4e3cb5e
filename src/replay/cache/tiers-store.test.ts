import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockStores } from '../../caching/block-stores.ts';
import { cachePolicies } from '../../caching/policies.ts';
import { storeEvictions } from '../../caching/store/pool.ts';
import { findTraceMirror } from '../../trace/mirror.ts';
import { readTrace } from '../../trace/read.ts';
import { BlockStream } from './block-stream.ts';
import { replayBlocks } from './replay-blocks.ts';
import { blockTrace, busyForest, prefixClosed, publicTrace } from './testing/block-traces.ts';
import { referenceHits } from './testing/reference-hits.ts';

interface Pool {
  readonly dram: number;
  readonly ssd?: number;
  readonly eviction?: string;
  readonly inclusion?: string;
}

/** Leading hits of a pool (capacities in blocks) that finds and puts every prompt whole. */
function hitsOf(stream: BlockStream, { dram, ssd = 0, ...rest }: Pool): number {
  const blockTokens = stream.blockTokens!;
  const tokens = { dramTokens: dram * blockTokens, ssdTokens: ssd * blockTokens };
  const choice = blockStores.create({ kind: 'pool', ...tokens, ...rest }, { seed: 1 });
  const { blocks, forest, ids, offsets, arrivalMs } = stream;
  const listener = { added: () => {}, removed: () => {} };
  const node = { blocks, blockTokens, kvBytesPerToken: 1, forest, listener, seed: 1 };
  const store = choice.build(node);
  let hits = 0;
  for (let i = 0; i < stream.count; i++) {
    const [from, to] = [offsets[i]!, offsets[i + 1]!];
    // Lifetimes end before the prompt is looked up.
    store.touch(ids, from, from, arrivalMs[i]!);
    hits += store.leading(ids, from, to);
    store.put(ids, from, to, arrivalMs[i]!);
  }
  return hits;
}

const runs = { seed: 1, numRuns: 60 };
const requests = fc.oneof(prefixClosed, busyForest);

describe.each(storeEvictions)('a pool of one tier by %s', (eviction) => {
  it('has the hits of the cache replay', () => {
    fc.assert(
      fc.property(requests, fc.nat(10), (prompts, spare) => {
        const stream = new BlockStream(blockTrace(prompts));
        const dram = Math.max(1, stream.longest) + spare;
        const policy = { kind: eviction };
        // One token at least is computed: the cache of vLLM gives up the last hit of a whole prompt.
        let whole = 0;
        const onRequest = (request: number, hits: number) => {
          const length = stream.offsets[request + 1]! - stream.offsets[request]!;
          if (eviction === 'vllm' && hits === length - 1) whole++;
        };
        const { hits } = replayBlocks(stream, {
          policy,
          capacity: dram,
          rule: 'prefix',
          onRequest,
        });
        const stored = hitsOf(stream, { dram, eviction });
        if (eviction !== 'vllm') expect(stored).toBe(hits);
        expect(stored - hits).toBeLessThanOrEqual(whole);
      }),
      runs,
    );
  });
});

describe('a pool of two tiers by lru', () => {
  it('is one of both capacities where exclusive, and one of the second where inclusive', () => {
    fc.assert(
      fc.property(requests, fc.nat(5), fc.nat(8), (prompts, spare, more) => {
        const stream = new BlockStream(blockTrace(prompts));
        const dram = Math.max(1, stream.longest) + spare;
        const one = (capacity: number) => hitsOf(stream, { dram: capacity });
        expect(hitsOf(stream, { dram, ssd: 1 + more })).toBe(one(dram + 1 + more));
        const ssd = dram + more;
        expect(hitsOf(stream, { dram, ssd, inclusion: 'inclusive' })).toBe(one(ssd));
      }),
      runs,
    );
  });
});

describe('a pool of the shipped trace', () => {
  it.each(['lru', 'fifo', 'lfu', 's3-fifo', 'arc', 'reuse-rate'])(
    'has the hits of the cache replay by %s',
    async (eviction) => {
      expect(storeEvictions).toContain(eviction);
      const stream = new BlockStream((await readTrace('kimi-like')).trace);
      for (const capacity of [1_000, 10_000, 2 ** 40]) {
        const policy = { kind: eviction };
        const { hits } = replayBlocks(stream, { policy, capacity, rule: 'prefix' });
        expect(hitsOf(stream, { dram: capacity, eviction })).toBe(hits);
      }
    },
  );

  it('knows every policy that needs no more than the past', () => {
    const kinds = cachePolicies.all().map(({ kind }) => kind);
    expect(kinds.filter((kind) => !storeEvictions.includes(kind))).toEqual([
      'session-aware',
      'min',
    ]);
  });
});

const mirror = findTraceMirror();

describe.skipIf(!mirror).each(['conversation', 'synthetic'] as const)(
  'a pool of the public %s trace (skipped without a trace mirror)',
  (name) => {
    const { capacities, rows, most } = referenceHits[name];
    const stream = new BlockStream(mirror ? publicTrace(mirror, name) : blockTrace([]));
    const kinds = ['lru', 'fifo', 'lfu', 'lfu-da'];

    it.each(kinds)('by %s has the published hits', (eviction) => {
      const row = rows.find(({ rule, policy }) => {
        return rule === 'prefix' && policy.kind === eviction && Object.keys(policy).length === 1;
      });
      expect(capacities.map((dram) => hitsOf(stream, { dram, eviction }))).toEqual(row?.hits);
      expect(hitsOf(stream, { dram: 2 ** 40, eviction })).toBe(most);
    });

    it('by lru has them too where its places are on two tiers', () => {
      const lru = rows[0]!.hits;
      const exclusive = capacities.map((all) => hitsOf(stream, { dram: all / 4, ssd: 0.75 * all }));
      // The longest prompts do not fit into a quarter of the smallest.
      expect(exclusive.slice(1)).toEqual(lru.slice(1));
    });
  },
);
