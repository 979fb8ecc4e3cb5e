import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeInstance } from '../testing/fake-instance.ts';
import { displace } from './displace.ts';
import { heldBlocks, StepBuilder } from './step-builder.ts';

fc.configureGlobal({ seed: 38, numRuns: 400 });

const held = fc.record({ blocks: fc.integer({ min: 1, max: 6 }), growth: fc.constantFrom(0, 1) });

it('takes the fewest victims in order, and none where all would not do', () => {
  const states = fc.record({
    decoding: fc.array(held, { minLength: 1, maxLength: 6 }),
    freeBlocks: fc.integer({ min: 0, max: 5 }),
    need: fc.integer({ min: 1, max: 30 }),
    maxSequences: fc.integer({ min: 1, max: 7 }),
  });
  fc.assert(
    fc.property(states, ({ decoding, freeBlocks, need, maxSequences }) => {
      const view = new FakeInstance({
        waiting: [{ blocks: need }],
        // What a decode holds follows from its tokens.
        decoding: decoding.map((one) => ({ ...one, tokens: one.blocks })),
        freeBlocks,
      });
      const step = new StepBuilder({ batching: 'mixed', budget: 100, maxSequences });
      step.begin(view, view);
      const victims = [...view.running].reverse();
      const spare = [step.spareBlocks];
      for (const victim of victims) spare.push((spare.at(-1) as number) + heldBlocks(view, victim));
      // A block beyond its need is left for its first token.
      const fewest = spare.findIndex(
        (blocks, count) => need + 1 <= blocks && view.decoding - count < maxSequences,
      );
      const started = displace(view, 0, { step, paused: false, victims, yieldTo: 'recompute' });
      expect(started).toBe(fewest >= 0);
      const gone = victims.slice(0, Math.max(0, fewest));
      expect(view.log).toEqual(gone.map((task) => `preempt ${task}`));
    }),
  );
});
