import { describe, expect, it } from 'vitest';
import { createClock } from '../../cost/clock.ts';
import { addPrefill, newStepWork } from '../../cost/work.ts';
import { promptTimes } from './tiers-prefill.ts';
import { loadRates } from './tiers-rates.ts';

describe('promptTimes', () => {
  it('is the step of a clock with that prompt alone, whatever was asked before', () => {
    const clock = createClock({ kind: 'analytic', model: 'llama-3-8b', gpu: 'a100-80gb' });
    const prefillMs = promptTimes(clock, 32);
    for (const [tokens, cached] of [
      [512, 0],
      [100, 900],
      [512, 0],
    ] as const) {
      const work = newStepWork(1, 32);
      addPrefill(work.segments[0]!, tokens, tokens + cached);
      work.sequences = 1;
      work.logitRows = 1;
      expect(prefillMs(tokens, cached)).toBe(clock.stepMs(work));
    }
    expect(prefillMs(100, 900)).toBeGreaterThan(prefillMs(100, 0));
  });
});

describe('loadRates', () => {
  const tiers = [
    { medium: 'dram', tokens: 1 },
    { medium: 'ssd', tokens: 1 },
  ] as const;

  it('shares a host link between two GPUs, and has one drive', () => {
    expect(loadRates(tiers, 'a100-80gb', 1)).toEqual([24.8e9, 4.9e9]);
    expect(loadRates(tiers, 'a100-80gb', 2)).toEqual([24.8e9, 4.9e9]);
    expect(loadRates(tiers.slice(0, 1), 'a800-80gb', 8)).toEqual([4 * 24.8e9]);
  });

  it('refuses a GPU whose host is not known', () => {
    expect(() => loadRates(tiers, 'h200', 1)).toThrow(
      'no host of h200 is known: give the load rate',
    );
  });
});
