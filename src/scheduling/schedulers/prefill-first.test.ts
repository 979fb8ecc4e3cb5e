import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { randomState } from '../testing/random-state.ts';
import { prefillFirst } from './prefill-first.ts';

fc.configureGlobal({ seed: 32, numRuns: 400 });

const standard = { maxBatchedTokens: 10, maxSequences: 256, watermark: 0, reserve: 'prompt' };

function plan(state: FakeState, given: Partial<typeof standard> = {}): FakeInstance {
  const values = { ...standard, ...given };
  const instance = new FakeInstance(state);
  prefillFirst.create(values as never, { seed: 1 }).plan(instance, instance);
  return instance;
}

describe('prefill first', () => {
  it('does nothing where there is nothing to do', () => {
    expect(plan({}).log).toEqual([]);
  });

  it('lets the decodes wait while a prompt can start', () => {
    const { log } = plan({ waiting: [{ tokens: 4 }, { tokens: 6 }], decoding: [{}] });
    expect(log).toEqual(['admit 0', 'work 0: 4', 'admit 1', 'work 1: 6']);
  });

  it('runs a round of all decodes where none can start', () => {
    expect(plan({ decoding: [{}, {}] }).log).toEqual(['decodes']);
    expect(plan({ decoding: [{}], waiting: [{ blocks: 5 }], freeBlocks: 4 }).log).toEqual([
      'decodes',
    ]);
  });

  it('takes whole prompts only, up to the limit of batched tokens', () => {
    const { log } = plan({ waiting: [{ tokens: 4 }, { tokens: 7 }, { tokens: 1 }] });
    expect(log).toEqual(['admit 0', 'work 0: 4']);
  });

  it('runs a prompt beyond the limit alone', () => {
    const { log } = plan({ waiting: [{ tokens: 25 }, { tokens: 1 }] });
    expect(log).toEqual(['admit 0', 'work 0: 25']);
  });

  it('counts only what the prefix cache leaves to compute', () => {
    const { log } = plan({ waiting: [{ tokens: 20, cached: 15 }, { tokens: 5 }] });
    expect(log).toEqual(['admit 0', 'work 0: 5', 'admit 1', 'work 1: 5']);
  });

  it('preempts only for a decode round, and holds that round alone', () => {
    const decoding = Array.from({ length: 2 }, () => ({ growth: 1, blocks: 1 }));
    const { log } = plan({ decoding, waiting: [{ blocks: 9 }], freeBlocks: 0 });
    expect(log).toEqual(['preempt 2', 'hold {"rounds":1}', 'decodes']);
  });

  it('leaves the watermark free beside requests at work, where requests grow', () => {
    const memory = { freeBlocks: 12, capacityBlocks: 1000 };
    const state = { waiting: [{ blocks: 3 }], decoding: [{}], ...memory };
    expect(plan(state, { watermark: 0.01 }).log).toEqual(['decodes']);
    expect(plan({ ...state, freeBlocks: 13 }, { watermark: 0.01 }).log[0]).toBe('admit 0');
    expect(plan({ ...state, decoding: [] }, { watermark: 0.01 }).log[0]).toBe('admit 0');
    expect(plan(state, { watermark: 0.01, reserve: 'sequence' }).log[0]).toBe('admit 0');
  });

  it('either starts prompts within the limits or runs the decodes, never both', () => {
    const limits = fc.record({
      maxBatchedTokens: fc.integer({ min: 1, max: 40 }),
      maxSequences: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(randomState, limits, (given, { maxBatchedTokens, maxSequences }) => {
        const state = { ...given, prefilling: [] };
        const after = plan(state, { maxBatchedTokens, maxSequences });
        const batch = after.prompts.map((task) => after.tokensLeft(task));
        const tokens = batch.reduce((sum, n) => sum + n, 0);
        if (batch.length > 0) {
          const expected = after.prompts.flatMap((task) => [
            `admit ${task}`,
            `work ${task}: ${after.tokensLeft(task)}`,
          ]);
          expect(after.log).toEqual(expected);
          expect(batch.length === 1 || tokens <= maxBatchedTokens).toBe(true);
          expect(after.freeBlocks).toBeGreaterThanOrEqual(0);
          expect(after.decoding + after.prefilling).toBeLessThanOrEqual(maxSequences);
        } else {
          expect(after.log.includes('decodes')).toBe(after.decoding > 0);
          expect(after.log.some((line) => /admit|work/.test(line))).toBe(false);
        }
        const head = new FakeInstance(state).queue[batch.length];
        if (head === undefined || batch.length === 0) return;
        const stopped =
          tokens + after.tokensToCompute(head) > maxBatchedTokens ||
          after.blocksToAdmit(head) > after.freeBlocks ||
          after.decoding + after.prefilling >= maxSequences;
        expect(stopped).toBe(true);
      }),
    );
  });
});
