import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountMinSketch } from './count-min-sketch.ts';

describe('CountMinSketch', () => {
  it('never counts too few, and stops at 15', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (adds) => {
        const sketch = new CountMinSketch(64, 1e9);
        const exact = new Map<number, number>();
        for (const id of adds) {
          sketch.add(id);
          exact.set(id, (exact.get(id) ?? 0) + 1);
        }
        for (const [id, count] of exact) {
          expect(sketch.count(id)).toBeGreaterThanOrEqual(Math.min(15, count));
          expect(sketch.count(id)).toBeLessThanOrEqual(15);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('counts exactly where ids are few', () => {
    const sketch = new CountMinSketch(1024, 1e9);
    for (let id = 0; id < 8; id++) for (let i = 0; i <= id; i++) sketch.add(id);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((id) => sketch.count(id))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 0,
    ]);
  });

  it('halves all counts after a period of additions', () => {
    const sketch = new CountMinSketch(16, 5);
    for (let i = 0; i < 4; i++) sketch.add(3);
    expect(sketch.count(3)).toBe(4);
    sketch.add(3);
    expect(sketch.count(3)).toBe(2);
  });
});
