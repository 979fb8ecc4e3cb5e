import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvMemory } from './kv-memory.ts';

fc.configureGlobal({ seed: 54, numRuns: 300 });

const blockTokens = fc.constantFrom(1, 2, 3, 16);

/** Requests as a list of the KV tokens that each holds: blocks are counted one by one. */
class Ledger {
  held: number[] = [];
  readonly #blockTokens: number;

  constructor(size: number) {
    this.#blockTokens = size;
  }

  blocks(tokens: number): number {
    return Math.ceil(tokens / this.#blockTokens);
  }

  used(more = 0): number {
    return this.held.reduce((sum, tokens) => sum + this.blocks(tokens + more), 0);
  }

  growth(rounds: number): number {
    return this.used(rounds) - this.used();
  }
}

const action = fc.oneof(
  fc.record({ what: fc.constant('join'), value: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ what: fc.constant('leave'), value: fc.nat() }),
  fc.record({ what: fc.constant('rounds'), value: fc.nat(70) }),
);

describe('KvMemory', () => {
  it('counts the growth of decodes as a count request by request does', () => {
    fc.assert(
      fc.property(blockTokens, fc.array(action, { maxLength: 60 }), (size, actions) => {
        const capacity = 100_000;
        const memory = new KvMemory(capacity * size, size, 0);
        const ledger = new Ledger(size);
        for (const { what, value } of actions) {
          if (what === 'join') {
            memory.hold(memory.blocksFor(value));
            memory.startGrowing(value);
            ledger.held.push(value);
          } else if (what === 'leave' && ledger.held.length > 0) {
            const [tokens] = ledger.held.splice(value % ledger.held.length, 1) as [number];
            memory.stopGrowing(tokens);
            memory.free(memory.blocksFor(tokens));
          } else if (what === 'rounds') {
            memory.takeRounds(value);
            ledger.held = ledger.held.map((tokens) => tokens + value);
          }
          expect(memory.usedBlocks).toBe(ledger.used());
          expect(memory.freeBlocks).toBe(capacity - ledger.used());
          expect(memory.growth).toBe(ledger.growth(1));
        }
      }),
    );
  });

  it('says how many rounds fit: that many do, one more does not', () => {
    const joins = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(blockTokens, joins, fc.nat(20), fc.nat(30), (size, held, spare, before) => {
        const ledger = new Ledger(size);
        ledger.held = held.map((tokens) => tokens + before);
        const memory = new KvMemory((ledger.used() + spare) * size, size, 0);
        for (const tokens of held) {
          memory.hold(memory.blocksFor(tokens));
          memory.startGrowing(tokens);
        }
        memory.takeRounds(before);
        const rounds = memory.roundsThatFit;
        expect(ledger.growth(rounds)).toBeLessThanOrEqual(spare);
        expect(ledger.growth(rounds + 1)).toBeGreaterThan(spare);
      }),
    );
  });

  it('fits any number of rounds while nobody grows, and none once it is overfull', () => {
    const memory = new KvMemory(32, 16, 0);
    memory.hold(2);
    expect(memory.roundsThatFit).toBe(Number.POSITIVE_INFINITY);
    memory.startGrowing(32);
    expect(memory.roundsThatFit).toBe(0);
    memory.overhold(1);
    expect([memory.freeBlocks, memory.roundsThatFit]).toEqual([-1, 0]);
  });

  it('has whole blocks only', () => {
    const memory = new KvMemory(100, 16, 0);
    expect(memory.capacityBlocks).toBe(6);
    expect([0, 1, 16, 17].map((tokens) => memory.blocksFor(tokens))).toEqual([0, 1, 1, 2]);
  });
});
