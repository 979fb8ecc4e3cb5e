import { describe, expect, it } from 'vitest';
import type { Placer } from '../../policy/placer.ts';
import type { PolicyDefinition } from '../../policy/registry.ts';
import { FakeCluster, type FakeMember, newPlacement, placed } from '../testing/fake-cluster.ts';
import { cacheAware } from './cache-aware.ts';
import { kvCacheCentric } from './kv-cache-centric.ts';
import { leastLoaded } from './least-loaded.ts';
import { loadBalancing } from './load-balancing.ts';
import { longestPrefix } from './longest-prefix.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';

function cluster(openPromptTokens: readonly number[]): FakeCluster {
  return new FakeCluster({
    members: openPromptTokens.map((tokens) => ({ openPromptTokens: tokens })),
  });
}

function place(
  policy: PolicyDefinition<Placer>,
  view: FakeCluster,
  { requests = 1, seed = 1 } = {},
): number[] {
  const placer = policy.create({} as never, { seed });
  return Array.from({ length: requests }, (_, task) => placed(placer, view, { task }).prefill);
}

describe('round robin', () => {
  it('goes through the instances in turn, whatever their load', () => {
    expect(place(roundRobin, cluster([9, 0, 5]), { requests: 7 })).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('starts anew in every replay', () => {
    expect(place(roundRobin, cluster([0, 0]))).toEqual([0]);
    expect(place(roundRobin, cluster([0, 0]))).toEqual([0]);
  });
});

describe('least loaded', () => {
  it.each([
    [[5, 3, 4], 1],
    [[0, 0, 0], 0],
    [[7, 2, 2, 9], 1],
    [[3, 2, 1], 2],
    [[4], 0],
  ])('with open prompt tokens %o chooses instance %d', (tokens, chosen) => {
    expect(place(leastLoaded, cluster(tokens))).toEqual([chosen]);
  });
});

describe('random', () => {
  const view = cluster([0, 0, 0, 0]);
  const requests = 4000;

  it('reaches every instance about equally often', () => {
    const counts = [0, 0, 0, 0];
    for (const instance of place(random, view, { requests })) counts[instance]!++;
    expect(counts).toHaveLength(4);
    for (const n of counts) expect(Math.abs(n - requests / 4)).toBeLessThan(150);
  });

  it('places by the seed alone', () => {
    const first = place(random, view, { requests: 50, seed: 8 });
    expect(place(random, cluster([9, 1, 2, 3]), { requests: 50, seed: 8 })).toEqual(first);
    expect(place(random, view, { requests: 50, seed: 9 })).not.toEqual(first);
  });
});

const members: FakeMember[] = [
  { role: 'decode', decoding: 5 },
  { role: 'prefill' },
  { role: 'decode', decoding: 2 },
  { role: 'prefill' },
];

describe.each<[string, PolicyDefinition<Placer>, Record<string, unknown>]>([
  ['round-robin', roundRobin, {}],
  ['random', random, {}],
  ['least-loaded', leastLoaded, {}],
  ['load-balancing', loadBalancing, {}],
  ['longest-prefix', longestPrefix, {}],
  ['cache-aware', cacheAware, {}],
  ['kv-cache-centric', kvCacheCentric, { balancingThreshold: 4, transfers: true, mode: 'paper' }],
])('%s', (_, policy, values) => {
  const placer = () => policy.create(values as never, { seed: 3 });

  it('computes on instances of the one pool and decodes on the least loaded of the other', () => {
    const view = new FakeCluster({ members });
    const one = placer();
    for (let task = 0; task < 8; task++) {
      const out = placed(one, view, { task, keep: true });
      expect([1, 3]).toContain(out.prefill);
      expect([out.decode, out.roundMs]).toEqual([2, 3]);
    }
  });

  it('leaves a request on the coupled instance that computes its prompt', () => {
    const out = placed(placer(), cluster([0, 0, 0]));
    expect(out.decode).toBe(newPlacement().decode);
    expect(out.prefill).toBeGreaterThanOrEqual(0);
  });
});
