import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefillQueues, reusableTokens } from './prefill-queues.ts';
import { FakeCluster } from './testing/fake-cluster.ts';

fc.configureGlobal({ seed: 51, numRuns: 300 });

describe('prefill queues', () => {
  it('sum the predicted prefills of the prompts that wait, per instance', () => {
    const queues = new PrefillQueues();
    queues.add(0, 1, 300);
    queues.add(1, 1, 200);
    queues.add(2, 0, 50);
    expect([0, 1, 2].map((instance) => queues.waitMs(instance, 10))).toEqual([50, 500, 0]);
  });

  it('count a running prompt for its remainder, and never for less than nothing', () => {
    const queues = new PrefillQueues();
    queues.add(0, 0, 300);
    queues.add(1, 0, 200);
    queues.start(0, 1000);
    expect(queues.waitMs(0, 1000)).toBe(500);
    expect(queues.waitMs(0, 1120)).toBe(380);
    expect(queues.waitMs(0, 1300)).toBe(200);
    expect(queues.waitMs(0, 5000)).toBe(200);
  });

  it('spend the time that passes on the oldest of several started prompts', () => {
    const queues = new PrefillQueues();
    queues.add(0, 0, 300);
    queues.add(1, 0, 200);
    queues.start(0, 0);
    queues.start(1, 100);
    expect(queues.waitMs(0, 250)).toBe(250);
    queues.remove(0, 250);
    expect(queues.waitMs(0, 250)).toBe(200);
    queues.remove(1, 400);
    expect(queues.waitMs(0, 400)).toBe(0);
  });

  it('forget a request that ends while it waits, and ignore those they do not know', () => {
    const queues = new PrefillQueues();
    queues.add(0, 0, 300);
    queues.add(1, 0, 200);
    queues.remove(0, 5);
    queues.remove(0, 6);
    queues.start(7, 6);
    expect(queues.waitMs(0, 6)).toBe(200);
  });

  it('match the sum over a single server that works its queue off in order', () => {
    const prompt = fc.record({
      gap: fc.integer({ min: 0, max: 40 }),
      ms: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 1, maxLength: 12 }), (prompts) => {
        const queues = new PrefillQueues();
        const events: { atMs: number; rank: number; act: () => void }[] = [];
        let now = 0;
        let free = 0;
        for (const [task, { gap, ms }] of prompts.entries()) {
          now += gap;
          const [arrival, start] = [now, Math.max(now, free)];
          // Work left in the server when this one arrives, which is what the books must say.
          const left = start - arrival;
          free = start + ms;
          events.push({
            atMs: arrival,
            rank: 1,
            act: () => {
              expect(queues.waitMs(0, arrival)).toBe(left);
              queues.add(task, 0, ms);
            },
          });
          events.push({ atMs: start, rank: 2, act: () => queues.start(task, start) });
          events.push({ atMs: start + ms, rank: 0, act: () => queues.remove(task, start + ms) });
        }
        events.sort((a, b) => a.atMs - b.atMs || a.rank - b.rank);
        for (const { act } of events) act();
        expect(queues.waitMs(0, free)).toBe(0);
      }),
    );
  });

  it('predict the first token from the queue and the prefix that the instance holds', () => {
    const view = new FakeCluster({ members: [{ residentBlocks: 2 }, {}], inputTokens: 2000 });
    view.nowMs = 7;
    const queues = new PrefillQueues();
    queues.add(0, 0, 300);
    expect(queues.ttftMs(view, 1, 0)).toBe(300 + 2000 - 1024);
    expect(queues.ttftMs(view, 1, 1)).toBe(2000);
  });
});

describe('reusable tokens', () => {
  it('leave at least one token of the prompt to compute', () => {
    const view = new FakeCluster({ members: [{}], inputTokens: 1024 });
    expect([0, 1, 2, 3].map((blocks) => reusableTokens(view, 0, blocks))).toEqual([
      0, 512, 1023, 1023,
    ]);
  });
});
