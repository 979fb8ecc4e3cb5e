import { describe, expect, it } from 'vitest';
import type { Claim, Experiment } from '../define.ts';
import type { Comparison } from './ledger.ts';
import { comparisonOf, rowOf } from './row.ts';
import { newClaim, newComparison, newEvaluation, replayed } from './testing/claim-factory.ts';

const experiment: Experiment = {
  name: 'one',
  paper: 'paper',
  question: 'What?',
  scenarios: { list: { cells: {} } },
};

const rowFor = (claim: Partial<Claim>, first: Partial<Comparison> | null, definition = 'first') =>
  rowOf(experiment, newEvaluation(newClaim(claim)), {
    definition,
    first: first && newComparison(first),
  });

describe('a row of the scorecard', () => {
  it('stays predicted while its definition is that of the first comparison', () => {
    expect(rowFor({}, {})).toMatchObject({ kind: 'predicted', definition_changed: false });
    expect(rowFor({}, null)).toMatchObject({ kind: 'predicted', definition_changed: false });
  });

  it('counts as postdicted once its definition differs, and says since when', () => {
    expect(rowFor({}, {}, 'second')).toMatchObject({
      kind: 'postdicted',
      verdict: 'reproduced',
      definition_changed: true,
      reason: 'definition changed after the first comparison on 2026-01-01',
    });
  });

  it('keeps other kinds, and shows that the definition changed', () => {
    expect(rowFor({ kind: 'identity' }, {}, 'second')).toMatchObject({
      kind: 'identity',
      definition_changed: true,
      reason: null,
    });
  });

  it('stays not comparable where it always was', () => {
    const row = rowFor({ notComparable: 'other hardware' }, { verdict: 'not-comparable' });
    expect(row).toMatchObject({ kind: 'predicted', verdict: 'not-comparable' });
  });

  it('counts as postdicted if it is compared only after its figure was seen', () => {
    const row = rowFor({}, { verdict: 'not-comparable' });
    expect(row).toMatchObject({
      kind: 'postdicted',
      reason: 'called not comparable until its figure was seen on 2026-01-01',
    });
  });

  it('is compared still if it is called not comparable later', () => {
    const row = rowFor({ notComparable: 'other hardware' }, { verdict: 'off' });
    expect(row.verdict).toBe('reproduced');
    expect(row.reason).toMatch(/^called not comparable after its comparison on 2026-01-01/);
  });
});

describe('the record of a comparison', () => {
  const at = { definition: 'd', today: '2026-02-02', engineVersion: 'e' };

  it('holds what was compared and how it came out', () => {
    const evaluation = newEvaluation(newClaim(), replayed(130));
    const row = rowOf(experiment, evaluation, { definition: 'd', first: null });
    expect(comparisonOf(evaluation, row, at)).toEqual({
      date: '2026-02-02',
      kind: 'predicted',
      definition: 'd',
      replayed: 130,
      verdict: 'off',
      engine_version: 'e',
    });
  });

  it('is not made while runs are missing', () => {
    const evaluation = newEvaluation(newClaim(), { state: 'missing', why: 'no runs' });
    const row = rowOf(experiment, evaluation, { definition: 'd', first: null });
    expect(comparisonOf(evaluation, row, at)).toBeNull();
  });
});
