import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockIndex } from './block-index.ts';

/** The index once more: the blocks of each node as a set. */
class NaiveIndex {
  readonly held: Set<number>[];

  constructor(nodes: number) {
    this.held = Array.from({ length: nodes }, () => new Set());
  }

  replicas(id: number): number {
    return this.held.filter((blocks) => blocks.has(id)).length;
  }

  prefixes(ids: readonly number[], from: number, to: number): number[] {
    return this.held.map((blocks) => {
      const chain = ids.slice(from, to);
      const missing = chain.findIndex((id) => !blocks.has(id));
      return missing === -1 ? chain.length : missing;
    });
  }
}

const blocks = 12;
const change = fc.record({ add: fc.boolean(), node: fc.nat(), id: fc.nat(blocks - 1) });

describe('BlockIndex', () => {
  it('knows what sets of blocks know, for any number of nodes', () => {
    const nodeCounts = fc.constantFrom(1, 2, 31, 32, 33, 64, 70);
    const chains = fc.array(fc.nat(blocks - 1), { maxLength: 8, size: 'max' });
    fc.assert(
      fc.property(
        nodeCounts,
        fc.array(change, { maxLength: 200, size: 'max' }),
        chains,
        (nodes, changes, ids) => {
          const index = new BlockIndex(nodes, blocks);
          const naive = new NaiveIndex(nodes);
          for (const { add, node: pick, id } of changes) {
            const node = pick % nodes;
            if (add) {
              index.added(node, id);
              naive.held[node]!.add(id);
            } else {
              index.removed(node, id);
              naive.held[node]!.delete(id);
            }
          }
          for (let id = 0; id < blocks; id++) {
            expect(index.replicas(id)).toBe(naive.replicas(id));
            const holding = naive.held.map((held) => held.has(id));
            expect(holding.map((_, node) => index.holds(node, id))).toEqual(holding);
          }
          const out = new Int32Array(nodes).fill(-7);
          for (const from of [0, Math.min(2, ids.length)]) {
            index.prefixes(Int32Array.from(ids), from, ids.length, out);
            expect([...out]).toEqual(naive.prefixes(ids, from, ids.length));
          }
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it('leaves what stands behind its nodes in the output alone', () => {
    const index = new BlockIndex(2, 1);
    index.added(1, 0);
    const out = Int32Array.of(9, 9, 9);
    index.prefixes(Int32Array.of(0), 0, 1, out);
    expect([...out]).toEqual([0, 1, 9]);
  });

  it('finds long chains on all of 32 nodes', () => {
    const index = new BlockIndex(32, 100);
    const ids = Int32Array.from({ length: 100 }, (_, id) => id);
    for (let node = 0; node < 32; node++) {
      for (let id = 0; id < 3 * node; id++) index.added(node, id);
    }
    const out = new Int32Array(32);
    index.prefixes(ids, 0, 100, out);
    expect([...out]).toEqual(Array.from({ length: 32 }, (_, node) => 3 * node));
  });
});
