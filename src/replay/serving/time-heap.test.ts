import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotTimes, TimeHeap } from './time-heap.ts';

fc.configureGlobal({ seed: 52, numRuns: 200 });

/** Few different times, so that many are equal. */
const time = fc.constantFrom(0, 1, 1.5, 2, 7, 1e9);

interface Entry {
  timeMs: number;
  key: number;
}

function byTimeAndKey(a: Entry, b: Entry): number {
  return a.timeMs - b.timeMs || a.key - b.key;
}

describe('TimeHeap', () => {
  it('gives out what a sort by time and key puts first, pushes and pops mixed', () => {
    const entry = fc.record({ timeMs: time, key: fc.nat(30) });
    const actions = fc.array(fc.option(entry, { freq: 2 }), { maxLength: 120 });
    fc.assert(
      fc.property(actions, (steps) => {
        const heap = new TimeHeap();
        const model: Entry[] = [];
        for (const pushed of [...steps, ...steps.map(() => null)]) {
          if (pushed !== null) {
            heap.push(pushed.timeMs, pushed.key);
            model.push(pushed);
          } else if (model.length > 0) {
            expect(heap.pop()).toBe(model.sort(byTimeAndKey).shift()?.key);
          }
          const first = model.toSorted(byTimeAndKey)[0];
          expect(heap.size).toBe(model.length);
          expect(heap.firstMs).toBe(first?.timeMs ?? Number.POSITIVE_INFINITY);
          if (first !== undefined) expect(heap.firstKey).toBe(first.key);
        }
      }),
    );
  });

  it('sorts more entries than it began with room for', () => {
    const heap = new TimeHeap();
    const entries = Array.from({ length: 1000 }, (_, key) => ({ timeMs: (key * 271) % 97, key }));
    for (const { timeMs, key } of entries) heap.push(timeMs, key);
    const popped = entries.map(() => heap.pop());
    expect(popped).toEqual(entries.sort(byTimeAndKey).map(({ key }) => key));
    expect(heap.firstMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('SlotTimes', () => {
  it('names the earliest slot, the lowest of equal ones, whatever was set before', () => {
    const slots = fc.integer({ min: 1, max: 9 });
    const setting = fc.record({
      slot: fc.nat(8),
      timeMs: fc.oneof(time, fc.constant(Number.POSITIVE_INFINITY)),
    });
    fc.assert(
      fc.property(slots, fc.array(setting, { maxLength: 60 }), (count, settings) => {
        const times = new SlotTimes(count);
        const model = new Array(count).fill(Number.POSITIVE_INFINITY);
        expect(times.firstMs).toBe(Number.POSITIVE_INFINITY);
        for (const { slot, timeMs } of settings) {
          times.set(slot % count, timeMs);
          model[slot % count] = timeMs;
          expect(times.firstMs).toBe(Math.min(...model));
          expect(times.first).toBe(model.indexOf(Math.min(...model)));
          expect(model.map((_, i) => times.timeOf(i))).toEqual(model);
        }
      }),
    );
  });
});
