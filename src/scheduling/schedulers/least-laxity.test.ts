import { describe, expect, it } from 'vitest';
import type { Scheduler } from '../../policy/scheduler.ts';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { runRounds } from '../testing/round-engine.ts';
import { chunkedPrefill } from './chunked-prefill.ts';
import { leastLaxity } from './least-laxity.ts';

const values = { budget: 20, maxSequences: 256, tbtMs: 100 };

function scheduler(options: Partial<typeof values> = {}): Scheduler {
  return leastLaxity.create({ ...values, ...options } as never, { seed: 1 });
}

function plan(state: FakeState, options: Partial<typeof values> = {}, one = scheduler(options)) {
  const instance = new FakeInstance(state);
  one.plan(instance, instance);
  return instance.log;
}

describe('least laxity', () => {
  it('takes prompts shortest first, started ones among them', () => {
    const state = { waiting: [{ tokens: 9 }, { tokens: 2 }], prefilling: [{ tokens: 5 }] };
    expect(plan(state)).toEqual(['admit 1', 'work 1: 2', 'work 2: 5', 'admit 0', 'work 0: 9']);
  });

  it('lets decodes with time left wait for prompts, and keeps their KV', () => {
    // A step: 9 tokens of prompt at 1 ms, a round of 1 ms. Two of them end before the deadline.
    expect(plan({ waiting: [{ tokens: 9 }], decoding: [{}] })).toEqual([
      'pause 1 keep',
      'admit 0',
      'work 0: 9',
    ]);
  });

  it('lets those take part that would be late after sitting out a step', () => {
    expect(plan({ waiting: [{ tokens: 9 }], decoding: [{}] }, { tbtMs: 19 })).toEqual([
      'admit 0',
      'work 0: 9',
      'decodes',
    ]);
    const state = { waiting: [{ tokens: 9 }], decoding: [{}] };
    expect(plan(state, { tbtMs: 20 })[0]).toBe('pause 1 keep');
  });

  it('brings a paused request back when its token is nearly late', () => {
    const one = scheduler();
    plan({ prefilling: [{ tokens: 9 }], decoding: [{}] }, {}, one);
    const state = { prefilling: [{ tokens: 9 }], decoding: [], paused: [{}] };
    expect(plan({ ...state, nowMs: 80 }, {}, one)).toEqual(['work 0: 9']);
    expect(plan({ ...state, nowMs: 81 }, {}, one)).toEqual(['resume 1', 'work 0: 9', 'decodes']);
  });

  it('lets all decode where there is no prompt to compute', () => {
    expect(plan({ paused: [{}, {}], decoding: [{}] })).toEqual([
      'resume 1',
      'resume 2',
      'decodes',
      'hold {"rounds":1}',
    ]);
    expect(plan({ decoding: [{}], waiting: [{ blocks: 9 }], freeBlocks: 4 })).toEqual(['decodes']);
  });

  it('keeps the seats of those it has paused', () => {
    const state = { waiting: [{}], paused: [{}], prefilling: [{ tokens: 40 }] };
    expect(plan(state, { maxSequences: 2 }).join()).not.toContain('admit');
    expect(plan(state, { maxSequences: 3 }).join()).toContain('admit');
  });

  it('brings first tokens sooner than decode-first chunks, with gaps within the deadline', () => {
    const requests = [
      ...Array.from({ length: 12 }, () => ({ arrivalMs: 0, input: 2, output: 60 })),
      ...Array.from({ length: 8 }, (_, i) => ({ arrivalMs: 60 + i, input: 40, output: 2 })),
    ];
    const system = { requests, capacityBlocks: 9999, blockTokens: 1, slots: 0 };
    const ttft = (one: Scheduler) => {
      const { requests: ends } = runRounds(system, one, 'fast');
      return ends.slice(12).reduce((sum, { firstTokenMs }) => sum + firstTokenMs, 0);
    };
    const decodeFirst = chunkedPrefill.create(
      { ...values, reserve: 'prompt', watermark: 0 } as never,
      {
        seed: 1,
      },
    );
    expect(ttft(scheduler({ tbtMs: 200 }))).toBeLessThan(ttft(decodeFirst));
  });
});
