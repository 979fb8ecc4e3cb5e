import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeInstance } from '../testing/fake-instance.ts';
import { randomState } from '../testing/random-state.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';

fc.configureGlobal({ seed: 34, numRuns: 400 });

it('preempts the fewest of the decodes that joined last, and says whether any', () => {
  fc.assert(
    fc.property(randomState, (state) => {
      const before = new FakeInstance(state);
      const after = new FakeInstance(state);
      const preempted = preemptForGrowth(after, after);
      const victims = before.running.slice(after.decoding).reverse();
      expect(after.log).toEqual(victims.map((task) => `preempt ${task}`));
      expect(preempted).toBe(victims.length > 0);
      const fits = (one: FakeInstance) => one.decoding === 0 || one.decodeGrowth <= one.freeBlocks;
      expect(fits(after)).toBe(true);
      const last = victims.at(-1);
      if (last === undefined) return;
      // With one fewer preempted the round would not have fitted.
      const lessFree = after.freeBlocks - after.blocksToAdmit(last);
      expect(after.decodeGrowth + (after.request(last).growth ?? 0)).toBeGreaterThan(lessFree);
    }),
  );
});
