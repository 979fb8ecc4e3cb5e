import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { runRounds } from '../testing/round-engine.ts';
import { chunkedPrefill } from './chunked-prefill.ts';
import { srpt } from './srpt.ts';

const defaults = { batching: 'mixed', budget: 100, maxSequences: 256, limit: 0.8, margin: 0 };

function plan(state: FakeState, options: Partial<typeof defaults> = {}): string[] {
  const instance = new FakeInstance(state);
  srpt.create({ ...defaults, ...options } as never, { seed: 1 }).plan(instance, instance);
  return instance.log;
}

describe('srpt', () => {
  it('starts least predicted remaining work first, tokens it has taken off', () => {
    const waiting = [{ predicted: 9 }, { predicted: 4 }, { predicted: 12, generated: 9 }];
    const log = plan({ waiting }).filter((line) => /admit/.test(line));
    expect(log).toEqual(['admit 2', 'admit 1', 'admit 0']);
  });

  it('preempts the decode with most remaining work where seats are short', () => {
    const decoding = [{ predicted: 20 }, { predicted: 50 }];
    const log = plan({ waiting: [{ predicted: 9 }], decoding }, { maxSequences: 2 });
    expect(log).toEqual(['preempt 2', 'admit 0', 'work 0: 1', 'decodes']);
  });

  it('preempts only as many as make room in memory, and none if all would not do', () => {
    const long = { predicted: 50, tokens: 4, blocks: 4 };
    const decoding = [long, long, long];
    const short = { predicted: 9, blocks: 6 };
    expect(plan({ waiting: [short], decoding, freeBlocks: 0 })).toEqual([
      'preempt 3',
      'preempt 2',
      'admit 0',
      'work 0: 1',
      'decodes',
    ]);
    const large = { ...short, blocks: 13 };
    expect(plan({ waiting: [large], decoding, freeBlocks: 0 })).toEqual([
      'decodes',
      'hold {"rounds":1}',
    ]);
  });

  it('spares requests past the fraction of their predicted length, and those within the margin', () => {
    const waiting = [{ predicted: 2 }];
    const old = { predicted: 50, generated: 40 };
    expect(plan({ waiting, decoding: [old] }, { maxSequences: 1 })).toEqual(['decodes']);
    const young = { predicted: 50, generated: 39 };
    expect(plan({ waiting, decoding: [young] }, { maxSequences: 1 })[0]).toBe('preempt 1');
    const bounded = { maxSequences: 1, margin: 9 };
    expect(plan({ waiting, decoding: [young] }, bounded)).toEqual(['decodes']);
    expect(plan({ waiting, decoding: [young] }, { maxSequences: 1, limit: 0 })).toEqual([
      'decodes',
    ]);
  });

  it('admits a prompt computed elsewhere without work', () => {
    expect(plan({ waiting: [{ predicted: 2, tokens: 0 }] })).toContain('admit 0');
    expect(plan({ waiting: [{ predicted: 2, tokens: 0 }] }).join()).not.toContain('work');
  });

  it('needs a length predictor', () => {
    expect(srpt.needs?.({} as never)).toEqual(['lengths']);
    expect(() => plan({ waiting: [{}] })).toThrow('no predicted output length');
  });

  it('shortens the mean latency of a backlog against first come, first served', () => {
    const lengths = [40, 3, 25, 2, 18, 5, 30, 1];
    const system = {
      requests: lengths.map((output) => ({ arrivalMs: 0, input: 4, output, predicted: output })),
      capacityBlocks: 1000,
      blockTokens: 1,
      slots: 0,
    };
    const mean = (definition: typeof srpt) => {
      const values = { ...defaults, maxSequences: 2 };
      const { requests } = runRounds(
        system,
        definition.create(values as never, { seed: 1 }),
        'fast',
      );
      return requests.reduce((sum, { endMs }) => sum + endMs, 0) / requests.length;
    };
    expect(mean(srpt)).toBeLessThan(0.75 * mean(chunkedPrefill));
  });
});
