/**
 * Known totals of the time-zero backlog of arXiv 2502.15763 on 200 slots (1,319 GSM8K questions
 * with generated output lengths), under two cost profiles: no cost per prefill stage, and 5 ms.
 * Both give the paper's 201.00 s for first come, first served, and a bound of 180.30 s.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../../trace/read.ts';
import {
  longestFirstLists,
  roundRobinLists,
  type SlotCosts,
  type SlotPolicy,
  type SlotRule,
  type SlotSystem,
  simulateSlots,
} from './slot-simulator.ts';

const { trace } = await readTrace('gsm8k');
const noiseFree = trace.extra.output_tokens_noise_free;
const prompts = [...trace.inputTokens];
const seeded = [...trace.outputTokens];
const scaled = noiseFree?.kind === 'int32' ? [...noiseFree.values] : [];
const slots = 200;

const free = calibrated(0);
const fiveMs = calibrated(5);

/** First come, first served takes 201.00 s (2835 rounds, 857 stages), the bound 180.30 s. */
function calibrated(p0: number): SlotCosts {
  const p1 = 0.115;
  const a = (20_700 - 856 * p0) / (2835 - 2275);
  const b = (180_300 - a * 2275 - p0 - p1 * 90_258) / 454_827;
  return { a, b, p0, p1 };
}

const inOrder: SlotPolicy = { kind: 'queue', keys: prompts.map(() => 0) };
const byKey = (keys: readonly number[]): SlotPolicy => ({ kind: 'queue', keys });
const lists = (predicted: readonly number[], steal: 'none' | 'shortest'): SlotPolicy => ({
  kind: 'lists',
  lists: longestFirstLists(predicted, slots),
  predicted,
  steal,
});
const negative = (values: readonly number[]) => values.map((value) => -value);

/** Seconds and per cent, as published: T and U without and with 5 ms a stage. */
function totals(outputs: readonly number[], policy: SlotPolicy, rule: SlotRule = 'prefill-first') {
  const requests = prompts.map((inputTokens, i) => ({ inputTokens, outputTokens: outputs[i]! }));
  return [free, fiveMs].map((costs) => {
    const result = simulateSlots({ requests, slots, costs, policy, rule });
    const seconds = (result.totalMs / 1000).toFixed(2);
    return `${seconds} s, ${(100 * result.utilisation).toFixed(2)} %, R ${result.rounds}`;
  });
}

describe('the naive slot simulator on seeded output lengths', () => {
  it.each<[string, SlotPolicy, SlotRule, string, string]>([
    ['FCFS', inOrder, 'prefill-first', '201.00 s, 80.22 %, R 2835', '201.00 s, 80.22 %, R 2835'],
    ['FCFS', inOrder, 'fixed-part', '201.00 s, 80.22 %, R 2835', '198.36 s, 79.91 %, R 2846'],
    ['FCFS', inOrder, 'full-cost', '204.55 s, 77.59 %, R 2931', '200.65 s, 76.83 %, R 2960'],
    [
      'SJF',
      byKey(seeded),
      'prefill-first',
      '202.59 s, 79.02 %, R 2878',
      '201.91 s, 79.02 %, R 2878',
    ],
    [
      'longest first',
      byKey(negative(seeded)),
      'prefill-first',
      '182.00 s, 97.98 %, R 2321',
      '184.06 s, 97.98 %, R 2321',
    ],
    [
      'LPT lists, stealing',
      lists(seeded, 'shortest'),
      'prefill-first',
      '182.00 s, 97.98 %, R 2321',
      '184.06 s, 97.98 %, R 2321',
    ],
    [
      'LPT lists, stealing',
      lists(seeded, 'shortest'),
      'fixed-part',
      '182.00 s, 97.98 %, R 2321',
      '183.35 s, 96.90 %, R 2347',
    ],
    [
      'LPT lists, stealing',
      lists(seeded, 'shortest'),
      'full-cost',
      '185.92 s, 93.70 %, R 2427',
      '185.09 s, 93.55 %, R 2431',
    ],
  ])('takes as long as known: %s, %s', (_name, policy, rule, withoutCost, withCost) => {
    expect(totals(seeded, policy, rule)).toEqual([withoutCost, withCost]);
  });

  it('needs 857 stages for FCFS', () => {
    const requests = prompts.map((inputTokens, i) => ({ inputTokens, outputTokens: seeded[i]! }));
    const system: SlotSystem = {
      requests,
      slots,
      costs: free,
      policy: inOrder,
      rule: 'prefill-first',
    };
    const { stages, finishMs } = simulateSlots(system);
    expect(stages).toBe(857);
    const meanLatency = finishMs.reduce((sum, ms) => sum + ms, 0) / finishMs.length / 1000;
    expect(meanLatency.toFixed(1)).toBe('100.4');
  });

  it('is slow with static round-robin lists', () => {
    const policy: SlotPolicy = {
      kind: 'lists',
      lists: roundRobinLists(prompts.length, slots),
      predicted: seeded,
      steal: 'none',
    };
    const [withoutCost, withCost] = totals(seeded, policy);
    expect(withoutCost).toBe('246.58 s, 55.90 %, R 4068');
    expect(withCost).toBe('237.20 s, 55.90 %, R 4068');
  });
});

