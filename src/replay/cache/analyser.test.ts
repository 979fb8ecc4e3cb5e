import { describe, expect, it } from 'vitest';
import { blockCacheAnalyser, policyWord } from './analyser.ts';
import { replayBlocks } from './replay-blocks.ts';
import { blockTrace } from './testing/block-traces.ts';

const trace = blockTrace(
  [
    [0, 1],
    [2, 3],
    [0, 1, 4],
    [2, 3],
    [0, 1, 4],
  ],
  {
    inputTokens: [8, 8, 10, 8, 10],
    arrivalMs: [0, 1000, 2000, 3000, 4000],
  },
);
const given = { kind: 'block-cache', trace: 'some', policies: ['lru'], capacities: [4, null] };

function analysed(changes: object = {}) {
  const spec = blockCacheAnalyser.parse({ ...given, ...changes });
  blockCacheAnalyser.check?.(spec, trace);
  return blockCacheAnalyser.analyse(spec, trace).block_cache as Record<string, unknown[]>;
}

describe('the analyser of block caches', () => {
  it('gives the hits of a replay, one row per policy and capacity', () => {
    const rows = analysed({ policies: ['lru', 'fifo', { kind: 'min' }] });
    const hits = (['lru', 'fifo', 'min'] as const).flatMap((policy) =>
      [4, Infinity].map(
        (capacity) => replayBlocks(trace, { policy, capacity, rule: 'prefix' }).hits,
      ),
    );
    expect(rows.policy).toEqual(['lru', 'lru', 'fifo', 'fifo', 'min', 'min']);
    expect(rows.capacity_blocks).toEqual([4, null, 4, null, 4, null]);
    expect(rows.hits).toEqual(hits);
    expect(rows.oracles).toEqual(['none', 'none', 'none', 'none', 'future', 'future']);
  });

  it('counts hits in tokens, the last block of a prompt by what it holds', () => {
    const { hits, block_references, hit_tokens, input_tokens } = analysed({ capacities: [null] });
    // 2 whole blocks three times, and 2 tokens of the last block of the last prompt.
    expect([hits, block_references, hit_tokens, input_tokens]).toEqual([[7], [12], [26], [44]]);
  });

  it('saves no more prefill than there is, and all where everything hits', () => {
    const { prefill_s, saved_prefill_s } = analysed({ window: { fromMs: 3000 } });
    expect(saved_prefill_s?.[1]).toBeCloseTo(prefill_s?.[1] as number, 12);
    expect(Number(saved_prefill_s?.[0])).toBeLessThan(Number(prefill_s?.[0]));
  });

  it('counts the requests of a window, on a cache that is warm or cold', () => {
    const warm = analysed({ capacities: [null], window: { fromMs: 2000 } });
    const cold = analysed({ capacities: [null], window: { fromMs: 2000, start: 'cold' } });
    expect([warm.requests, warm.hits]).toEqual([[3], [7]]);
    expect([cold.requests, cold.hits]).toEqual([[3], [3]]);
  });

  it('writes a policy one way, however it was given', () => {
    const word = 'lru:touch=head-first';
    const [spec] = blockCacheAnalyser.parse({
      ...given,
      policies: [{ kind: 'lru', touch: 'head-first' }],
    }).policies as { kind: string }[];
    expect(policyWord(spec as { kind: string })).toBe(word);
    expect(blockCacheAnalyser.parse({ ...given, policies: [word] }).policies).toEqual([spec]);
  });

  it.each<[string, object, string]>([
    ['an unknown policy', { policies: ['lur'] }, 'did you mean lru?'],
    ['a capacity below the longest request', { capacities: [2] }, 'at least 3 blocks'],
    ['a capacity of no blocks', { capacities: [0] }, 'capacities.0'],
    ['an unknown member', { capacity: [3] }, 'did you mean capacities?'],
    ['a window without requests', { window: { fromMs: 9000 } }, 'no request arrives'],
    ['no policy', { policies: [] }, 'policies'],
  ])('refuses %s before anything runs', (_, changes, message) => {
    expect(() => analysed(changes)).toThrow(message);
  });
});
