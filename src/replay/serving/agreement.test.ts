/**
 * The engine against the independent object engine of testing/: equal decisions on random systems,
 * and equal tables in both of its modes.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEngineRun } from './testing/engine-run.ts';
import { simulate } from './testing/object-engine.ts';
import { type RandomSystem, randomSystem, stepMsOf } from './testing/random-systems.ts';

const runs = { numRuns: 400, seed: 20261124 };

function agree(random: RandomSystem): void {
  const expected = simulate({ ...random.system, stepMs: stepMsOf(random.clock) });
  const fast = newEngineRun(random, 'fast');
  const step = newEngineRun(random, 'step');
  expect(fast.requests).toEqual(
    expected.requests.map((one) => ({
      status: one.status,
      reason: one.reason ?? (one.status === 'cancelled' ? 'client-cancelled' : ''),
      instance: one.instance ?? -1,
      arrivalMs: one.arrivalMs,
      admittedMs: one.admittedMs ?? Number.NaN,
      firstTokenMs: one.firstTokenMs ?? Number.NaN,
      endMs: one.finishMs,
      cachedTokens: one.cachedTokens,
      preemptions: one.preemptions,
      generated: one.generated,
    })),
  );
  expect(fast.steps).toBe(expected.totals.steps);
  expect(fast.stepLog).toEqual(expected.totals.stepLog.map((log) => log.map(withoutChunks)));
  expect(step.requests).toEqual(fast.requests);
  expect(step.rows).toEqual(fast.rows);
  expect(step.stays).toEqual(fast.stays);
}

function withoutChunks(step: {
  startMs: number;
  durationMs: number;
  decodes: number;
  prefills: readonly (readonly [number, number])[];
}) {
  const sum = (i: 0 | 1) => step.prefills.reduce((total, chunk) => total + chunk[i], 0);
  const { startMs, durationMs, decodes, prefills } = step;
  return { startMs, durationMs, decodes, prompts: prefills.length, rows: sum(0), past: sum(1) };
}

describe('serving engine', () => {
  for (const scheduler of ['chunked-prefill', 'prefill-first', 'orca'] as const) {
    it(`decides as the object engine does, ${scheduler}`, () => {
      const systems = randomSystem({ schedulers: [scheduler], prefixCache: false });
      fc.assert(fc.property(systems, agree), runs);
    });

    it(`decides as the object engine does with a prefix cache, ${scheduler}`, () => {
      fc.assert(fc.property(randomSystem({ schedulers: [scheduler] }), agree), runs);
    });
  }
});
