import { describe, expect, it } from 'vitest';
import { newStepRow } from '../replay/serving/sink.ts';
import { TaskColumns } from '../replay/serving/task-columns.ts';
import { checkAffineIdentity, slotUsage } from './slot-usage.ts';
import { StepColumns } from './step-columns.ts';

const law = {
  roundMs: 10,
  perSequenceMs: 1,
  perContextTokenMs: 0,
  prefillBatchMs: 5,
  prefillTokenMs: 0.5,
};

/** A prefill stage of 20 tokens, then 3 rounds of 2 and 4 rounds of 1, on 4 slots. */
function steps(change: Partial<ReturnType<typeof newStepRow>> = {}): StepColumns {
  const columns = new StepColumns(0);
  columns.step({ ...newStepRow(), kind: 2, rounds: 1, prefillTokens: 20, startMs: 0, endMs: 15 });
  columns.step({ ...newStepRow(), rounds: 3, decodes: 2, startMs: 15, endMs: 51 });
  columns.step({ ...newStepRow(), rounds: 4, decodes: 1, startMs: 51, endMs: 95, ...change });
  return columns;
}

describe('slotUsage', () => {
  it('counts rounds, stages and idle slots, and the three utilisations', () => {
    const tasks = new TaskColumns(2);
    tasks.slotMs.set([51, 95]);
    expect(slotUsage(steps(), tasks, [4], 95)).toEqual({
      decode_rounds: 7,
      prefill_steps: 1,
      idle_slot_rounds: 3 * 2 + 4 * 3,
      util_round: 10 / 28,
      util_decode_time: (36 * 2 + 44) / (4 * 95),
      util_occupied_time: 146 / (4 * 95),
    });
  });

  it('says nothing of systems without slots', () => {
    const usage = slotUsage(steps(), new TaskColumns(2), [0], 95);
    expect(Object.values(usage).every((value) => value === null)).toBe(true);
  });
});

describe('checkAffineIdentity', () => {
  it('holds for steps that take what their law says', () => {
    expect(() => checkAffineIdentity(steps(), law)).not.toThrow();
  });

  it.each([
    ['a step that is longer', { endMs: 95.001 }],
    ['a round too many', { rounds: 5 }],
    ['another batch', { decodes: 2 }],
  ])('throws for %s', (_, change) => {
    expect(() => checkAffineIdentity(steps(change), law)).toThrow('their law says');
  });
});
