import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../units/random.ts';
import { insertBandit } from '../insert-bandit.ts';
import {
  fillInsertFeatures,
  type InsertState,
  type InsertWeights,
  insertFeatures,
  insertScore,
  vectorOf,
} from './insert-features.ts';
import { runSlotModel, type SlotRequest } from './slot-model.ts';
import { trainInsert } from './train-insert.ts';

/** A generated backlog: outputs log-normal, mean 345, deviation 188, at most 1024; prompts 68 ± 25. */
function backlog(seed: number): SlotRequest[] {
  const random = new RandomStream(seed, 'insert-bandit.backlog');
  const variance = Math.log(1 + (188 / 345) ** 2);
  return Array.from({ length: 1319 }, () => {
    const inputTokens = Math.max(1, Math.round(68 + 25 * random.normal()));
    const log = Math.sqrt(variance) * random.normal() - variance / 2;
    const outputTokens = Math.min(1024, Math.max(8, Math.round(345 * Math.exp(log))));
    return { inputTokens, outputTokens };
  });
}

const slots = 200;
const costsAt = (prefillFixedMs: number, roundFixedMs: number, roundPerRequestMs: number) => ({
  prefillFixedMs,
  roundFixedMs,
  roundPerRequestMs,
  prefillPerTokenMs: 0.115,
});
const cheap = costsAt(5, 29.321, 0.22692);
const dear = costsAt(20, 6.395, 0.34138);

function learned(weights: InsertWeights): (state: InsertState) => boolean {
  const vector = vectorOf(weights);
  const features = new Float64Array(insertFeatures);
  return (state) => {
    fillInsertFeatures(state, features);
    return insertScore(vector, features) >= 0;
  };
}

describe('the slot model', () => {
  it('keeps the identities of time and of slots, whatever is decided', () => {
    const request = fc.record({
      inputTokens: fc.integer({ min: 1, max: 50 }),
      outputTokens: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.boolean()),
        (requests, count, decisions) => {
          const insert = () => decisions.next().value as boolean;
          const run = runSlotModel(requests, count, cheap, insert);
          const output = requests.reduce((sum, one) => sum + one.outputTokens, 0);
          const prompt = requests.reduce((sum, one) => sum + one.inputTokens, 0);
          expect(count * run.rounds).toBe(output + run.idleSlotRounds);
          const { roundFixedMs, roundPerRequestMs, prefillFixedMs, prefillPerTokenMs } = cheap;
          const rounds = roundFixedMs * run.rounds + roundPerRequestMs * output;
          const prefills = prefillFixedMs * run.stages + prefillPerTokenMs * prompt;
          expect(run.totalMs / (rounds + prefills)).toBeCloseTo(1, 9);
        },
      ),
      { seed: 53, numRuns: 200 },
    );
  });
});

describe('training', () => {
  const [earlier, later] = [backlog(1), backlog(2)];
  const total = (costs: typeof cheap, insert: (state: InsertState) => boolean) =>
    runSlotModel(later, slots, costs, insert).totalMs;

  it('gives the default weights of the scheduler', () => {
    const weights = trainInsert(earlier, { slots, costs: cheap, seed: 1 });
    const { parameters } = insertBandit;
    for (const [name, parameter] of [
      ['bias', 'bias'],
      ['idle', 'idleWeight'],
      ['waiting', 'waitingWeight'],
      ['active', 'activeWeight'],
      ['idleRounds', 'idleRoundsWeight'],
    ] as const) {
      expect(weights[name]).toBeCloseTo(parameters[parameter]?.default as number, 3);
    }
    // On a later backlog: most of what the exact marginal rule gains on prefill-first.
    const first = total(cheap, () => true);
    const exact = total(cheap, ({ idleRounds, idle }) => (idleRounds + idle) * 29.321 >= slots * 5);
    expect(first - total(cheap, learned(weights))).toBeGreaterThan(0.6 * (first - exact));
  });

  it('learns to gather larger batches where a prefill costs more', () => {
    const weights = trainInsert(earlier, { slots, costs: dear, seed: 1 });
    const first = total(dear, () => true);
    const exact = total(dear, ({ idleRounds, idle }) => (idleRounds + idle) * 6.395 >= slots * 20);
    expect(first - total(dear, learned(weights))).toBeGreaterThan(0.9 * (first - exact));
  });

  it('learns to insert at once where a prefill costs nothing to begin', () => {
    const free = costsAt(0, 36.964, 0.1887);
    const weights = trainInsert(earlier, { slots, costs: free, seed: 1, episodes: 100 });
    expect(total(free, learned(weights))).toBe(total(free, () => true));
  });
});
