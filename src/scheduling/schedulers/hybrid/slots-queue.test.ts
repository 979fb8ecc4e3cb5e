import { describe, expect, it } from 'vitest';
import type { PolicyDefinition } from '../../../policy/registry.ts';
import { Registry } from '../../../policy/registry.ts';
import type { Scheduler } from '../../../policy/scheduler.ts';
import { FakeInstance, type FakeState } from '../../testing/fake-instance.ts';
import { slotsQueue } from './slots-queue.ts';

const registry = new Registry<Scheduler>('scheduler', [slotsQueue as PolicyDefinition<Scheduler>]);
/** A round of n costs 10 ms, a stage 30 ms. */
const prices = { roundMs: 10, perSequenceMs: 0, prefillBatchMs: 30, prefillTokenMs: 0 };

function scheduler(given: Readonly<Record<string, unknown>> = {}): Scheduler {
  return registry.create({ kind: 'slots-queue', ...prices, ...given }, { seed: 1 });
}

function plan(state: FakeState, given?: Readonly<Record<string, unknown>>): string[] {
  const instance = new FakeInstance(state);
  scheduler(given).plan(instance, instance);
  return instance.log;
}

describe('slots-queue', () => {
  it('does nothing where there is nothing to do', () => {
    expect(plan({ slots: 2 })).toEqual([]);
  });

  it('gives each idle slot the next of the queue, whole, while the decodes wait', () => {
    const waiting = [{ tokens: 4 }, { tokens: 6 }, { tokens: 1 }];
    expect(plan({ slots: 3, waiting, decoding: [{}] })).toEqual([
      'admit 0 to 1',
      'work 0: 4',
      'admit 1 to 2',
      'work 1: 6',
    ]);
  });

  it('decodes as long as memory lasts where no slot is idle or nobody waits', () => {
    expect(plan({ slots: 1, waiting: [{}], decoding: [{}] })).toEqual(['decodes']);
    expect(plan({ slots: 2, decoding: [{}] })).toEqual(['decodes']);
  });

  it('holds its decodes until the rule has a stage due', () => {
    const state = { slots: 4, waiting: [{}], decoding: [{}, {}, {}] };
    // One idle slot: 1 · 10 ms a round against a stall of 3 · 30 ms.
    expect(plan(state, { rule: 'fixed-part' })).toEqual(['decodes', 'hold {"rounds":8}']);
    // Two idle slots that may take the one request.
    expect(plan({ ...state, slots: 5 }, { rule: 'fixed-part' })).toEqual([
      'decodes',
      'hold {"rounds":4}',
    ]);
  });

  it('starts a stage whatever the rule says where nothing decodes', () => {
    expect(plan({ slots: 2, waiting: [{}] }, { rule: 'exact' })).toEqual([
      'admit 0 to 0',
      'work 0: 1',
    ]);
  });

  it('keeps count of the rounds that passed while it waited, and forgets them after a stage', () => {
    const one = scheduler({ rule: 'fixed-part' });
    const at = (generated: number) => {
      const decoding = [{}, {}, {}].map(() => ({ generated }));
      const instance = new FakeInstance({ slots: 4, waiting: [{}], decoding });
      one.plan(instance, instance);
      return instance.log;
    };
    expect(at(5)).toEqual(['decodes', 'hold {"rounds":8}']);
    expect(at(8)).toEqual(['decodes', 'hold {"rounds":5}']);
    expect(at(13)).toEqual(['admit 0 to 3', 'work 0: 1']);
    expect(at(13)).toEqual(['decodes', 'hold {"rounds":8}']);
  });

  it('counts the rounds by a request that still decodes', () => {
    const one = scheduler({ rule: 'fixed-part' });
    const first = new FakeInstance({
      slots: 4,
      waiting: [{}],
      decoding: [{ generated: 7 }, { generated: 2 }, { generated: 1 }],
    });
    one.plan(first, first);
    expect(first.log).toEqual(['decodes', 'hold {"rounds":8}']);
    // Tasks 2 and 3 go on, 1 has finished: two idle slots now, after 3 rounds of one.
    const second = new FakeInstance({
      slots: 4,
      waiting: [{}],
      decoding: [{ generated: 10 }, { generated: 5 }, { generated: 4 }],
    });
    second.running.shift();
    second.slotTasks[0] = -1;
    one.plan(second, second);
    // 3 · 10 waited, 2 · 10 a round, against 2 · 30.
    expect(second.log).toEqual(['decodes', 'hold {"rounds":1}']);
  });

  it('takes requests up to the first that does not fit, and then waits for memory', () => {
    const waiting = [{ blocks: 2 }, { blocks: 9 }, { blocks: 1 }];
    const memory = { freeBlocks: 4, capacityBlocks: 9 };
    const state = { slots: 4, waiting, decoding: [{}], ...memory };
    expect(plan(state)).toEqual(['admit 0 to 1', 'work 0: 1']);
    expect(plan({ ...state, freeBlocks: 1 })).toEqual(['decodes']);
  });

  it('counts only what the prefix cache leaves to compute', () => {
    const waiting = [{ tokens: 20, cached: 15 }];
    expect(plan({ slots: 1, waiting })).toEqual(['admit 0 to 0', 'work 0: 5']);
  });

  it('lets prompts that are computed already join the round', () => {
    const waiting = [{ tokens: 3, cached: 3 }];
    expect(plan({ slots: 2, waiting, decoding: [{}] })).toEqual([
      'admit 0 to 1',
      'decodes',
      'hold {"rounds":1}',
    ]);
  });

  it('preempts the decodes that joined last where a round does not fit, and holds it alone', () => {
    const decoding = [{}, {}].map(() => ({ growth: 1, blocks: 1 }));
    expect(plan({ slots: 2, decoding, freeBlocks: 0 })).toEqual([
      'preempt 1',
      'decodes',
      'hold {"rounds":1}',
    ]);
  });

  it('works by memory alone with prefill-first, and refuses rules that count slots', () => {
    const memory = { freeBlocks: 5, capacityBlocks: 9 };
    const state = { waiting: [{ blocks: 3 }, { blocks: 3 }], decoding: [{}], ...memory };
    expect(plan(state)).toEqual(['admit 0', 'work 0: 1']);
    expect(plan({ ...state, freeBlocks: 2 })).toEqual(['decodes']);
    for (const rule of ['full-cost', 'fixed-part', 'exact', 'sub-gradient']) {
      expect(() => plan(state, { rule })).toThrow(/client slots/);
      expect(registry.needsOf({ kind: 'slots-queue', rule })).toEqual(['slots']);
    }
    expect(registry.needsOf({ kind: 'slots-queue' })).toEqual([]);
  });

  it.each([0, 3])('leaves the watermark free beside requests at work, with %i slots', (slots) => {
    const memory = { freeBlocks: 5, capacityBlocks: 100 };
    const state = { slots, waiting: [{ blocks: 3 }], decoding: [{}], ...memory };
    expect(plan(state, { watermark: 0.02 })[0]).toMatch(/^admit 0/);
    expect(plan(state, { watermark: 0.03 })).toEqual(['decodes']);
    expect(plan({ ...state, decoding: [] }, { watermark: 0.03 })[0]).toMatch(/^admit 0/);
    expect(plan(state, { watermark: 0.03, reserve: 'sequence' })[0]).toMatch(/^admit 0/);
  });

  it('reserves the true length only where asked for, and says that it is an oracle then', () => {
    expect(scheduler().reserveTokens).toBeUndefined();
    const spec = { kind: 'slots-queue', reserve: 'sequence' };
    expect(registry.create(spec, { seed: 1 }).reserveTokens?.(100, 28)).toBe(128);
    expect(registry.oraclesOf(spec)).toEqual(['length']);
    expect(registry.oraclesOf({ kind: 'slots-queue' })).toEqual([]);
  });
});
