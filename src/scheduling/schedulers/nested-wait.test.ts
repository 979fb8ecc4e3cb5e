import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { nestedWait } from './nested-wait.ts';

const defaults = {
  threshold: 2,
  maxWaitMs: 100,
  firstSegment: 8,
  segments: 3,
  survival: 1,
  buffer: 0,
  batching: 'mixed',
  maxSequences: 256,
};

function create(given: Partial<typeof defaults> = {}) {
  return nestedWait.create({ ...defaults, ...given } as never, { seed: 1 });
}

function plan(state: FakeState, given: Partial<typeof defaults> = {}) {
  const instance = new FakeInstance(state);
  create(given).plan(instance, instance);
  return instance.log;
}

describe('nested-wait', () => {
  it('admits groups of the threshold, without predicted lengths', () => {
    const waiting = [{ tokens: 3 }, { tokens: 4 }, { tokens: 5 }];
    expect(plan({ waiting }).filter((line) => line.startsWith('admit'))).toHaveLength(2);
    expect(plan({ waiting: [{ arrivalMs: 7 }], nowMs: 10 })).toEqual(['hold {"untilMs":107}']);
    expect(plan({ waiting: [{ arrivalMs: 7 }], nowMs: 107 })[0]).toBe('admit 0');
  });

  it('holds until the next request comes to a boundary', () => {
    const decoding = [{ generated: 3 }, { generated: 6 }];
    expect(plan({ decoding })).toEqual(['decodes', 'hold {"rounds":2}']);
  });

  it('pauses who comes to a boundary alone, and lets a group enter together', () => {
    const first = { generated: 8 };
    const second = { generated: 5 };
    const scheduler = create();
    const instance = new FakeInstance({ decoding: [first, second], nowMs: 10 });
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['pause 0 keep', 'decodes', 'hold {"rounds":3,"untilMs":110}']);
    second.generated = 8;
    instance.nowMs = 40;
    instance.log.length = 0;
    scheduler.plan(instance, instance);
    // Both are in the second segment now, which ends at 16 tokens.
    expect(instance.log).toEqual(['resume 0', 'decodes', 'hold {"rounds":8}']);
  });

  it('lets the last ones go on after the longest wait', () => {
    const scheduler = create();
    const instance = new FakeInstance({ decoding: [{ generated: 8 }], nowMs: 10 });
    scheduler.plan(instance, instance);
    instance.nowMs = 110;
    instance.log.length = 0;
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['resume 0', 'decodes', 'hold {"rounds":8}']);
  });

  it('asks for fewer in later segments', () => {
    const decoding = [{ generated: 8 }];
    expect(plan({ decoding }, { survival: 0.5 })).toEqual(['decodes', 'hold {"rounds":8}']);
  });

  it('never stops a request in the last segment', () => {
    expect(plan({ decoding: [{ generated: 900 }] }, { segments: 1 })).toEqual([
      'decodes',
      'hold {}',
    ]);
  });

  it('leaves the buffer free, unless nothing is at work', () => {
    const waiting = [{ blocks: 30 }, { blocks: 30 }];
    const state = { waiting, capacityBlocks: 100, freeBlocks: 100 };
    const admitted = (log: string[]) => log.filter((line) => line.startsWith('admit'));
    expect(admitted(plan(state, { buffer: 0.4 }))).toHaveLength(2);
    expect(admitted(plan(state, { buffer: 0.5 }))).toHaveLength(1);
    expect(admitted(plan({ ...state, decoding: [{}] }, { buffer: 0.8 }))).toEqual([]);
  });
});