describe('the naive slot simulator on noise-free output lengths', () => {
  it.each<[string, SlotPolicy, SlotRule, string, string]>([
    ['FCFS', inOrder, 'prefill-first', '196.53 s, 83.80 %, R 2714', '196.98 s, 83.80 %, R 2714'],
    [
      'LPT',
      byKey(negative(scaled)),
      'prefill-first',
      '182.63 s, 97.27 %, R 2338',
      '183.91 s, 97.27 %, R 2338',
    ],
    [
      'LPT lists, stealing',
      lists(scaled, 'shortest'),
      'fixed-part',
      '182.63 s, 97.27 %, R 2338',
      '183.24 s, 96.82 %, R 2349',
    ],
    [
      'SJF',
      byKey(scaled),
      'prefill-first',
      '208.36 s, 74.96 %, R 3034',
      '204.67 s, 74.96 %, R 3034',
    ],
    [
      'lists by prompt length, stealing',
      lists(prompts, 'shortest'),
      'prefill-first',
      '196.27 s, 84.01 %, R 2707',
      '196.76 s, 84.01 %, R 2707',
    ],
  ])('takes as long as known: %s, %s', (_name, policy, rule, withoutCost, withCost) => {
    expect(totals(scaled, policy, rule)).toEqual([withoutCost, withCost]);
  });
});

const rules = ['prefill-first', 'full-cost', 'fixed-part', 'exact'] as const;
const requestOf = fc.record({
  inputTokens: fc.integer({ min: 1, max: 200 }),
  outputTokens: fc.integer({ min: 1, max: 40 }),
});
const systems = fc
  .record({
    requests: fc.array(requestOf, { minLength: 1, maxLength: 40 }),
    slots: fc.integer({ min: 1, max: 8 }),
    costs: fc.record({
      a: fc.double({ min: 0.1, max: 50, noNaN: true }),
      b: fc.double({ min: 0, max: 2, noNaN: true }),
      p0: fc.double({ min: 0, max: 100, noNaN: true }),
      p1: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    rule: fc.constantFrom(...rules),
    kind: fc.constantFrom('queue', 'none', 'shortest', 'longest'),
    noise: fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
  })
  .map(({ kind, noise, ...system }): SlotSystem => {
    const predicted = system.requests.map(() => noise.next().value as number);
    if (kind === 'queue') return { ...system, policy: { kind, keys: predicted } };
    const assigned = longestFirstLists(predicted, system.slots);
    const steal = kind as 'none' | 'shortest' | 'longest';
    return { ...system, policy: { kind: 'lists', lists: assigned, predicted, steal } };
  });

describe('the naive slot simulator on random systems', () => {
  it('keeps T = aR + bN + p1·P + p0·K and J·R = N + I, and serves everyone for its length', () => {
    fc.assert(
      fc.property(systems, (system) => {
        const { costs, requests } = system;
        const result = simulateSlots(system);
        const tokens = requests.reduce((sum, one) => sum + one.outputTokens, 0);
        const prompt = requests.reduce((sum, one) => sum + one.inputTokens, 0);
        const expected =
          costs.a * result.rounds + costs.b * tokens + costs.p1 * prompt + costs.p0 * result.stages;
        expect(Math.abs(result.totalMs - expected)).toBeLessThanOrEqual(1e-9 * expected);
        expect(system.slots * result.rounds).toBe(tokens + result.idleSlotRounds);
        expect(result.finishMs.every((ms, i) => ms > result.startMs[i]!)).toBe(true);
        expect(Math.max(...result.finishMs)).toBe(result.totalMs);
      }),
      { seed: 51, numRuns: 300 },
    );
  });

  it('starts every stage at once where a stage costs nothing, whichever rule but full cost', () => {
    fc.assert(
      fc.property(systems, (system) => {
        const costs = { ...system.costs, p0: 0 };
        const [first, ...others] = (['prefill-first', 'fixed-part', 'exact'] as const).map((rule) =>
          simulateSlots({ ...system, costs, rule }),
        );
        for (const other of others) expect(other).toEqual(first);
      }),
      { seed: 52, numRuns: 100 },
    );
  });
});
