import { describe, expect, it } from 'vitest';
import type { PrefixCache } from '../../caching/prefix-cache.ts';
import { KvMemory } from './kv-memory.ts';
import { SharedPrefixes } from './shared-prefixes.ts';
import { TaskColumns } from './task-columns.ts';
import type { Workload } from './workload.ts';

interface Prompt {
  readonly tokens: number;
  readonly blocks: readonly number[];
}

function workloadOf(prompts: readonly Prompt[], blockTokens: number): Workload {
  const offsets = new Int32Array(prompts.length + 1);
  for (const [i, { blocks }] of prompts.entries()) offsets[i + 1] = offsets[i]! + blocks.length;
  const values = Int32Array.from(prompts.flatMap(({ blocks }) => blocks));
  return {
    count: prompts.length,
    row: Int32Array.from(prompts.keys()),
    arrivalMs: new Float64Array(prompts.length),
    inputTokens: Int32Array.from(prompts, ({ tokens }) => tokens),
    outputTokens: new Int32Array(prompts.length).fill(1),
    cancelAfterMs: null,
    parent: null,
    thinkMs: null,
    blocks: { offsets, values },
    blockTokens,
    uniqueBlocks: 1 + Math.max(-1, ...values),
    hasMedia: false,
    arrivals: { mode: 'open' },
  };
}

/** Prompts in trace blocks of 8 tokens, on memory in engine blocks of 4. */
function setUp(prompts: readonly Prompt[], { cacheSlots = 100, engineBlock = 4 } = {}) {
  const work = workloadOf(prompts, 8);
  const memory = new KvMemory(400, engineBlock, cacheSlots);
  const tasks = new TaskColumns(prompts.length);
  const prefixes = new SharedPrefixes(memory, work, tasks);
  /** As an instance admits a task, computes that many of its tokens, and shares what is whole. */
  const admit = (task: number): number => {
    const prefix = prefixes.resident(task);
    prefixes.pin(task, prefix);
    const own = prefixes.ownBlocks(task, prefix);
    memory.hold(own);
    tasks.fixedBlocks[task] = own;
    tasks.computed[task] = prefixes.savedTokens(task, prefix);
    return prefix;
  };
  const compute = (task: number, tokens: number): void => {
    tasks.computed[task]! += tokens;
    prefixes.share(task);
  };
  const end = (task: number): void => {
    memory.free(tasks.fixedBlocks[task] as number);
    prefixes.release(task);
  };
  return { memory, cache: memory.cache as PrefixCache, tasks, prefixes, admit, compute, end };
}

const long = { tokens: 20, blocks: [0, 1, 2] };

describe('SharedPrefixes', () => {
  it('makes a block resident when its last token is computed, a short last one too', () => {
    const { cache, admit, compute } = setUp([long]);
    admit(0);
    const resident = () => long.blocks.filter((id) => cache.isResident(id));
    compute(0, 7);
    expect(resident()).toEqual([]);
    compute(0, 1);
    expect(resident()).toEqual([0]);
    compute(0, 11);
    expect(resident()).toEqual([0, 1]);
    compute(0, 1);
    expect(resident()).toEqual([0, 1, 2]);
  });

  it('gives a later request the leading blocks that are resident, and only those', () => {
    const { prefixes, admit, compute } = setUp([long, { tokens: 24, blocks: [0, 3, 2] }]);
    expect(prefixes.resident(1)).toBe(0);
    admit(0);
    compute(0, 20);
    // Block 2 is resident, but behind block 3, which is not.
    expect(prefixes.resident(1)).toBe(1);
  });

  it('saves the tokens of the prefix, and always leaves one to compute', () => {
    const { prefixes } = setUp([long]);
    expect([0, 1, 2, 3].map((n) => prefixes.savedTokens(0, n))).toEqual([0, 8, 16, 19]);
  });

  it('needs whole engine blocks for each block of the trace', () => {
    // 8, 8 and 4 tokens: two, two and one blocks of 4; with blocks of 5 the first two waste 2.
    const { prefixes } = setUp([long]);
    expect([0, 1, 2, 3].map((n) => prefixes.ownBlocks(0, n))).toEqual([5, 3, 1, 0]);
    const coarse = setUp([long], { engineBlock: 5 });
    expect(coarse.prefixes.ownBlocks(0, 0)).toBe(5);
    const huge = setUp([long], { engineBlock: 64 });
    expect(huge.prefixes.ownBlocks(0, 0)).toBe(3);
  });

  it('moves blocks from the request to the cache without changing what is used', () => {
    const { memory, tasks, admit, compute, end } = setUp([long]);
    admit(0);
    expect(memory.usedBlocks).toBe(5);
    for (const tokens of [8, 8, 4]) {
      compute(0, tokens);
      expect(memory.usedBlocks).toBe(5);
    }
    expect([tasks.fixedBlocks[0], tasks.pinned[0]]).toEqual([0, 3]);
    end(0);
    expect([memory.usedBlocks, memory.cachedBlocks]).toEqual([0, 5]);
  });

  it('counts a shared prefix once however many hold it', () => {
    const { memory, prefixes, admit, compute, end } = setUp([long, long, long]);
    admit(0);
    compute(0, 20);
    expect(admit(1)).toBe(3);
    expect(admit(2)).toBe(3);
    expect(memory.usedBlocks).toBe(5);
    end(0);
    end(1);
    expect([memory.usedBlocks, prefixes.unpinnedBlocks(1, 3)]).toEqual([5, 0]);
    end(2);
    expect([memory.usedBlocks, prefixes.unpinnedBlocks(1, 3)]).toEqual([0, 5]);
  });

  it('keeps a private copy behind a block that another request shared first', () => {
    const { memory, tasks, cache, admit, compute, end } = setUp([long, long]);
    admit(0);
    admit(1);
    compute(0, 8);
    compute(1, 20);
    expect([tasks.unshared[1], tasks.pinned[1]]).toEqual([1, 0]);
    expect(cache.isResident(1)).toBe(false);
    expect(memory.usedBlocks).toBe(10);
    end(1);
    expect(memory.usedBlocks).toBe(5);
  });

  it('lets go of the deepest block first', () => {
    const { cache, admit, compute, end } = setUp([long]);
    admit(0);
    compute(0, 20);
    end(0);
    cache.evict(1);
    expect(long.blocks.map((id) => cache.isResident(id))).toEqual([true, true, false]);
  });

  it('shares nothing without a cache, and nothing of a prompt without blocks', () => {
    const without = setUp([long], { cacheSlots: 0 }).prefixes;
    expect([without.blocksOf(0), without.resident(0), without.ownBlocks(0, 0)]).toEqual([0, 0, 0]);
    const bare = setUp([long, { tokens: 9, blocks: [] }]).prefixes;
    expect([bare.blocksOf(1), bare.resident(1), bare.ownBlocks(1, 0)]).toEqual([0, 0, 0]);
  });
});
