import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { mcSf } from './mc-sf.ts';

function plan(state: FakeState, { maxSequences = 256, batching = 'mixed' } = {}): FakeInstance {
  const instance = new FakeInstance(state);
  mcSf.create({ maxSequences, batching } as never, { seed: 1 }).plan(instance, instance);
  return instance;
}

describe('mc-sf', () => {
  it('admits by increasing predicted output, whole prompts beside the decodes', () => {
    const waiting = [
      { tokens: 5, predicted: 30 },
      { tokens: 7, predicted: 10 },
      { tokens: 3, predicted: 20 },
    ];
    const { log } = plan({ waiting, decoding: [{ predicted: 9 }] });
    expect(log).toEqual([
      ...['admit 1', 'work 1: 7', 'admit 2', 'work 2: 3', 'admit 0', 'work 0: 5'],
      'decodes',
    ]);
  });

  it('stops at the first that would overflow the memory at a predicted end', () => {
    // 10 + 5 of the running one at its end, 15 tokens of room; the third would fit alone.
    const waiting = [
      { tokens: 11, predicted: 6 },
      { tokens: 2, predicted: 7 },
    ];
    const decoding = [{ tokens: 10, predicted: 5 }];
    const { log } = plan({ waiting, decoding, capacityBlocks: 30, freeBlocks: 20 });
    expect(log).toEqual(['hold {"rounds":1}', 'decodes']);
  });

  it('looks again only when a later start could be small enough', () => {
    const waiting = [{ tokens: 18, predicted: 9 }];
    const decoding = [{ tokens: 10, predicted: 8 }];
    // At the end of the running one: 18 + 18 + 8 of 40; four rounds later 18 + 18 + 4.
    const { log } = plan({ waiting, decoding, capacityBlocks: 40, freeBlocks: 30 });
    expect(log).toEqual(['hold {"rounds":4}', 'decodes']);
  });

  it('expects one that outlives its prediction to end with the next round', () => {
    const waiting = [{ tokens: 10, predicted: 5 }];
    const decoding = [{ tokens: 10, predicted: 5, generated: 9 }];
    const { log } = plan({ waiting, decoding, capacityBlocks: 31, freeBlocks: 12 });
    expect(log).toEqual(['admit 0', 'work 0: 10', 'decodes']);
  });

  it('admits what is predicted too long where nothing else is at work', () => {
    const { log } = plan({ waiting: [{ tokens: 10, predicted: 5000 }], capacityBlocks: 100 });
    expect(log).toEqual(['admit 0', 'work 0: 10']);
  });

  it('lets prompts computed elsewhere join without work', () => {
    const { log } = plan({ waiting: [{ tokens: 0, predicted: 4 }], decoding: [{ predicted: 4 }] });
    expect(log).toEqual(['admit 0', 'hold {"rounds":1}', 'decodes']);
  });

  it('takes no more than the idle slots', () => {
    const waiting = [{ predicted: 2 }, { predicted: 1 }];
    const { log } = plan({ waiting, decoding: [{ predicted: 1 }], slots: 2 });
    expect(log).toEqual(['admit 1', 'work 1: 1', 'decodes']);
    expect(plan({ waiting, decoding: [{}, {}], slots: 2 }).log).toEqual(['decodes']);
  });

  it('keeps the decodes waiting where batches are exclusive', () => {
    const state = { waiting: [{ tokens: 3, predicted: 2 }], decoding: [{ predicted: 2 }] };
    expect(plan(state, { batching: 'exclusive' }).log).toEqual(['admit 0', 'work 0: 3']);
  });

  it('asks for predicted lengths', () => {
    expect(mcSf.needs?.({} as never)).toEqual(['lengths']);
    expect(() => plan({ waiting: [{}] })).toThrow('no predicted output length');
  });
});
