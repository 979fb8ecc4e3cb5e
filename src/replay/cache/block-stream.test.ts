import { describe, expect, it } from 'vitest';
import { BlockStream } from './block-stream.ts';
import { blockTrace } from './testing/block-traces.ts';

describe('BlockStream', () => {
  it('knows parents and depths', () => {
    const { forest, longest, references } = new BlockStream(blockTrace([[0, 1, 2], [0, 3], [4]]));
    expect([...forest.parent]).toEqual([-1, 0, 1, 0, -1]);
    expect([...forest.depth]).toEqual([0, 1, 2, 1, 0]);
    expect([longest, references]).toEqual([3, 6]);
  });

  it.each([
    ['another block before it', [[0, 1], [2], [2, 1]], 'block 1 follows block 2 at depth 1, but'],
    ['another depth', [[0, 1], [1]], 'block 1 begins a prompt at depth 0, but follows block 0'],
    ['itself before it', [[0, 0]], 'block 0 follows block 0'],
  ])('refuses a block with %s', (_, requests, message) => {
    const open = () => new BlockStream(blockTrace(requests));
    expect(open).toThrow(message);
    expect(open).toThrow(': a block id stands for a whole prefix');
    expect(open).toThrow(`row ${requests.length - 1}, column block_ids`);
  });

  it.each([-1, 3])('refuses the unknown id %d', (id) => {
    const trace = { ...blockTrace([[0], [id]]), uniqueBlocks: 3 };
    const message = `unknown block id ${id} (row 1, column block_ids): ids are 0 to 2`;
    expect(() => new BlockStream(trace)).toThrow(message);
  });

  it('refuses a trace without blocks', () => {
    const trace = { ...blockTrace([[0]]), blocks: null };
    expect(() => new BlockStream(trace)).toThrow('without block_ids has nothing to cache');
  });

  it('gives partial last blocks ids of their own', () => {
    const trace = blockTrace([[0, 1], [0, 1], [0]], { inputTokens: [7, 7, 4] });
    const { ids, blocks, forest } = new BlockStream(trace).fullBlocks();
    expect([...ids]).toEqual([0, 2, 0, 3, 0]);
    expect(blocks).toBe(4);
    expect(forest.parent[3]).toBe(0);
  });
});
