import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { learningToRank } from './learning-to-rank.ts';

const defaults = { batching: 'mixed', budget: 100, maxSequences: 256, starvationMs: 50 };

function plan(state: FakeState, options: Partial<typeof defaults> = {}): string[] {
  const instance = new FakeInstance(state);
  learningToRank.create({ ...defaults, ...options } as never, { seed: 1 }).plan(instance, instance);
  return instance.log;
}

describe('learning to rank', () => {
  it('starts the shortest predicted output first', () => {
    const waiting = [{ predicted: 9 }, { predicted: 4 }, { predicted: 6 }];
    const log = plan({ waiting }).filter((line) => /admit/.test(line));
    expect(log).toEqual(['admit 1', 'admit 2', 'admit 0']);
  });

  it('lets those that have waited too long go first, in order of arrival', () => {
    const waiting = [
      { predicted: 9, arrivalMs: 1 },
      { predicted: 80, arrivalMs: 0 },
      { predicted: 1, arrivalMs: 2 },
    ];
    const log = plan({ waiting, nowMs: 51 }).filter((line) => /admit/.test(line));
    expect(log).toEqual(['admit 1', 'admit 0', 'admit 2']);
  });

  it('takes nobody out of service for others', () => {
    const state = { waiting: [{ predicted: 1 }], decoding: [{ predicted: 90 }] };
    expect(plan(state, { maxSequences: 1 })).toEqual(['decodes']);
  });

  it('looks again at the next promotion while memory keeps somebody out', () => {
    const waiting = [
      { predicted: 1, blocks: 9, arrivalMs: 10 },
      { predicted: 5, blocks: 1, arrivalMs: 20 },
      { predicted: 6, blocks: 9, arrivalMs: 3 },
    ];
    const decoding = [{ predicted: 2 }];
    expect(plan({ waiting, decoding, freeBlocks: 4, nowMs: 55 })).toEqual([
      'decodes',
      'hold {"untilMs":60}',
    ]);
  });

  it('needs a length predictor', () => {
    expect(learningToRank.needs?.({} as never)).toEqual(['lengths']);
    expect(() => plan({ waiting: [{}] })).toThrow('no predicted output length');
  });
});
