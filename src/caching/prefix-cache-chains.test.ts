import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixCache } from './prefix-cache.ts';

fc.configureGlobal({ seed: 42, numRuns: 300 });

/** A forest of prefixes: the parent of block i is below i, −1 for a first block. */
const forest = fc
  .array(fc.nat(), { minLength: 1, maxLength: 24 })
  .map((picks) => picks.map((pick, id) => (pick % (id + 1)) - 1));

/** Blocks of the prefix that ends in a block, first one first. */
function chain(parents: readonly number[], leaf: number): number[] {
  const blocks: number[] = [];
  for (let id = leaf; id >= 0; id = parents[id] as number) blocks.unshift(id);
  return blocks;
}

/** Takes a whole prefix as a running request does: pins what is there, adds the rest. */
function take(cache: PrefixCache, blocks: readonly number[]): void {
  for (const id of blocks) {
    if (cache.isResident(id)) cache.pin(id);
    else cache.insertPinned(id, 1);
  }
}

function letGo(cache: PrefixCache, blocks: readonly number[]): void {
  for (const id of blocks.toReversed()) cache.release(id);
}

const action = fc.record({ leaf: fc.nat(), finish: fc.nat(), evict: fc.constantFrom(0, 0, 1, 3) });

describe('prefix chains', () => {
  it('are evicted leaf first: no resident block ever lacks its parent', () => {
    fc.assert(
      fc.property(forest, fc.array(action, { maxLength: 60 }), (parents, actions) => {
        const cache = new PrefixCache(parents.length);
        const running: number[][] = [];
        for (const { leaf, finish, evict } of actions) {
          const blocks = chain(parents, leaf % parents.length);
          take(cache, blocks);
          running.push(blocks);
          if (running.length > 3) letGo(cache, running.splice(finish % running.length, 1)[0]!);
          cache.evict(evict);
          for (const [id, parent] of parents.entries()) {
            if (parent >= 0 && cache.isResident(id)) expect(cache.isResident(parent)).toBe(true);
          }
          for (const held of running) expect(held.every((id) => cache.isResident(id))).toBe(true);
        }
        for (const held of running) letGo(cache, held);
        expect(cache.evictableBlocks).toBe(cache.residentBlocks);
      }),
    );
  });

  it('lose their least recently released tail first', () => {
    const cache = new PrefixCache(8);
    const [old, young] = [
      [0, 1, 2],
      [0, 1, 3],
    ];
    take(cache, old as number[]);
    take(cache, young as number[]);
    letGo(cache, old as number[]);
    letGo(cache, young as number[]);
    const left: number[][] = [];
    while (cache.residentBlocks > 0) {
      cache.evict(1);
      left.push([0, 1, 2, 3].filter((id) => cache.isResident(id)));
    }
    expect(left).toEqual([[0, 1, 3], [0, 1], [0], []]);
  });
});
