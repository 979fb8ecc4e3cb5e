import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { dynamicBatch, LatencySearch, memoryLimit } from './dynamic-batch.ts';

const defaults = {
  factor: 0.95,
  low: 1,
  high: 256,
  slaMs: 0,
  toleranceMs: 1,
  step: 2,
  interval: 4,
  maxBatchedTokens: 8192,
  maxSequences: 256,
  watermark: 0,
};

function create(given: Partial<typeof defaults> = {}) {
  return dynamicBatch.create({ ...defaults, ...given } as never, { seed: 1 });
}

function plan(state: FakeState, given: Partial<typeof defaults> = {}) {
  const instance = new FakeInstance(state);
  create(given).plan(instance, instance);
  return instance.log;
}

describe('the memory limit', () => {
  it('is what fits at the blocks that a running request holds now', () => {
    // 30 requests hold 400 of 1000 blocks, 13.3 each: 950/13.3 = 71.25.
    expect(memoryLimit(1000, 400, 30, defaults)).toBe(71);
  });

  it('is never below the running, and between low and high', () => {
    expect(memoryLimit(1000, 990, 30, defaults)).toBe(30);
    expect(memoryLimit(1000, 10, 30, defaults)).toBe(256);
    expect(memoryLimit(1000, 990, 3, { ...defaults, low: 20 })).toBe(20);
    expect(memoryLimit(1000, 0, 0, defaults)).toBe(256);
  });
});

describe('the latency search', () => {
  it('finds the batch whose round lasts as long as it may', () => {
    const search = new LatencySearch({ low: 1, high: 256, slaMs: 50, toleranceMs: 0.5, step: 4 });
    const roundMs = (batch: number) => 10 + 0.5 * batch; // 50 ms at 80 requests
    for (let i = 0; i < 60; i++) search.observe(roundMs(search.limit), search.limit);
    expect(Math.abs(search.limit - 80)).toBeLessThanOrEqual(4);
  });

  it('stays within low and high', () => {
    const search = new LatencySearch({ low: 4, high: 16, slaMs: 50, toleranceMs: 1, step: 8 });
    for (let i = 0; i < 20; i++) search.observe(10, search.limit);
    expect(search.limit).toBeLessThanOrEqual(16);
    for (let i = 0; i < 40; i++) search.observe(90, search.limit);
    expect(search.limit).toBeGreaterThanOrEqual(4);
    expect(search.limit).toBeLessThan(10);
  });
});

describe('dynamic-batch', () => {
  const waiting = Array.from({ length: 6 }, () => ({ tokens: 2 }));
  const admitted = (log: string[]) => log.filter((line) => line.startsWith('admit')).length;

  it('admits up to the memory limit, in steps of their own', () => {
    // 10 requests hold 700 of 1000 blocks: floor(950/70) = 13.
    const decoding = Array.from({ length: 10 }, () => ({}));
    const log = plan({ waiting, decoding, freeBlocks: 300 });
    expect(admitted(log)).toBe(3);
    expect(log).not.toContain('decodes');
  });

  it('takes all that fit where nothing runs', () => {
    expect(admitted(plan({ waiting }))).toBe(6);
    expect(admitted(plan({ waiting, slots: 4 }))).toBe(4);
  });

  it('observes rounds while somebody waits, and moves its limit by them', () => {
    // The limit begins at 4 of 1 … 8: nobody may join the five that run.
    const decoding = Array.from({ length: 5 }, () => ({ generated: 0 }));
    const scheduler = create({ high: 8, slaMs: 20 });
    const instance = new FakeInstance({ waiting, decoding, nowMs: 100 });
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['decodes', 'hold {"rounds":4}']);
    for (const one of decoding) one.generated = 1;
    instance.nowMs = 105;
    scheduler.plan(instance, instance);
    expect(instance.log.slice(2)).toEqual(['decodes', 'hold {"rounds":3}']);
    for (const one of decoding) one.generated = 4;
    instance.nowMs = 120; // 5 ms a round, far below 20: lower end 5, upper 8, limit 6
    scheduler.plan(instance, instance);
    expect(admitted(instance.log)).toBe(1);
  });

  it('does not hold where nobody waits', () => {
    expect(plan({ decoding: [{}] }, { slaMs: 20 })).toEqual(['decodes']);
  });

  it('needs a memory to limit the batch by', () => {
    const state = { waiting, capacityBlocks: Number.POSITIVE_INFINITY };
    expect(() => plan(state)).toThrow('groups.N.memory');
    expect(() => create({ low: 9, high: 8 })).toThrow('scheduler.low');
  });
});
