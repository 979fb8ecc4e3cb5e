import { describe, expect, it } from 'vitest';
import { addPrefill, createClock, newStepWork } from '../../cost/clock.ts';
import { FirstLengthClock, firstLengths, measureFirstLength } from './first-lengths.ts';
import { type PricedStep, StepPricing } from './step-pricing.ts';

const clock = createClock({
  kind: 'affine',
  roundMs: 10,
  prefillTokenMs: 1,
  perSequenceMs: 0,
  perContextTokenMs: 0,
  prefillBatchMs: 0,
});

const step = (...prompts: [rows: number, cached?: number][]): PricedStep => ({
  decodes: prompts.length === 0 ? 1 : 0,
  decodeContext: prompts.length === 0 ? 100 : 0,
  prefills: prompts.map(([rows, cached = 0]) => ({ rows, cached })),
});

describe('firstLengths', () => {
  it('counts lengths that no earlier prompt had, prompts on a prefix left out', () => {
    const steps = [step([5], [7], [5]), step([7], [9]), step([3, 8]), step([3]), step()];
    expect([...firstLengths(steps)]).toEqual([2, 1, 0, 1, 0]);
  });
});

describe('FirstLengthClock', () => {
  it('adds its cost once for each length, and nothing to decode rounds', () => {
    const counted = new FirstLengthClock(clock, 40);
    const price = (...prompts: [rows: number, keys: number][]) => {
      const work = newStepWork(4, 1);
      for (const [rows, keys] of prompts) addPrefill(work.segments[0]!, rows, keys);
      return counted.stepMs(work) - clock.stepMs(work);
    };
    expect(price([5, 5], [7, 7])).toBe(80);
    expect(price([5, 5], [9, 12])).toBe(0);
    expect(price([9, 9])).toBe(40);
    const line = { aMs: 0, bMs: 0, validTo: 0 };
    const plain = { ...line };
    counted.decode(3, 30, line);
    clock.decode(3, 30, plain);
    expect(line).toEqual(plain);
  });
});

describe('measureFirstLength', () => {
  const pricing = new StepPricing(clock, 1);
  const steps = [step([5], [7]), step([7]), step([9]), step(), step([5]), step([11]), step([12])];
  const firsts = firstLengths(steps);
  const log = (cost: number, offset: number) => ({
    count: steps.length,
    startMs: new Float64Array(steps.length),
    durationMs: Float64Array.from(steps, (one, k) => {
      return pricing.stepMs(one) + cost * firsts[k]! + (one.prefills.length > 0 ? offset : 0);
    }),
  });

  it('finds what a first length costs beyond what any step with prompts costs', () => {
    expect(measureFirstLength(steps, log(40, 0), pricing)).toBeCloseTo(40, 9);
    expect(measureFirstLength(steps, log(40, 3), pricing)).toBeCloseTo(40, 9);
  });

  it('is never below 0, and 0 where there are none', () => {
    expect(measureFirstLength(steps, log(-5, 0), pricing)).toBe(0);
    expect(measureFirstLength([step()], log(1, 1), pricing)).toBe(0);
  });

  it('reads the first half of the steps with prompts only', () => {
    const times = log(40, 0);
    times.durationMs.set([1e6, 1e6, 1e6], 4);
    expect(measureFirstLength(steps, times, pricing)).toBeCloseTo(40, 9);
  });
});
