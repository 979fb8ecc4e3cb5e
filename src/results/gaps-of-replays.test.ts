import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEngineRun } from '../replay/serving/testing/engine-run.ts';
import { type RandomSystem, randomSystem } from '../replay/serving/testing/random-systems.ts';
import { computeGaps } from './gaps.ts';
import { StepColumns } from './step-columns.ts';

function conserves(random: RandomSystem): void {
  const { rows, stays, requests } = newEngineRun(random, 'fast');
  const steps = new StepColumns(requests.length);
  for (const row of rows) steps.step(row);
  for (const [task, instance, first, end, since] of stays as [
    number,
    number,
    number,
    number,
    number,
  ][]) {
    steps.stay(task, instance, first, end, since);
  }
  const { instances } = random.system;
  const gaps = computeGaps(steps, { tasks: requests.length, instances });
  const between = requests.map(({ generated }) => Math.max(0, (generated as number) - 1));
  const counted = gaps.histogram.buckets().gaps.reduce((sum, n) => sum + n, 0);
  expect(counted).toBe(between.reduce((sum, n) => sum + n, 0));
  for (const [task, request] of requests.entries()) {
    const n = between[task] as number;
    if (request.status !== 'finished' || n === 0) continue;
    const mean = ((request.endMs as number) - (request.firstTokenMs as number)) / n;
    expect(gaps.maxGapMs[task]).toBeGreaterThanOrEqual(mean * (1 - 1e-12));
  }
}

describe('gaps of a replay', () => {
  for (const scheduler of ['chunked-prefill', 'prefill-first', 'orca'] as const) {
    it(`are one fewer than each request's tokens, also across preemptions, ${scheduler}`, () => {
      const systems = randomSystem({ schedulers: [scheduler] });
      fc.assert(fc.property(systems, conserves), { numRuns: 600, seed: 20261126 });
    });
  }
});
