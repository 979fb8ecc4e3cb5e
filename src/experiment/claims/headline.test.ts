import { describe, expect, it } from 'vitest';
import { claimKinds } from '../define.ts';
import { countByPaper, countClaims, type Withdrawn } from './headline.ts';
import type { ScorecardRow } from './row.ts';
import { newComparison, newRow } from './testing/claim-factory.ts';
import { verdicts } from './verdict.ts';

describe('the headline', () => {
  it('counts predicted claims only', () => {
    const rows = claimKinds.map((kind) => newRow({ kind }));
    expect(countClaims(rows).headline).toBe('1 of 1 predicted figure reproduced');
    expect(countClaims([newRow({ kind: 'identity' })]).headline).toBe('no predicted figures');
  });

  it('names every other verdict', () => {
    const rows = verdicts.map((verdict) => newRow({ verdict }));
    expect(countClaims(rows).headline).toBe(
      '1 of 5 predicted figures reproduced (1 close, 1 off, 1 not comparable, 1 not run)',
    );
  });

  it('counts by kind and verdict', () => {
    const rows = [newRow(), newRow({ verdict: 'off' }), newRow({ kind: 'shape' })];
    const { by, claims } = countClaims(rows);
    expect(by.predicted).toMatchObject({ reproduced: 1, off: 1, close: 0 });
    expect(by.shape.reproduced).toBe(1);
    expect(claims).toBe(3);
  });
});

describe('a predicted miss', () => {
  const hit = newRow({ id: 'hit' });
  const first_comparison = newComparison({ verdict: 'off' });
  const share = (rows: readonly ScorecardRow[], withdrawn: readonly Withdrawn[] = []) => {
    const { by, predicted } = countClaims(rows, withdrawn);
    return by.predicted.reproduced / predicted;
  };
  const before = share([hit, newRow({ verdict: 'off', first_comparison })]);

  it.each([
    ['called not comparable', newRow({ verdict: 'not-comparable', first_comparison })],
    ['not run', newRow({ verdict: 'not-run', first_comparison })],
    ['given a wider tolerance', newRow({ kind: 'postdicted', first_comparison })],
    ['called calibrated', newRow({ kind: 'calibrated', first_comparison })],
  ])('does not raise the share when it is %s', (_, row) => {
    expect(share([hit, row])).toBe(before);
  });

  it('does not raise the share when it is dropped', () => {
    const withdrawn = [{ paper: 'paper', id: 'miss', first_comparison }];
    expect(share([hit], withdrawn)).toBe(before);
    expect(countClaims([hit], withdrawn).headline).toBe(
      '1 of 2 predicted figures reproduced (1 withdrawn since first compared)',
    );
  });
});

describe('counts by paper', () => {
  it('hold each paper, also one of which only withdrawn claims are left', () => {
    const counts = countByPaper(
      [newRow({ paper: 'b' }), newRow({ paper: 'a', verdict: 'close' })],
      [{ paper: 'c', id: 'x', first_comparison: newComparison() }],
    );
    expect([...counts.keys()]).toEqual(['b', 'a', 'c']);
    expect(counts.get('a')?.headline).toBe('0 of 1 predicted figure reproduced (1 close)');
    expect(counts.get('c')?.predicted).toBe(1);
  });
});
