import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { insertBandit } from './insert-bandit.ts';

const still = { bias: -1, idleWeight: 0, waitingWeight: 0, activeWeight: 0, idleRoundsWeight: 0 };
const limits = { maxBatchedTokens: 8192, maxSequences: 256, watermark: 0 };

function create(weights: Partial<typeof still>) {
  return insertBandit.create({ ...still, ...limits, ...weights } as never, { seed: 1 });
}

function plan(state: FakeState, weights: Partial<typeof still>) {
  const instance = new FakeInstance(state);
  create(weights).plan(instance, instance);
  return instance.log;
}

describe('insert-bandit', () => {
  const waiting = [{ tokens: 3 }, { tokens: 4 }];
  const state: FakeState = { waiting, decoding: [{}, {}, {}], slots: 4 };

  it('inserts where the score is not negative', () => {
    expect(plan(state, { bias: -1 })).toEqual(['decodes']);
    expect(plan(state, { bias: 0 })).toEqual(['admit 0', 'work 0: 3']);
    // One of four slots is idle with a request waiting; two wait; three are active.
    expect(plan(state, { idleWeight: 4 })[0]).toBe('admit 0');
    expect(plan(state, { idleWeight: 3.9 })).toEqual(['decodes']);
    expect(plan(state, { waitingWeight: 2 })[0]).toBe('admit 0');
    expect(plan(state, { bias: 0.7, activeWeight: -1 })).toEqual(['decodes']);
    expect(plan(state, { bias: 0.75, activeWeight: -1 })[0]).toBe('admit 0');
  });

  it('does not ask where nothing decodes', () => {
    expect(plan({ waiting, slots: 4 }, { bias: -100 })).toHaveLength(4);
  });

  it('holds to the round in which idleness tips the score, and inserts then', () => {
    const decoding = [{ generated: 0 }, { generated: 0 }, { generated: 0 }];
    const scheduler = create({ bias: -1, idleRoundsWeight: 0.5 });
    const instance = new FakeInstance({ waiting, decoding, slots: 4 });
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['decodes', 'hold {"rounds":8}']);
    for (const one of decoding) one.generated += 7;
    scheduler.plan(instance, instance);
    expect(instance.log.slice(2)).toEqual(['decodes', 'hold {"rounds":1}']);
    for (const one of decoding) one.generated += 1;
    scheduler.plan(instance, instance);
    expect(instance.log.slice(4)).toEqual(['admit 0', 'work 0: 3']);
  });

  it('lets prompts computed elsewhere join without asking', () => {
    const decoding = [{}, {}];
    expect(plan({ waiting: [{ tokens: 0 }], decoding, slots: 4 }, {})).toEqual([
      'admit 0',
      'decodes',
    ]);
  });
});
