import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newClaim, replayed } from './testing/claim-factory.ts';
import { judge, verdicts } from './verdict.ts';

const verdictOf = (claim: Parameters<typeof newClaim>[0], value: number | null) =>
  judge(newClaim(claim), replayed(value), null).verdict;

describe('the verdict on a figure', () => {
  it.each([
    [100, 'reproduced'],
    [110, 'reproduced'],
    [90, 'reproduced'],
    [110.01, 'close'],
    [120, 'close'],
    [80, 'close'],
    [120.01, 'off'],
    [79.9, 'off'],
    [-100, 'off'],
  ])('of %d against 100 within 10 %% is %s', (value, verdict) => {
    expect(verdictOf({}, value)).toBe(verdict);
  });

  it('adds half of the last printed digit to the tolerance once', () => {
    const claim = { precision: 4, tolerance: { absolute: 5, reason: 'a test' } };
    expect(verdictOf(claim, 107)).toBe('reproduced');
    expect(verdictOf(claim, 107.1)).toBe('close');
    expect(verdictOf(claim, 112)).toBe('close');
    expect(verdictOf(claim, 112.1)).toBe('off');
  });

  it('does not count the rounding of the comparison as a difference', () => {
    const exact = { absolute: 0, reason: 'a test' };
    expect(verdictOf({ published: 3.4, precision: 0.1, tolerance: exact }, 3.45)).toBe(
      'reproduced',
    );
    expect(verdictOf({ published: 0.3, tolerance: exact }, 0.1 + 0.2)).toBe('reproduced');
    expect(verdictOf({ published: 0.3, tolerance: exact }, 0.3000001)).toBe('off');
  });

  it('knows no middle between a figure without tolerance and a miss', () => {
    expect(verdictOf({ published: 0, tolerance: { relative: 0.5, reason: 'r' } }, 0)).toBe(
      'reproduced',
    );
    expect(verdictOf({ published: 0, tolerance: { relative: 0.5, reason: 'r' } }, 1e-6)).toBe(
      'off',
    );
  });

  it('is off, with the reason, where the runs give no figure', () => {
    const { verdict, reason } = judge(newClaim(), replayed(null, 'its SQL gives no row'), null);
    expect({ verdict, reason }).toEqual({ verdict: 'off', reason: 'its SQL gives no row' });
  });

  it('never gets better as the distance grows', () => {
    const finite = { noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 } as const;
    fc.assert(
      fc.property(
        fc.double(finite),
        fc.double({ ...finite, min: 0, max: 1 }),
        fc.double({ ...finite, min: 0 }),
        fc.double({ ...finite, min: 0 }),
        (published, relative, a, b) => {
          const claim = { published, tolerance: { relative, reason: 'r' } };
          const [near, far] = [Math.min(a, b), Math.max(a, b)];
          const rank = (distance: number) =>
            verdicts.indexOf(verdictOf(claim, published + distance));
          expect(rank(near)).toBeLessThanOrEqual(rank(far));
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('the relative error', () => {
  it('is signed, and there is none against zero or of a shape', () => {
    const errorOf = (claim: Parameters<typeof newClaim>[0], value: number) =>
      judge(newClaim(claim), replayed(value), null).relativeError;
    expect(errorOf({}, 80)).toBeCloseTo(-0.2, 12);
    expect(errorOf({ published: 0 }, 80)).toBeNull();
    expect(errorOf({ kind: 'shape', published: 1 }, 1)).toBeNull();
  });
});

describe('a shape', () => {
  it('is reproduced if it holds, else off', () => {
    expect(verdictOf({ kind: 'shape', published: 1 }, 1)).toBe('reproduced');
    expect(verdictOf({ kind: 'shape', published: 1 }, 0)).toBe('off');
  });
});

describe('missing runs', () => {
  it('leave a claim not run, and say why', () => {
    const judged = judge(newClaim(), { state: 'missing', why: '2 of 3 runs missing' }, null);
    expect(judged).toEqual({
      verdict: 'not-run',
      reason: '2 of 3 runs missing',
      relativeError: null,
    });
  });
});

describe('a claim that is called not comparable', () => {
  const claim = newClaim({ notComparable: 'other hardware' });

  it('is so where it was never compared, whatever its figure', () => {
    for (const outcome of [replayed(500), { state: 'missing', why: 'no runs' } as const]) {
      expect(judge(claim, outcome, null)).toEqual({
        verdict: 'not-comparable',
        reason: 'other hardware',
        relativeError: null,
      });
    }
  });

  it('keeps its computed verdict where it was compared before', () => {
    const { verdict, reason, relativeError } = judge(claim, replayed(500), '2026-01-01');
    expect(verdict).toBe('off');
    expect(relativeError).toBeCloseTo(4, 12);
    expect(reason).toBe('called not comparable after its comparison on 2026-01-01: other hardware');
  });
});
