import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeInstance } from '../testing/fake-instance.ts';
import { type SizedRequest, sortedByBatches, sortedF } from './sorted-f.ts';

fc.configureGlobal({ seed: 52, numRuns: 200 });

const sized = fc
  .array(fc.record({ output: fc.integer({ min: 1, max: 50 }), prompt: fc.nat(50) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((all) => all.map(({ output, prompt }, index) => ({ index, output, peak: output + prompt })));

/** The smallest score of any set that fits, by trying all. */
function bestScore(requests: readonly SizedRequest[], capacity: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let set = 1; set < 2 ** requests.length; set++) {
    const members = requests.filter((_, i) => (set >> i) & 1);
    const peak = members.reduce((sum, one) => sum + one.peak, 0);
    const output = members.reduce((sum, one) => sum + one.output, 0);
    if (peak <= capacity) best = Math.min(best, output / members.length ** 2);
  }
  return best;
}

/** The smallest score of the leading members of an order. */
function leadingScore(requests: readonly SizedRequest[], order: readonly number[], cap: number) {
  let [output, peak, best] = [0, 0, Number.POSITIVE_INFINITY];
  for (const [i, index] of order.entries()) {
    output += requests[index]!.output;
    peak += requests[index]!.peak;
    if (peak <= cap) best = Math.min(best, output / (i + 1) ** 2);
  }
  return best;
}

describe('sorted-f', () => {
  it('prefers many small prompts to one short output with a long prompt', () => {
    // The shortest fills the memory alone, score 4; the others together score 15/9.
    const requests = [
      { index: 0, output: 4, peak: 30 },
      { index: 1, output: 5, peak: 10 },
      { index: 2, output: 5, peak: 10 },
      { index: 3, output: 5, peak: 10 },
    ];
    expect(sortedByBatches(requests, 30)).toEqual([1, 2, 3, 0]);
  });

  it('is shortest first where memory does not bind', () => {
    const outputs = [9, 3, 7];
    const requests = outputs.map((output, index) => ({ index, output, peak: output }));
    expect(sortedByBatches(requests, 1000)).toEqual([1, 2, 0]);
  });

  it('orders everybody, and begins with a batch that is nearly the best one', () => {
    let [found, possible] = [0, 0];
    fc.assert(
      fc.property(sized, fc.integer({ min: 100, max: 250 }), (requests, capacity) => {
        const order = sortedByBatches(requests, capacity);
        expect([...order].sort((a, b) => a - b)).toEqual(requests.map(({ index }) => index));
        const score = leadingScore(requests, order, capacity);
        const best = bestScore(requests, capacity);
        expect(score).toBeGreaterThanOrEqual(best - 1e-12);
        found += score;
        possible += best;
      }),
    );
    expect(found / possible).toBeLessThan(1.02);
  });

  it('admits in that order, and divides anew when a request arrives', () => {
    const scheduler = sortedF.create({ maxSequences: 256, batching: 'mixed' } as never, {
      seed: 1,
    });
    const waiting = [
      { tokens: 26, predicted: 4 },
      { tokens: 5, predicted: 5 },
      { tokens: 5, predicted: 5 },
      { tokens: 5, predicted: 5 },
    ];
    const instance = new FakeInstance({ waiting, capacityBlocks: 30 });
    scheduler.plan(instance, instance);
    const admitted = instance.log.filter((line) => line.startsWith('admit'));
    expect(admitted).toEqual(['admit 1', 'admit 2', 'admit 3']);
  });
});
