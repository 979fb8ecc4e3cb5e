import { describe, expect, it } from 'vitest';
import type { Placer } from '../../policy/placer.ts';
import type { PolicyDefinition } from '../../policy/registry.ts';
import { FakeCluster, type FakeMember, placed } from '../testing/fake-cluster.ts';
import { cacheAware } from './cache-aware.ts';
import { loadBalancing } from './load-balancing.ts';
import { longestPrefix } from './longest-prefix.ts';

function create(policy: PolicyDefinition<Placer>): Placer {
  return policy.create({} as never, { seed: 1 });
}

/** Requests placed per instance, when all share their first block and no other. */
function sharedFirstBlock(policy: PolicyDefinition<Placer>, requests: number): number[] {
  const members: FakeMember[] = Array.from({ length: 4 }, () => ({}));
  const view = new FakeCluster({ members, inputTokens: 4096 });
  const placer = create(policy);
  const counts = [0, 0, 0, 0];
  for (let task = 0; task < requests; task++) {
    const { prefill } = placed(placer, view, { task, keep: true });
    counts[prefill]!++;
    (members[prefill] as FakeMember).residentBlocks = 1;
  }
  return counts;
}

describe('longest prefix', () => {
  it('takes the longest match, whatever the load', () => {
    const members = [
      { residentBlocks: 2 },
      { residentBlocks: 3, openPromptTokens: 1e6 },
      { residentBlocks: 1 },
    ];
    expect(placed(create(longestPrefix), new FakeCluster({ members })).prefill).toBe(1);
  });

  it('takes the least loaded of equal matches, the first of equally loaded ones', () => {
    const members = [9, 3, 5, 3].map((openPromptTokens) => ({ openPromptTokens }));
    expect(placed(create(longestPrefix), new FakeCluster({ members })).prefill).toBe(1);
  });

  it('sends all requests to one instance where all share a block that is resident at once', () => {
    expect(sharedFirstBlock(longestPrefix, 100)).toEqual([100, 0, 0, 0]);
  });
});

describe('cache-aware', () => {
  it('spreads requests that share their first block: the queue counts against the match', () => {
    const counts = sharedFirstBlock(cacheAware, 100);
    for (const n of counts) expect(Math.abs(n - 25)).toBeLessThanOrEqual(1);
  });

  it('weighs the queue against what the prefix saves', () => {
    const view = new FakeCluster({ members: [{ residentBlocks: 4 }, {}], inputTokens: 4096 });
    const placer = create(cacheAware);
    const first = placed(placer, view, { task: 0, keep: true });
    expect(first).toMatchObject({ prefill: 0, ttftMs: 2048, prefillMs: 2048, source: -1 });
    // 2,048 ms of queue plus 2,048 of prefill equal 4,096 elsewhere: whoever had fewer wins.
    expect(placed(placer, view, { task: 1, keep: true })).toMatchObject({
      prefill: 1,
      ttftMs: 4096,
    });
    expect(placed(placer, view, { task: 2, keep: true })).toMatchObject({
      prefill: 0,
      ttftMs: 4096,
    });
  });

  it('forgets prompts as they are computed', () => {
    const view = new FakeCluster({ members: [{ residentBlocks: 4 }, {}], inputTokens: 4096 });
    const placer = create(cacheAware);
    for (const task of [0, 1]) placed(placer, view, { task, keep: true });
    placer.prefillStarted?.(0, 0, 0);
    view.nowMs = 2000;
    placer.prefillEnded?.(0, 0, 2000);
    placer.ended?.(1, 2000);
    expect(placed(placer, view, { task: 2 })).toMatchObject({ prefill: 0, ttftMs: 2048 });
  });
});

describe('load balancing', () => {
  it('goes to the smallest queue although another holds the prompt, and reuses what is there', () => {
    const members = [{ residentBlocks: 1 }, { residentBlocks: 7 }];
    const view = new FakeCluster({ members, inputTokens: 4096 });
    const placer = create(loadBalancing);
    const first = placed(placer, view, { task: 0, keep: true });
    expect(first).toMatchObject({ prefill: 0, prefillMs: 4096 - 512 });
    const second = placed(placer, view, { task: 1, keep: true });
    expect(second).toMatchObject({ prefill: 1, prefillMs: 512 });
    const third = placed(placer, view, { task: 2 });
    expect(third).toMatchObject({ prefill: 1, ttftMs: 1024 });
  });
});
