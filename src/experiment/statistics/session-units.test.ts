import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionUnits } from './session-units.ts';

const rows = fc.array(
  fc.record({
    arrivalMs: fc.nat({ max: 50 }),
    session: fc.option(fc.nat({ max: 5 }), { nil: null }),
  }),
  { maxLength: 30 },
);

function unitsOf(given: readonly { arrivalMs: number; session: number | null }[]) {
  return sessionUnits({
    arrivalMs: given.map((row) => row.arrivalMs),
    session: given.map((row) => row.session),
  });
}

describe('sessionUnits', () => {
  it('puts requests into one unit exactly if they are of one session', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { of } = unitsOf(given);
        for (const [i, a] of given.entries()) {
          for (const [j, b] of given.entries()) {
            const together = i === j || (a.session !== null && a.session === b.session);
            expect(of[i] === of[j]).toBe(together);
          }
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('numbers units by their first arrival', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { of, count } = unitsOf(given);
        const first = Array<number>(count).fill(Number.POSITIVE_INFINITY);
        for (const [row, { arrivalMs }] of given.entries()) {
          const unit = of[row] as number;
          first[unit] = Math.min(first[unit] as number, arrivalMs);
        }
        expect(first).toEqual([...first].sort((a, b) => a - b));
        expect(first.every(Number.isFinite)).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
