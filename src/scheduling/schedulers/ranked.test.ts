import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeInstance } from '../testing/fake-instance.ts';
import { RankedWalk } from './ranked.ts';

const requests = fc.array(
  fc.record({
    predicted: fc.integer({ min: 1, max: 4 }),
    arrivalMs: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 9 },
);

it('meets all that wait or are paused once, by key, arrival and index', () => {
  fc.assert(
    fc.property(requests, requests, fc.boolean(), (waiting, paused, withPaused) => {
      const view = new FakeInstance({ waiting, paused });
      const walk = new RankedWalk();
      const met: number[] = [];
      walk.begin();
      for (;;) {
        const task = walk.next(view, (one) => view.predictedOutput(one), withPaused);
        if (task < 0) break;
        met.push(task);
      }
      const all = withPaused ? [...view.queue, ...view.pausedTasks] : [...view.queue];
      const key = (task: number) => [view.predictedOutput(task), view.arrivalMs(task), task];
      const compare = (a: number[], b: number[]) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!;
      expect(met).toEqual(all.sort((a, b) => compare(key(a), key(b))));
    }),
    { seed: 39, numRuns: 200 },
  );
});
