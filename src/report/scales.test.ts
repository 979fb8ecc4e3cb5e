import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadApart } from './chart.ts';
import { logDomain, logPosition, logTicks, zeroDomain } from './scales.ts';

const positive = fc.double({ min: 1e-3, max: 1e7, noNaN: true });

describe('scales', () => {
  it('has a logarithmic domain that holds every value, with ticks inside it', () => {
    fc.assert(
      fc.property(
        fc.array(positive, { minLength: 1 }),
        fc.integer({ min: 3, max: 9 }),
        (values, most) => {
          const [low, high] = logDomain(values);
          expect(low).toBeLessThanOrEqual(Math.min(...values) * 1.001);
          expect(high).toBeGreaterThanOrEqual(Math.max(...values) * 0.999);
          const ticks = logTicks(low, high, most);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(Math.max(most, 2));
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low * 0.99);
            expect(tick).toBeLessThanOrEqual(high * 1.01);
          }
        },
      ),
    );
  });

  it('has a domain without values', () => {
    expect(logDomain([null, 0])).toEqual([1, 10]);
    expect(zeroDomain([null])).toEqual([0, 1]);
  });

  it('puts the ends of a domain at the ends of the axis', () => {
    expect(logPosition(1, [1, 100], 200)).toBe(0);
    expect(logPosition(10, [1, 100], 200)).toBeCloseTo(100);
    expect(logPosition(1000, [1, 100], 200)).toBe(200);
  });

  it('starts at zero and ends at or above the largest value', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1 }), (values) => {
        const [low, high] = zeroDomain(values);
        expect(low).toBe(0);
        expect(high).toBeGreaterThanOrEqual(Math.max(...values) * 0.999);
        expect(high).toBeLessThanOrEqual(Math.max(...values) * 2.01);
      }),
    );
  });

  it('spreads labels apart in their order, within bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 6 }),
        (at) => {
          const placed = spreadApart(at, 15, 0, 300);
          const order = at.map((_, i) => i).sort((a, b) => at[a]! - at[b]! || a - b);
          for (const [k, i] of order.entries()) {
            expect(placed[i]).toBeGreaterThanOrEqual(-1e-9);
            expect(placed[i]).toBeLessThanOrEqual(300 + 1e-9);
            const next = order[k + 1];
            if (next !== undefined) expect(placed[next]! - placed[i]!).toBeGreaterThan(15 - 1e-9);
          }
        },
      ),
    );
  });
});
