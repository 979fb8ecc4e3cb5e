import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { economicBatch, exclusiveBatching } from './exclusive-batching.ts';

const threshold = { k: 3, prefillFixedMs: 5, roundFixedMs: 29.3, meanOutput: 345 };
const limits = { maxBatchedTokens: 8192, maxSequences: 256, watermark: 0 };

function plan(state: FakeState, given: Partial<typeof threshold & typeof limits> = {}) {
  const instance = new FakeInstance(state);
  const values = { ...threshold, ...limits, ...given };
  exclusiveBatching.create(values as never, { seed: 1 }).plan(instance, instance);
  return instance.log;
}

const many = (count: number) => Array.from({ length: count }, () => ({ tokens: 2 }));

describe('the economic batch', () => {
  it('is 6.3 requests at p0 = 5 ms, a = 29.3 ms, outputs of 345 and 200 slots', () => {
    expect(economicBatch(200, threshold)).toBeCloseTo(6.3, 1);
  });

  it('has the least of prefill and idle cost per request of all batch sizes', () => {
    const { prefillFixedMs, roundFixedMs, meanOutput } = threshold;
    const slots = 200;
    // A request ends every meanOutput/slots rounds; of a batch of m, m/2 are idle on average.
    const cost = (m: number) =>
      prefillFixedMs / m + ((m / 2) * (meanOutput / slots) * roundFixedMs) / slots;
    const best = economicBatch(slots, threshold);
    for (const other of [0.5, 0.9, 1.1, 2]) {
      expect(cost(best * other)).toBeGreaterThan(cost(best));
    }
  });
});

describe('eb', () => {
  it('decodes until k slots are free, then fills all of them', () => {
    expect(plan({ waiting: many(4), decoding: many(3), slots: 5 })).toEqual(['decodes']);
    const log = plan({ waiting: many(4), decoding: many(3), slots: 6 });
    expect(log.filter((line) => line.startsWith('admit'))).toEqual([
      'admit 0',
      'admit 1',
      'admit 2',
    ]);
    expect(log).not.toContain('decodes');
  });

  it('takes k from the economic batch where it is 0', () => {
    const state = (idle: number) => ({ waiting: many(9), decoding: many(200 - idle), slots: 200 });
    expect(plan(state(5), { k: 0 })).toEqual(['decodes']);
    expect(plan(state(6), { k: 0 })[0]).toBe('admit 0');
  });

  it('is prefill-first with k = 1', () => {
    expect(plan({ waiting: many(1), decoding: many(3), slots: 4 }, { k: 1 })[0]).toBe('admit 0');
  });

  it('counts the seats of memory where that is the limit, in requests as large as those at work', () => {
    // Three at work hold 60 of 100 blocks: room for two more of 20, or for five in all.
    const memory = { freeBlocks: 40, capacityBlocks: 100 };
    const state = { waiting: many(9), decoding: many(3), ...memory };
    expect(plan(state, { k: 3 })).toEqual(['decodes']);
    expect(plan(state, { k: 2 })[0]).toBe('admit 0');
    // Two at work hold 40: three more.
    const later = { ...state, decoding: many(2), freeBlocks: 60 };
    expect(plan(later, { k: 3 })[0]).toBe('admit 0');
    expect(plan({ ...later, waiting: [{ blocks: 61 }] }, { k: 1 })).toEqual(['decodes']);
  });

  it('does not wait for k where nothing decodes, nor for more than all slots', () => {
    expect(plan({ waiting: many(1), slots: 2 }, { k: 50 })).toEqual(['admit 0', 'work 0: 2']);
  });

  it('goes on filling over several steps', () => {
    const values = { ...threshold, ...limits, maxBatchedTokens: 4 };
    const scheduler = exclusiveBatching.create(values as never, { seed: 1 });
    const instance = new FakeInstance({ waiting: many(3), decoding: many(1), slots: 4 });
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['admit 0', 'work 0: 2', 'admit 1', 'work 1: 2']);
    instance.running.push(...instance.prompts.splice(0));
    scheduler.plan(instance, instance);
    expect(instance.log.slice(4)).toEqual(['admit 2', 'work 2: 2']);
    instance.running.push(...instance.prompts.splice(0));
    scheduler.plan(instance, instance);
    expect(instance.log.slice(6)).toEqual(['decodes']);
  });

  it('waits for k again when a phase has filled the slots', () => {
    const scheduler = exclusiveBatching.create({ ...threshold, ...limits } as never, { seed: 1 });
    const instance = new FakeInstance({ waiting: many(4), decoding: many(1), slots: 4 });
    scheduler.plan(instance, instance);
    instance.running.push(...instance.prompts.splice(0));
    scheduler.plan(instance, instance);
    const done = instance.running.pop() as number;
    instance.slotTasks[instance.slotTasks.indexOf(done)] = -1;
    instance.log.length = 0;
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['decodes']);
  });

  it('lets prompts computed elsewhere join at once', () => {
    const waiting = [{ tokens: 0 }, { tokens: 2 }];
    expect(plan({ waiting, decoding: many(3), slots: 5 })).toEqual(['admit 0', 'decodes']);
  });
});
