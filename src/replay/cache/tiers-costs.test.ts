import { describe, expect, it } from 'vitest';
import { createClock } from '../../cost/clock.ts';
import { addPrefill, newStepWork } from '../../cost/work.ts';
import { newTrace } from '../../trace/new-trace.ts';
import { buildWorkload } from '../arrivals.ts';
import { prepareGroup } from '../prepare-group.ts';
import { parseScenario } from '../scenario.ts';
import type { StoreLinks } from '../serving/prompt-loads.ts';
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

  it('is 128 GB/s for 8 GPUs, and one drive', () => {
    expect(loadRates(tiers, 'a100-80gb', 1)).toEqual([16e9, 4.9e9]);
    expect(loadRates(tiers, 'a800-80gb', 8)).toEqual([128e9, 4.9e9]);
  });

  it('has the rates that instances of a scenario have', () => {
    const group = { model: 'llama-3.1-8b', gpu: 'a100-80gb', tp: 4 };
    const scenario = parseScenario({
      groups: [{ ...group, store: { kind: 'pool', dramTokens: 4096, ssdTokens: 4096 } }],
    });
    const trace = newTrace({
      arrivalMs: [0],
      inputTokens: [1024],
      outputTokens: [2],
      blocks: { offsets: Int32Array.of(0, 2), values: Int32Array.of(0, 1) },
      blockSize: 512,
    });
    const workload = buildWorkload(trace, scenario.arrivals, { seed: 1, limit: null });
    const prepared = prepareGroup(scenario.groups[0]!, scenario, workload, { seed: 1 }, 'group');
    const { hostBytesPerMs, diskBytesPerMs } = prepared.create().links as StoreLinks;
    expect(loadRates(prepared.store.tiers, 'a100-80gb', 4)).toEqual([
      1000 * hostBytesPerMs,
      1000 * diskBytesPerMs,
    ]);
  });

  it('refuses a GPU whose host is not known', () => {
    expect(() => loadRates(tiers, 'h200', 1)).toThrow(
      'no host of h200 is known: give the load rate',
    );
  });
});
