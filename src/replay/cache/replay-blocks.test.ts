import { describe, expect, it } from 'vitest';
import { replayBlocks } from './replay-blocks.ts';
import { blockTrace } from './testing/block-traces.ts';

describe('replayBlocks', () => {
  it('counts a resident block behind the first miss as no hit, but keeps it', () => {
    // FIFO gives up block 0 for block 3; 1 and 2 stay without it.
    const requests = [[0, 1, 2], [3], [0, 1, 2], [0, 1, 2]];
    const policy = { kind: 'fifo', touch: 'head-first' };
    const perRequest: number[] = [];
    const onRequest = (_: number, hits: number) => perRequest.push(hits);
    replayBlocks(blockTrace(requests), { policy, capacity: 3, rule: 'prefix', onRequest });
    expect(perRequest).toEqual([0, 0, 0, 3]);
  });

  it('keeps a block for its lifetime and not a millisecond more', () => {
    const trace = blockTrace([[0], [0], [0]], { arrivalMs: [0, 500, 1001] });
    const options = { policy: 'ttl', capacity: Infinity, rule: 'prefix' } as const;
    expect(replayBlocks(trace, { ...options, ttlMs: 500 }).hits).toBe(1);
    const fixed = { kind: 'ttl', expiry: 'fixed', ttlMs: 1000 };
    expect(replayBlocks(trace, { ...options, policy: fixed }).hits).toBe(1);
    expect(replayBlocks(trace, { ...options, policy: { ...fixed, ttlMs: 1001 } }).hits).toBe(2);
  });

  it('gives a lifetime to any policy', () => {
    const trace = blockTrace([[0], [1], [0]]);
    const options = { policy: 'sieve', capacity: 5, rule: 'block' } as const;
    expect(replayBlocks(trace, { ...options, ttlMs: 2000 }).hits).toBe(1);
    expect(replayBlocks(trace, { ...options, ttlMs: 1999 }).hits).toBe(0);
  });

  it('splits references and hits between the halves of the trace', () => {
    const options = { policy: 'lru', capacity: Infinity, rule: 'prefix' } as const;
    expect(replayBlocks(blockTrace([[0], [0, 1], [0, 1, 2]]), options)).toEqual({
      references: 6,
      hits: 3,
      hitRatio: 0.5,
      firstHalfReferences: 1,
      firstHalfHits: 0,
      evictions: 0,
      nodes: [{ requests: 3, missing: 3 }],
    });
  });

  it('never finds the partial last block of a prompt again under vLLM, and computes a token', () => {
    // 4 tokens a block: the first prompt ends in a partial block, the last two are whole.
    const requests = [
      [0, 1],
      [0, 1],
      [0, 2],
      [0, 2],
    ];
    const trace = blockTrace(requests, { inputTokens: [7, 7, 8, 8] });
    const perRequest: number[] = [];
    replayBlocks(trace, {
      policy: 'vllm',
      capacity: Infinity,
      rule: 'prefix',
      onRequest: (_, hits) => perRequest.push(hits),
    });
    expect(perRequest).toEqual([0, 1, 1, 1]);
  });

  it('lets no block enter below one that a filter keeps out, in the leaf-only form', () => {
    // Block 0 missed last 7 misses ago, its child 6 ago, while 0 was resident.
    const requests = [[0], [0], [4], [0, 1], [2], [2], [3], [3], [0, 1]];
    const entered = (form: string) => {
      let found = false;
      const policy = { kind: 'lru', form, admission: 'second-hit', rememberedMisses: 6 };
      replayBlocks(blockTrace(requests), {
        policy,
        capacity: 2,
        rule: 'prefix',
        onRequest: (_request, _hits, cache) => {
          found = cache.isResident(1);
        },
      });
      return found;
    };
    expect(entered('free')).toBe(true);
    expect(entered('leaf-only')).toBe(false);
  });

  it('keeps what a policy draws the same for the same seed', () => {
    const requests = Array.from({ length: 200 }, (_, i) => [i % 7 < 4 ? i % 7 : i]);
    const trace = blockTrace(requests.map(([id]) => [id!]));
    const hits = (seed: number) =>
      replayBlocks(trace, {
        policy: { kind: 'hyperbolic', sample: 2 },
        capacity: 4,
        rule: 'block',
        seed,
      }).hits;
    expect(hits(1)).toBe(hits(1));
    expect(new Set([1, 2, 3, 4, 5, 6].map(hits)).size).toBeGreaterThan(1);
  });

  it.each([
    [2, 'prefix', 'lru', 'invalid capacity 2: a whole number of at least 3 blocks'],
    [0, 'block', 'lru', 'invalid capacity 0: a whole number of at least 1 blocks'],
    [-4, 'block', 'min', 'invalid capacity -4'],
    [2.5, 'block', 'lru', 'invalid capacity 2.5'],
    [Number.NaN, 'block', 'lru', 'invalid capacity NaN'],
    [5, 'block', 'lur', 'unknown cache policy "lur": did you mean lru?'],
  ] as const)('refuses capacity %d, rule %s, policy %s', (capacity, rule, policy, message) => {
    const trace = blockTrace([[0, 1, 2]]);
    expect(() => replayBlocks(trace, { policy, capacity, rule })).toThrow(message);
  });

  it('takes a bypassing policy at any capacity, since nothing needs to stay', () => {
    const options = { policy: { kind: 'min', bypass: true }, rule: 'prefix' } as const;
    const requests = [
      [0, 1, 2],
      [0, 3, 4],
      [0, 1, 5],
    ];
    expect(replayBlocks(blockTrace(requests), { ...options, capacity: 1 }).hits).toBe(2);
    expect(replayBlocks(blockTrace(requests), { ...options, capacity: 2 }).hits).toBe(3);
  });

  it('refuses node counts below 1', () => {
    const options = { policy: 'lru', capacity: 5, rule: 'prefix', nodes: 0 } as const;
    expect(() => replayBlocks(blockTrace([[0]]), options)).toThrow('invalid nodes 0');
  });

  it('takes an empty trace', () => {
    const options = { policy: 'min', capacity: 5, rule: 'block' } as const;
    expect(replayBlocks(blockTrace([]), options)).toMatchObject({ references: 0, hitRatio: 0 });
  });
});

describe('routing', () => {
  const requests = [[0, 1], [2, 3], [0, 1], [2, 3], [4]];
  const at = (routing: 'round-robin' | 'longest-prefix' | 'random') =>
    replayBlocks(blockTrace(requests), {
      policy: 'lru',
      capacity: 4,
      rule: 'prefix',
      nodes: 3,
      routing,
    });

  it('goes round the nodes', () => {
    const { hits, nodes } = at('round-robin');
    expect(hits).toBe(0);
    expect(nodes.map((node) => node.requests)).toEqual([2, 2, 1]);
  });

  it('goes to the longest prefix, then to the least work', () => {
    const { hits, nodes } = at('longest-prefix');
    expect(hits).toBe(4);
    expect(nodes).toEqual([
      { requests: 2, missing: 2 },
      { requests: 2, missing: 2 },
      { requests: 1, missing: 1 },
    ]);
  });

  it('draws nodes', () => {
    expect(at('random').nodes.reduce((sum, node) => sum + node.requests, 0)).toBe(5);
  });
});
