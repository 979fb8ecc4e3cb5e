import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeParameters } from '../../policy/parameters.ts';
import { roundsUntilDue, type StageState } from './prefill-rule.ts';
import { prefillRule, prefillRuleParameters } from './prefill-rules.ts';

fc.configureGlobal({ seed: 41, numRuns: 300 });

const prices = { roundMs: 30, perSequenceMs: 0.5, prefillBatchMs: 10, prefillTokenMs: 0.1 };

function ruleNamed(rule: string, given: Readonly<Record<string, unknown>> = {}) {
  return prefillRule(
    completeParameters(prefillRuleParameters, { ...prices, ...given, rule }, 'rule'),
  );
}

/** 40 of 50 slots decode and 2 idle ones may take a request, straight after a stage. */
function stateWith(part: Partial<StageState> = {}): StageState {
  return {
    slots: 50,
    active: 40,
    idle: 2,
    rounds: 0,
    idleRounds: 0,
    idleActiveRounds: 0,
    promptTokens: 200,
    ...part,
  };
}

describe('prefill rules', () => {
  it('starts at once with prefill-first', () => {
    expect(roundsUntilDue(ruleNamed('prefill-first'), stateWith())).toBe(0);
  });

  it('waits with full-cost until the idle time matches the stall by the whole stage', () => {
    // A round costs the idle slots 2 · (30 + 0.5 · 40) = 100; the stage stalls 40 · (10 + 20).
    expect(roundsUntilDue(ruleNamed('full-cost'), stateWith())).toBe(11);
    expect(roundsUntilDue(ruleNamed('full-cost', { meanPromptTokens: 50 }), stateWith())).toBe(7);
  });

  it('waits with fixed-part until the idle time matches the stall by the fixed part', () => {
    expect(roundsUntilDue(ruleNamed('fixed-part'), stateWith())).toBe(3);
    const waited = stateWith({ idleRounds: 4, idleActiveRounds: 160 });
    expect(roundsUntilDue(ruleNamed('fixed-part'), waited)).toBe(1);
  });

  it('waits with exact until idle slot-rounds cost as much as a stage', () => {
    // (I + m) · 30 ≥ 50 · 10 from 17 idle slot-rounds on.
    expect(roundsUntilDue(ruleNamed('exact'), stateWith())).toBe(8);
    expect(roundsUntilDue(ruleNamed('exact'), stateWith({ idleRounds: 15 }))).toBe(0);
    // Equal costs, 20 · 25 = 50 · 10, are enough.
    const equal = stateWith({ idleRounds: 18 });
    expect(roundsUntilDue(ruleNamed('exact', { roundMs: 25 }), equal)).toBe(0);
  });

  it('never is due where idling costs nothing', () => {
    const rule = ruleNamed('exact', { roundMs: 0 });
    expect(roundsUntilDue(rule, stateWith())).toBe(Number.POSITIVE_INFINITY);
  });

  it('starts at once with fixed-part, exact and sub-gradient where a stage costs nothing', () => {
    for (const name of ['fixed-part', 'exact', 'sub-gradient']) {
      expect(roundsUntilDue(ruleNamed(name, { prefillBatchMs: 0 }), stateWith())).toBe(0);
    }
  });

  it('lets the multiplier of sub-gradient rise while slots idle more than wanted, and fall', () => {
    const rule = ruleNamed('sub-gradient', { step: 10, idleTarget: 0.01 });
    expect(roundsUntilDue(rule, stateWith())).toBe(3);
    // 60 of 50 · 4 slot-rounds idle: the multiplier goes from 1 to 1 + 10 · 0.29 = 3.9.
    rule.started?.(stateWith({ rounds: 4, idleRounds: 60 }));
    expect(roundsUntilDue(rule, stateWith())).toBe(1);
    rule.started?.(stateWith({ rounds: 0, idleRounds: 0 }));
    rule.started?.(stateWith({ active: 0, rounds: 9, idleRounds: 9 }));
    expect(roundsUntilDue(rule, stateWith())).toBe(1);
    // No idling: −0.1 each, down to 0.1, where 40 rounds of 100 are worth the stall of 400.
    for (let i = 0; i < 60; i++) rule.started?.(stateWith({ rounds: 10 }));
    expect(roundsUntilDue(rule, stateWith())).toBe(39);
  });

  it('decides the same whether asked once or after every round', () => {
    const random = fc.record({
      active: fc.integer({ min: 1, max: 300 }),
      idle: fc.integer({ min: 1, max: 300 }),
      idleRounds: fc.integer({ min: 0, max: 1000 }),
      idleActiveRounds: fc.integer({ min: 0, max: 100_000 }),
      promptTokens: fc.integer({ min: 1, max: 9000 }),
    });
    const price = fc.double({ min: 0, max: 50, noNaN: true });
    const priced = fc.record({
      roundMs: fc.double({ min: 0.01, max: 50, noNaN: true }),
      perSequenceMs: price,
      prefillBatchMs: price,
      prefillTokenMs: fc.double({ min: 0, max: 0.1, noNaN: true }),
    });
    const names = fc.constantFrom('full-cost', 'fixed-part', 'exact', 'sub-gradient');
    fc.assert(
      fc.property(names, priced, random, (name, given, part) => {
        const rule = ruleNamed(name, given);
        const state = stateWith({ ...part, slots: part.active + part.idle });
        const rounds = roundsUntilDue(rule, state);
        const asked = Math.min(rounds, 2000);
        for (let k = 0; k < asked; k++) {
          expect(roundsUntilDue(rule, state)).toBe(rounds - k);
          state.idleRounds += state.idle;
          state.idleActiveRounds += state.idle * state.active;
        }
        if (asked === rounds) expect(roundsUntilDue(rule, state)).toBe(0);
      }),
    );
  });
});
