import { describe, expect, it } from 'vitest';
import type { PrefixCache } from '../../caching/prefix-cache.ts';
import { KvMemory } from './kv-memory.ts';

/** Memory of 10 blocks of 4 tokens; blocks of the trace take one each and nobody holds them. */
function memoryWith(cached: readonly number[]): { memory: KvMemory; cache: PrefixCache } {
  const memory = new KvMemory(40, 4, 100);
  const cache = memory.cache as PrefixCache;
  memory.hold(cached.length);
  for (const id of cached) memory.share(id, 1);
  for (const id of cached) cache.release(id);
  return { memory, cache };
}

function residents(cache: PrefixCache): number[] {
  return [1, 2, 3, 4].filter((id) => cache.isResident(id));
}

describe('KvMemory with a prefix cache', () => {
  it('counts cached blocks that nobody holds as free', () => {
    const { memory, cache } = memoryWith([1, 2, 3]);
    expect([memory.freeBlocks, memory.usedBlocks, memory.cachedBlocks]).toEqual([10, 0, 3]);
    cache.pin(2);
    expect([memory.freeBlocks, memory.usedBlocks, memory.cachedBlocks]).toEqual([9, 1, 2]);
  });

  it('sharing a block moves it, and leaves what is free as it was', () => {
    const { memory } = memoryWith([]);
    memory.hold(4);
    expect(memory.freeBlocks).toBe(6);
    memory.share(1, 2);
    expect([memory.freeBlocks, memory.usedBlocks, memory.cachedBlocks]).toEqual([6, 4, 0]);
  });

  it('evicts when a request takes the memory, no block more than it needs', () => {
    const { memory, cache } = memoryWith([1, 2, 3]);
    memory.hold(7);
    expect(residents(cache)).toEqual([1, 2, 3]);
    memory.hold(1);
    expect(residents(cache)).toEqual([2, 3]);
    expect(memory.freeBlocks).toBe(2);
  });

  it('evicts when decodes grow into the memory', () => {
    const { memory, cache } = memoryWith([1, 2]);
    memory.hold(8);
    memory.startGrowing(7);
    memory.startGrowing(8);
    memory.takeRounds(1);
    expect(residents(cache)).toEqual([2]);
    expect(memory.roundsThatFit).toBe(3);
    memory.takeRounds(3);
    expect(residents(cache)).toEqual([]);
    expect(memory.freeBlocks).toBe(0);
  });

  it('makes room for the promised growth of a plan before what the plan admits', () => {
    const { memory, cache } = memoryWith([1, 2]);
    memory.hold(7);
    memory.startGrowing(8);
    memory.promiseGrowth();
    expect(residents(cache)).toEqual([1, 2]);
    memory.hold(1);
    expect(residents(cache)).toEqual([2]);
    // The growth is real now, and promised no more.
    memory.takeRounds(1);
    expect(residents(cache)).toEqual([2]);
    expect(memory.freeBlocks).toBe(1);
  });

  it('never caches more blocks than it has', () => {
    const { memory } = memoryWith([]);
    for (let id = 0; id < 50; id++) {
      memory.hold(1);
      memory.share(id, 1);
      memory.cache?.release(id);
    }
    expect(memory.cachedBlocks).toBe(10);
    expect(memory.freeBlocks).toBe(10);
  });
});
