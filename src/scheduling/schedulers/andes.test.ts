import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { andes, qoeGain } from './andes.ts';

fc.configureGlobal({ seed: 37, numRuns: 300 });

const values = {
  batching: 'mixed',
  budget: 100,
  maxSequences: 1,
  ttftMs: 100,
  tokensPerSecond: 100,
  horizonMs: 1000,
  intervalMs: 50,
  maxPauses: 1,
};

function plan(state: FakeState, options: Partial<typeof values> = {}): string[] {
  const instance = new FakeInstance(state);
  andes.create({ ...values, ...options } as never, { seed: 1 }).plan(instance, instance);
  return instance.log;
}

describe('QoE gain', () => {
  it('is the area that service brings over the area expected, by numerical integration', () => {
    const reader = fc.record({
      ttftMs: fc.integer({ min: 0, max: 2000 }),
      tokensPerSecond: fc.integer({ min: 1, max: 60 }),
      horizonMs: fc.integer({ min: 100, max: 5000 }),
    });
    const prospect = fc.record({
      ageMs: fc.integer({ min: 0, max: 5000 }),
      generated: fc.integer({ min: 0, max: 100 }),
      delayMs: fc.integer({ min: 0, max: 1000 }),
      perMs: fc.double({ min: 0.002, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(reader, prospect, (reader, prospect) => {
        const { ttftMs, tokensPerSecond, horizonMs } = reader;
        const { ageMs, generated, delayMs, perMs } = prospect;
        const expected = (ms: number) => (Math.max(0, ms - ttftMs) * tokensPerSecond) / 1000;
        const n = 4000;
        let gained = 0;
        for (let i = 0; i < n; i++) {
          const s = ((i + 0.5) * horizonMs) / n;
          const due = expected(ageMs + s);
          const served = generated + perMs * Math.max(0, s - delayMs);
          gained += ((Math.min(served, due) - Math.min(generated, due)) * horizonMs) / n;
        }
        const until = ageMs + horizonMs;
        const whole = (expected(until) * Math.max(0, until - ttftMs)) / 2;
        const gain = whole === 0 ? 0 : gained / whole;
        expect(qoeGain(reader, prospect)).toBeCloseTo(gain, 3);
      }),
    );
  });

  it('is nothing for a reader who has text for the whole horizon', () => {
    const reader = { ttftMs: 100, tokensPerSecond: 10, horizonMs: 1000 };
    expect(qoeGain(reader, { ageMs: 100, generated: 10, delayMs: 0, perMs: 1 })).toBe(0);
    expect(qoeGain(reader, { ageMs: 100, generated: 9, delayMs: 0, perMs: 1 })).toBeGreaterThan(0);
  });
});

describe('andes', () => {
  const reading = { tokens: 10, generated: 500, arrivalMs: 0 };
  const hungry = { tokens: 10, arrivalMs: 0 };

  it('pauses a decode whose reader has enough text for one whose reader has none', () => {
    const log = plan({ waiting: [hungry], decoding: [reading], nowMs: 200 });
    expect(log).toEqual(['pause 1 swap', 'admit 0', 'work 0: 10', 'decodes'].slice(0, 3));
  });

  it('pauses nobody more often than it may', () => {
    const state = { waiting: [hungry], decoding: [reading], nowMs: 200 };
    expect(plan(state, { maxPauses: 0 })).toEqual(['decodes', 'hold {"untilMs":250}']);
  });

  it('weighs the gain by the KV that serving takes', () => {
    const waiting = [{ ...hungry, tokens: 60 }, hungry];
    const admits = plan({ waiting, nowMs: 200 }).filter((line) => /admit/.test(line));
    expect(admits).toEqual(['admit 1']);
  });

  it('serves those who gain nothing too while there is room', () => {
    const log = plan({ waiting: [{ ...reading, tokens: 5 }], nowMs: 200 }, { maxSequences: 9 });
    expect(log[0]).toBe('admit 0');
  });

  it('holds as long as it likes while nobody is out of service', () => {
    expect(plan({ decoding: [hungry] })).toEqual(['decodes', 'hold {"untilMs":null}']);
  });
});
