import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvLookahead } from './kv-lookahead.ts';

fc.configureGlobal({ seed: 51, numRuns: 500 });

interface One {
  readonly tokens: number;
  readonly left: number;
}

/** Whether all stay within the memory in every round, the last begun `delay` rounds from now. */
function fitsRoundByRound(
  all: readonly One[],
  one: One,
  delay: number,
  block: number,
  cap: number,
) {
  for (let round = 1; round <= 60; round++) {
    let used = 0;
    for (const { tokens, left } of all) {
      if (left >= round) used += Math.ceil((tokens + round) / block);
    }
    const own = round - delay;
    if (own < 1 || own > one.left) continue;
    if (used + Math.ceil((one.tokens + own) / block) > cap) return false;
  }
  return true;
}

const one = fc.record({ tokens: fc.nat(20), left: fc.integer({ min: 1, max: 12 }) });

describe('KvLookahead', () => {
  it('admits what fits at every expected end, and not what overflows at one', () => {
    const memory = new KvLookahead();
    memory.reset(1, 30);
    memory.add(10, 5); // 15 when done
    expect(memory.roundsUntilFit(9, 6)).toBe(0); // 15 + 14 at round 5, 15 at round 6
    expect(memory.roundsUntilFit(10, 5)).toBe(0); // 15 + 15
    expect(memory.roundsUntilFit(11, 5)).toBe(1); // one too many; one less a round later
    expect(memory.roundsUntilFit(25, 6)).toBe(Number.POSITIVE_INFINITY);
  });

  it('agrees with counting every round, and promises no wait that is too long', () => {
    const limits = fc.record({
      block: fc.constantFrom(1, 4),
      cap: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), one, limits, (running, next, { block, cap }) => {
        const memory = new KvLookahead();
        memory.reset(block, cap);
        const all: One[] = [];
        // As in its use: everybody who is there fits.
        for (const request of running) {
          if (memory.roundsUntilFit(request.tokens, request.left) > 0) continue;
          memory.add(request.tokens, request.left);
          all.push(request);
        }
        const rounds = memory.roundsUntilFit(next.tokens, next.left);
        expect(rounds === 0).toBe(fitsRoundByRound(all, next, 0, block, cap));
        for (let delay = 0; delay < Math.min(rounds, 14); delay++) {
          expect(fitsRoundByRound(all, next, delay, block, cap)).toBe(false);
        }
      }),
    );
  });
});
