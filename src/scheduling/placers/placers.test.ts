import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../policy/placer.ts';
import { placers } from '../registries.ts';

function cluster(openPromptTokens: readonly number[]): ClusterView {
  return {
    nowMs: 0,
    instances: openPromptTokens.length,
    openPromptTokens: (instance) => openPromptTokens[instance] as number,
    openRequests: () => 0,
    inputTokens: () => 1,
  };
}

function place(kind: string, view: ClusterView, { requests = 1, seed = 1 } = {}): number[] {
  const placer = placers.create({ kind }, { seed });
  return Array.from({ length: requests }, (_, task) => placer.place(task, view));
}

describe('round robin', () => {
  it('goes through the instances in turn, whatever their load', () => {
    expect(place('round-robin', cluster([9, 0, 5]), { requests: 7 })).toEqual([
      0, 1, 2, 0, 1, 2, 0,
    ]);
  });

  it('starts anew in every replay', () => {
    expect(place('round-robin', cluster([0, 0]))).toEqual([0]);
    expect(place('round-robin', cluster([0, 0]))).toEqual([0]);
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
    expect(place('least-loaded', cluster(tokens))).toEqual([chosen]);
  });
});

describe('random', () => {
  const view = cluster([0, 0, 0, 0]);
  const requests = 4000;

  it('reaches every instance about equally often', () => {
    const counts = [0, 0, 0, 0];
    for (const instance of place('random', view, { requests })) counts[instance]!++;
    expect(counts).toHaveLength(4);
    for (const n of counts) expect(Math.abs(n - requests / 4)).toBeLessThan(150);
  });

  it('places by the seed alone', () => {
    const first = place('random', view, { requests: 50, seed: 8 });
    expect(place('random', cluster([9, 1, 2, 3]), { requests: 50, seed: 8 })).toEqual(first);
    expect(place('random', view, { requests: 50, seed: 9 })).not.toEqual(first);
  });
});
