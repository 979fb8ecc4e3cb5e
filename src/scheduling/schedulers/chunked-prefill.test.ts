import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { randomState } from '../testing/random-state.ts';
import { chunkedPrefill } from './chunked-prefill.ts';

fc.configureGlobal({ seed: 31, numRuns: 400 });

const standard = { budget: 10, maxSequences: 256, watermark: 0, reserve: 'prompt' };

function plan(state: FakeState, given: Partial<typeof standard> = {}): FakeInstance {
  const values = { ...standard, ...given };
  const instance = new FakeInstance(state);
  chunkedPrefill.create(values as never, { seed: 1 }).plan(instance, instance);
  return instance;
}

describe('chunked prefill', () => {
  it('does nothing where there is nothing to do', () => {
    expect(plan({}).log).toEqual([]);
  });

  it('leaves the watermark free beside requests at work, if there is one', () => {
    const memory = { freeBlocks: 5, capacityBlocks: 100 };
    const state = { decoding: [{}], waiting: [{ blocks: 3 }], ...memory };
    expect(plan(state).log).toContain('admit 0');
    expect(plan(state, { watermark: 0.02 }).log).toContain('admit 0');
    expect(plan(state, { watermark: 0.03 }).log).toEqual(['decodes']);
  });

  it('takes a token of the budget for every decode, then fills it with prompts', () => {
    const { log } = plan({ decoding: [{}, {}, {}], prefilling: [{ tokens: 4 }, { tokens: 9 }] });
    expect(log).toEqual(['decodes', 'work 0: 4', 'work 1: 3']);
  });

  it('admits from the head of the queue while budget is left, the last one in part', () => {
    const { log } = plan({ waiting: [{ tokens: 4 }, { tokens: 5 }, { tokens: 6 }, { tokens: 1 }] });
    expect(log).toEqual(['admit 0', 'work 0: 4', 'admit 1', 'work 1: 5', 'admit 2', 'work 2: 1']);
  });

  it('counts only what the prefix cache leaves to compute', () => {
    const { log } = plan({ waiting: [{ tokens: 12, cached: 9 }, { tokens: 7 }] });
    expect(log).toEqual(['admit 0', 'work 0: 3', 'admit 1', 'work 1: 7']);
  });

  it('admits nobody past a head that does not fit beside the growth of the decodes', () => {
    const waiting = [{ blocks: 3 }, { blocks: 1 }];
    const decoding = [{ growth: 1 }];
    expect(plan({ waiting, decoding, freeBlocks: 4 }).log).toContain('admit 0');
    expect(plan({ waiting, decoding, freeBlocks: 3 }).log).toEqual(['decodes']);
  });

  it('admits nobody beyond the limit of sequences, prompts at work included', () => {
    const state = { waiting: [{}, {}], prefilling: [{}], decoding: [{}] };
    expect(plan(state, { maxSequences: 3 }).log.filter((line) => /admit/.test(line))).toEqual([
      'admit 0',
    ]);
  });

  it('leaves prompts alone when the decodes take the whole budget', () => {
    const state = { decoding: [{}, {}], prefilling: [{}], waiting: [{}] };
    expect(plan(state, { budget: 2 }).log).toEqual(['decodes']);
    expect(plan(state, { budget: 1 }).log).toEqual(['decodes']);
  });

  it('preempts the decodes that joined last until the next round fits', () => {
    const decoding = Array.from({ length: 3 }, () => ({ growth: 1, blocks: 1 }));
    const { log } = plan({ decoding, freeBlocks: 0 }, { budget: 1 });
    expect(log).toEqual(['preempt 2', 'preempt 1', 'decodes']);
  });

  it('stays within budget, memory and sequences, and stops only at one of them', () => {
    const limits = fc.record({
      budget: fc.integer({ min: 1, max: 40 }),
      maxSequences: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(randomState, limits, (state, { budget, maxSequences }) => {
        const before = new FakeInstance(state);
        const after = plan(state, { budget, maxSequences });
        const chunks = after.log.flatMap((line) => {
          const [, task, tokens] = /^work (\d+): (\d+)$/.exec(line) ?? [];
          return task === undefined ? [] : [{ task: Number(task), tokens: Number(tokens) }];
        });
        const used = chunks.reduce((sum, { tokens }) => sum + tokens, 0);
        const left = Math.max(0, budget - after.decoding);
        expect(used).toBeLessThanOrEqual(left);
        expect(chunks.map(({ task }) => task)).toEqual(after.prompts.slice(0, chunks.length));
        // Only the last prompt is cut.
        for (const { task, tokens } of chunks.slice(0, -1)) expect(tokens).toBe(after.left[task]);
        expect(after.log.includes('decodes')).toBe(after.decoding > 0);
        if (after.decoding > 0) {
          expect(after.decodeGrowth).toBeLessThanOrEqual(after.freeBlocks);
        }
        const admitted = after.prefilling - before.prefilling;
        if (admitted > 0) {
          expect(after.decoding + after.prefilling).toBeLessThanOrEqual(maxSequences);
        }
        const stopped =
          used === left ||
          after.waiting === 0 ||
          after.decoding + after.prefilling >= maxSequences ||
          after.blocksToAdmit(after.waitingTask(0)) > after.freeBlocks - after.decodeGrowth;
        expect(stopped).toBe(true);
      }),
    );
  });
});
