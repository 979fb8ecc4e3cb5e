import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computed, FakeHandOff } from '../testing/fake-hand-off.ts';
import type { FakeState } from '../testing/fake-instance.ts';
import { randomState } from '../testing/random-state.ts';
import { decodePool } from './decode-pool.ts';

fc.configureGlobal({ seed: 55, numRuns: 400 });

function plan(
  state: FakeState,
  { maxSequences = 256, reserve = 'prompt', maxRoundMs = 0, recomputeTokens = 10 } = {},
): FakeHandOff {
  const values = { maxSequences, reserve, maxRoundMs, recomputeTokens };
  const instance = new FakeHandOff(state);
  decodePool.create(values as never, { seed: 1 }).plan(instance, instance);
  return instance;
}

const joining = (log: readonly string[]) => log.filter((line) => line.startsWith('admit'));

describe('decode pool', () => {
  it('does nothing where there is nothing to do', () => {
    expect(plan({}).log).toEqual([]);
  });

  it('lets requests whose KV has arrived join the round, without any work', () => {
    const { log } = plan({ waiting: [computed({ tokens: 9000 }), computed()], decoding: [{}] });
    expect(log).toEqual(['admit 0', 'admit 1', 'decodes']);
    expect(plan({ waiting: [computed()] }).log).toEqual(['admit 0', 'decodes']);
  });

  it('admits nobody beyond the limit of sequences', () => {
    const state = { waiting: [computed(), computed()], decoding: [{}] };
    expect(joining(plan(state, { maxSequences: 2 }).log)).toEqual(['admit 0']);
  });

  it('keeps a block for the growth of each who joins others', () => {
    const state = (freeBlocks: number) => ({
      waiting: [computed({ blocks: 3, growth: 1 })],
      decoding: [{ growth: 1 }],
      freeBlocks,
    });
    expect(plan(state(5)).log).toEqual(['admit 0', 'decodes']);
    expect(plan(state(4)).log).toEqual(['decodes']);
  });

  it('fills an empty memory to the last block', () => {
    const state = { waiting: [computed({ blocks: 4 })], freeBlocks: 4 };
    expect(plan(state).log).toEqual(['admit 0', 'decodes']);
  });

  it('needs no spare block where whole sequences are reserved', () => {
    const state = { waiting: [computed({ blocks: 4 })], decoding: [{}], freeBlocks: 4 };
    expect(plan(state).log).toEqual(['decodes']);
    expect(plan(state, { reserve: 'sequence' }).log).toEqual(['admit 0', 'decodes']);
  });

  it('lets nobody join who would make the predicted round too long, except alone', () => {
    const waiting = Array.from({ length: 3 }, () => computed({ tokens: 100, generated: 1 }));
    const roundMs = (sequences: number, tokens: number) => 10 * sequences + tokens;
    const decoding = [{ tokens: 50 }];
    // Two in the batch: 20 + 50 + 101 ms; three: 30 + 50 + 202 ms.
    const admitted = (maxRoundMs: number) =>
      joining(plan({ waiting, decoding, roundMs }, { maxRoundMs }).log).length;
    expect([170, 171, 281, 282, 0].map(admitted)).toEqual([0, 1, 1, 2, 3]);
    expect(joining(plan({ waiting, roundMs }, { maxRoundMs: 1 }).log)).toEqual(['admit 0']);
  });

  it('computes preempted requests again in chunks, beside the round', () => {
    const state = {
      waiting: [{ tokens: 8 }, computed()],
      prefilling: [{ tokens: 6 }],
      decoding: [{}],
    };
    expect(plan(state).log).toEqual(['work 2: 6', 'admit 0', 'work 0: 4', 'admit 1', 'decodes']);
    expect(plan(state, { recomputeTokens: 6 }).log).toEqual(['work 2: 6', 'decodes']);
  });

  it('preempts the decodes that joined last until the round fits, and admits nobody then', () => {
    const decoding = Array.from({ length: 3 }, () => ({ growth: 1, blocks: 1 }));
    const { log } = plan({ decoding, waiting: [computed({ blocks: 0 })], freeBlocks: 0 });
    expect(log).toEqual(['preempt 3', 'preempt 2', 'hold {"rounds":1}', 'decodes']);
  });

  it('runs a round whenever one decodes, within memory and sequences', () => {
    const which = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
    const limits = fc.record({
      maxSequences: fc.integer({ min: 1, max: 12 }),
      recomputeTokens: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(randomState, which, limits, (given, arrived, options) => {
        const waiting = given.waiting?.map((one, i) => (arrived[i] ? computed(one) : one)) ?? [];
        const before = new FakeHandOff({ ...given, waiting });
        const after = plan({ ...given, waiting }, options);
        expect(after.log.filter((line) => line === 'decodes')).toHaveLength(
          after.decoding > 0 ? 1 : 0,
        );
        if (after.decoding > 0) {
          expect(after.decodeGrowth).toBeLessThanOrEqual(after.freeBlocks);
        }
        const admitted = joining(after.log).map((line) => Number(line.slice('admit '.length)));
        expect(admitted).toEqual(before.queue.slice(0, admitted.length));
        if (admitted.length > 0) {
          expect(after.decoding + after.prefilling).toBeLessThanOrEqual(options.maxSequences);
          expect(after.log.some((line) => line.startsWith('preempt'))).toBe(false);
        }
        for (const line of after.log) {
          const [, task, tokens] = /^work (\d+): (\d+)$/.exec(line) ?? [];
          if (task === undefined) continue;
          expect(Number(tokens)).toBeGreaterThan(0);
          expect(Number(tokens)).toBeLessThanOrEqual(after.tokensLeft(Number(task)));
        }
      }),
    );
  });

  it('declares the length that it reserves by', () => {
    const oracles = (reserve: string) => decodePool.oracle?.({ reserve } as never);
    expect(oracles('prompt')).toEqual([]);
    expect(oracles('sequence')).toEqual(['length']);
  });
});
