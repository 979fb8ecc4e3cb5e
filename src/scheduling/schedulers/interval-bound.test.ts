import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { aMax, aMin, lowerBound, upperBound } from './interval-bound.ts';

function plan(policy: typeof aMin, state: FakeState, width = 0.5): FakeInstance {
  const instance = new FakeInstance(state);
  const values = { width, maxSequences: 256, batching: 'mixed' };
  policy.create(values as never, { seed: 1 }).plan(instance, instance);
  return instance;
}

describe('bounds', () => {
  const instance = new FakeInstance({ decoding: [{ predicted: 10, generated: 7 }] });

  it('are the ends of the interval until tokens outgrow them', () => {
    expect(upperBound(instance, 0, 0.5)).toBe(15);
    expect(lowerBound(instance, 0, 0.5)).toBe(7); // the interval begins at 5
    expect(lowerBound(instance, 0, 0.1)).toBe(9);
    expect(upperBound(instance, 0, 0)).toBe(10);
  });
});

describe('a-min and a-max', () => {
  // 10 + 10 predicted each: together 30 to 50 tokens at their end.
  const waiting = [
    { tokens: 10, predicted: 10 },
    { tokens: 10, predicted: 10 },
  ];

  it('admit by the lower or the upper end', () => {
    const both = ['admit 0', 'work 0: 10', 'admit 1', 'work 1: 10'];
    expect(plan(aMin, { waiting, capacityBlocks: 40 }).log).toEqual(both);
    expect(plan(aMax, { waiting, capacityBlocks: 40 }).log.slice(0, 2)).toEqual(both.slice(0, 2));
    expect(plan(aMax, { waiting, capacityBlocks: 40 }).log).not.toContain('admit 1');
    expect(plan(aMax, { waiting, capacityBlocks: 50 }).log).toEqual(both);
  });

  it('are the same where the prediction is certain', () => {
    const state = { waiting, capacityBlocks: 39 };
    expect(plan(aMin, state, 0).log).toEqual(plan(aMax, state, 0).log);
  });

  it('evict by bound (a-min) or the latest to join (a-max)', () => {
    const decoding = [
      { predicted: 40, growth: 1, blocks: 5 },
      { predicted: 8, growth: 1, blocks: 5 },
      { predicted: 20, growth: 1, blocks: 5 },
    ];
    const state = { decoding, freeBlocks: 0 };
    expect(plan(aMin, state).log).toEqual(['preempt 1', 'hold {"rounds":1}', 'decodes']);
    expect(plan(aMax, state).log).toEqual(['preempt 2', 'hold {"rounds":1}', 'decodes']);
  });
});
