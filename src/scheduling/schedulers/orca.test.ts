import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { randomState } from '../testing/random-state.ts';
import { orca } from './orca.ts';

fc.configureGlobal({ seed: 33, numRuns: 400 });

function scheduler({ maxSequences = 256, maxSequenceTokens = 0 } = {}) {
  return orca.create({ maxSequences, maxSequenceTokens } as never, { seed: 1 });
}

function plan(state: FakeState, options: { maxSequences?: number } = {}): FakeInstance {
  const instance = new FakeInstance(state);
  scheduler(options).plan(instance, instance);
  return instance;
}

describe('orca', () => {
  it('lets whole prompts join the round of the decodes', () => {
    const { log } = plan({ decoding: [{}], waiting: [{ tokens: 9000 }, { tokens: 2 }] });
    expect(log).toEqual(['decodes', 'admit 0', 'work 0: 9000', 'admit 1', 'work 1: 2']);
  });

  it('admits nobody past a head that does not fit', () => {
    const { log } = plan({ waiting: [{ blocks: 5 }, { blocks: 1 }], freeBlocks: 4 });
    expect(log).toEqual([]);
  });

  it('admits no more than there are idle slots', () => {
    const { log } = plan({ slots: 2, decoding: [{}], waiting: [{}, {}] });
    expect(log).toEqual(['decodes', 'admit 0', 'work 0: 1']);
  });

  it('never preempts, and admits until sequences, memory or queue end', () => {
    fc.assert(
      fc.property(randomState, fc.integer({ min: 1, max: 12 }), (state, maxSequences) => {
        const before = new FakeInstance(state);
        const after = plan(state, { maxSequences });
        expect(after.decoding).toBe(before.decoding);
        expect(after.log.includes('decodes')).toBe(before.decoding > 0);
        const admitted = after.prompts.slice(before.prefilling);
        expect(admitted).toEqual(before.queue.slice(0, admitted.length));
        if (admitted.length > 0) {
          expect(after.freeBlocks).toBeGreaterThanOrEqual(0);
          expect(after.decoding + after.prefilling).toBeLessThanOrEqual(maxSequences);
        }
        const stopped =
          after.waiting === 0 ||
          after.decoding + after.prefilling >= maxSequences ||
          after.blocksToAdmit(after.waitingTask(0)) > after.freeBlocks;
        expect(stopped).toBe(true);
      }),
    );
  });

  it('reserves the true length, and says that it is an oracle then', () => {
    expect(scheduler().reserveTokens?.(100, 20)).toBe(120);
    expect(orca.oracle?.({ maxSequenceTokens: 0 } as never)).toEqual(['length']);
  });

  it('reserves the same for every request that the given length covers, and refuses others', () => {
    const fixed = scheduler({ maxSequenceTokens: 128 });
    expect(fixed.reserveTokens?.(100, 20)).toBe(128);
    expect(fixed.reserveTokens?.(100, 28)).toBe(128);
    expect(fixed.reserveTokens?.(100, 29)).toBe(Number.POSITIVE_INFINITY);
    expect(orca.oracle?.({ maxSequenceTokens: 128 } as never)).toEqual([]);
  });
});
