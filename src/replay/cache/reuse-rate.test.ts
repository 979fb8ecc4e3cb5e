import { describe, expect, it } from 'vitest';
import { replayBlocks } from './replay-blocks.ts';
import { blockTrace } from './testing/block-traces.ts';

/**
 * Three chats that return every 40 s with two blocks more, six turns each, and three prompts of 20
 * blocks between two turns that never return: more than 60 blocks, of which chats need 40.
 */
function chatsAmongOneShots() {
  const requests: number[][] = [];
  const arrivalMs: number[] = [];
  const chats: number[][] = [[], [], []];
  let unique = 1;
  const fresh = (count: number) => Array.from({ length: count }, () => unique++);
  for (let round = 0; round < 150; round++) {
    for (const [i, own] of chats.entries()) {
      if (own.length === 12) own.length = 0;
      own.push(...fresh(2));
      requests.push([0, ...own], [0, ...fresh(20)]);
      arrivalMs.push(40_000 * round + 13_000 * i, 40_000 * round + 13_000 * i + 5000);
    }
  }
  return blockTrace(requests, { arrivalMs });
}

describe('reuse-rate', () => {
  it('learns that prompts of new blocks do not return, and keeps chats that LRU loses', () => {
    const trace = chatsAmongOneShots();
    const [lru, own, most] = ['lru', 'reuse-rate', 'min'].map((policy) => {
      return replayBlocks(trace, { policy, capacity: 60, rule: 'prefix' }).hits;
    }) as [number, number, number];
    expect(most).toBeGreaterThan(2 * lru);
    expect(own).toBeGreaterThan(lru + (most - lru) / 2);
  });
});
