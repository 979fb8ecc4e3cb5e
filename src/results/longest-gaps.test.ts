import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LongestGaps } from './longest-gaps.ts';

fc.configureGlobal({ seed: 92, numRuns: 400 });

interface Series {
  base: number;
  slope: number;
  terms: number;
}

const series: fc.Arbitrary<Series> = fc.record({
  // Few different values, so that many gaps are equal, and any value between.
  base: fc.oneof(
    fc.constantFrom(0, 1, 10, 10.5, 1000),
    fc.double({ min: 0, max: 1000, noNaN: true }),
  ),
  slope: fc.oneof(fc.constantFrom(0, 0.5), fc.double({ min: 1e-9, max: 5, noNaN: true })),
  terms: fc.integer({ min: 1, max: 60 }),
});
const many = fc.array(series, { minLength: 1, maxLength: 90 });

function longestOf(all: readonly Series[]): LongestGaps {
  const longest = new LongestGaps();
  for (const { base, slope, terms } of all) longest.add(base, slope, terms);
  return longest;
}

/** Every gap by itself, longest first. */
function sorted(all: readonly Series[]): number[] {
  return all
    .flatMap(({ base, slope, terms }) => Array.from({ length: terms }, (_, k) => base + slope * k))
    .sort((a, b) => b - a);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

describe('LongestGaps', () => {
  it('gives the mean of the first tenth of the sorted gaps', () => {
    fc.assert(
      fc.property(many, (all) => {
        const gaps = sorted(all);
        const tenth = mean(gaps.slice(0, Math.ceil(gaps.length / 10)));
        const found = longestOf(all).meanOfLongestTenth();
        expect(Math.abs(found - tenth)).toBeLessThanOrEqual(1e-9 * (1 + tenth));
      }),
    );
  });

  it('counts the gaps and knows the longest', () => {
    fc.assert(
      fc.property(many, (all) => {
        const longest = longestOf(all);
        expect(longest.gaps).toBe(sorted(all).length);
        expect(longest.maxMs).toBe(sorted(all)[0]);
      }),
    );
  });

  it('forgets everything when cleared', () => {
    fc.assert(
      fc.property(many, many, (before, all) => {
        const longest = longestOf(before);
        longest.meanOfLongestTenth();
        longest.clear();
        expect([longest.gaps, longest.maxMs]).toEqual([0, 0]);
        for (const { base, slope, terms } of all) longest.add(base, slope, terms);
        expect(longest.meanOfLongestTenth()).toBe(longestOf(all).meanOfLongestTenth());
      }),
    );
  });

  it.each([
    ['one gap', [{ base: 7, slope: 0, terms: 1 }], 7],
    ['ten gaps, the longest alone', [{ base: 1, slope: 1, terms: 10 }], 10],
    ['eleven gaps, the longest two', [{ base: 1, slope: 1, terms: 11 }], 10.5],
    [
      'equal gaps beyond the tenth',
      [
        { base: 5, slope: 0, terms: 30 },
        { base: 9, slope: 0, terms: 1 },
      ],
      (9 + 3 * 5) / 4,
    ],
    ['gaps of nothing', [{ base: 0, slope: 0, terms: 40 }], 0],
  ])('takes %s', (_, all, expected) => {
    expect(longestOf(all).meanOfLongestTenth()).toBeCloseTo(expected, 9);
  });
});
