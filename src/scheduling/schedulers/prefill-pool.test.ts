import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { randomState } from '../testing/random-state.ts';
import { prefillPool } from './prefill-pool.ts';

fc.configureGlobal({ seed: 54, numRuns: 300 });

function plan(state: FakeState, { chunkTokens = 10, batch = true } = {}): FakeInstance {
  const instance = new FakeInstance(state);
  prefillPool.create({ chunkTokens, batch } as never, { seed: 1 }).plan(instance, instance);
  return instance;
}

describe('prefill pool', () => {
  it('computes prompts in the order of the queue, the last of a step in part', () => {
    const { log } = plan({ waiting: [{ tokens: 4 }, { tokens: 5 }, { tokens: 6 }, { tokens: 1 }] });
    expect(log).toEqual(['admit 0', 'work 0: 4', 'admit 1', 'work 1: 5', 'admit 2', 'work 2: 1']);
  });

  it('goes on with the unfinished prompt first, in chunks', () => {
    const state = { waiting: [{ tokens: 4 }], prefilling: [{ tokens: 25 }] };
    expect(plan(state).log).toEqual(['work 1: 10']);
    expect(plan(state, { chunkTokens: 27 }).log).toEqual(['work 1: 25', 'admit 0', 'work 0: 2']);
  });

  it('computes one prompt at a time where prompts share no step', () => {
    const one = { batch: false };
    expect(plan({ waiting: [{ tokens: 4 }, { tokens: 1 }] }, one).log).toEqual([
      'admit 0',
      'work 0: 4',
    ]);
    const state = { waiting: [{ tokens: 4 }], prefilling: [{ tokens: 3 }, { tokens: 1 }] };
    expect(plan(state, one).log).toEqual(['work 1: 3']);
  });

  it('counts only what the prefix cache leaves to compute', () => {
    const { log } = plan({ waiting: [{ tokens: 20, cached: 15 }, { tokens: 5 }] });
    expect(log).toEqual(['admit 0', 'work 0: 5', 'admit 1', 'work 1: 5']);
  });

  it('never decodes, and stops at the chunk, at memory, or at the end of the queue', () => {
    const limits = fc.record({ chunkTokens: fc.integer({ min: 1, max: 40 }), batch: fc.boolean() });
    fc.assert(
      fc.property(randomState, limits, (given, { chunkTokens, batch }) => {
        const before = new FakeInstance({ ...given, decoding: [] });
        const after = plan({ ...given, decoding: [] }, { chunkTokens, batch });
        const chunks = after.log.flatMap((line) => /^work (\d+): (\d+)$/.exec(line)?.[2] ?? []);
        const used = chunks.map(Number).reduce((sum, n) => sum + n, 0);
        expect(used).toBeLessThanOrEqual(chunkTokens);
        expect(after.log).not.toContain('decodes');
        if (!batch) expect(chunks.length).toBeLessThanOrEqual(1);
        if (after.prefilling > before.prefilling) {
          expect(after.freeBlocks).toBeGreaterThanOrEqual(0);
        }
        const stopped =
          used === chunkTokens ||
          (!batch && chunks.length === 1) ||
          after.waiting === 0 ||
          after.blocksToAdmit(after.waitingTask(0)) > after.freeBlocks;
        expect(stopped).toBe(true);
      }),
    );
  });
});
