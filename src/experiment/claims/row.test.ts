import { describe, expect, it } from 'vitest';
import type { Claim, Experiment } from '../define.ts';
import type { Comparison } from './ledger.ts';
import { type ClaimRecord, comparisonOf, rowOf } from './row.ts';
import { newClaim, newComparison, newEvaluation, replayed } from './testing/claim-factory.ts';

const experiment: Experiment = {
  name: 'one',
  paper: 'paper',
  question: 'What?',
  scenarios: { list: { cells: {} } },
};

const rowFor = (
  claim: Partial<Claim>,
  first: Partial<Comparison> | null,
  definition = 'first',
  given: Partial<ClaimRecord> = {},
) =>
  rowOf(experiment, newEvaluation(newClaim(claim)), {
    ...{ definition, twin: null, setFrom: null },
    first: first && newComparison(first),
    ...given,
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
      reason: expect.stringContaining('kind was predicted, is identity'),
    });
  });

  it('says what was changed, whatever it is called', () => {
    const first = { tolerance: { relative: 0.05 }, published: 90, precision: 1, unit: 's' };
    const tolerance = { relative: 2, reason: 'wide' };
    expect(rowFor({ kind: 'postdicted', tolerance }, first, 'second').reason).toBe(
      'definition changed after the first comparison on 2026-01-01: kind was predicted, is ' +
        'postdicted, published was 90, is 100, precision was 1, is none, unit was s, is ms, ' +
        'tolerance was ±5 %, is ±200 %',
    );
    const wide = rowFor({ tolerance: { absolute: 5, reason: 'wide' } }, {}, 'second');
    expect(wide.reason).toMatch(/: tolerance was ±10 %, is ±5 ms$/);
  });

  it('counts as postdicted once a trace of its runs is another, and names both', () => {
    const traces = { gsm8k: 'aaaabbbbccccdddd', other: 'x' };
    expect(rowFor({}, { traces })).toMatchObject({
      kind: 'postdicted',
      definition_changed: false,
      reason: 'trace gsm8k is another than on 2026-01-01: it was aaaabbbbcccc, is a trace',
    });
  });

  it('counts as postdicted where its figure was compared under another name', () => {
    const twin = { claim: 'paper/old', date: '2026-01-01' };
    expect(rowFor({}, null, 'first', { twin })).toMatchObject({
      kind: 'postdicted',
      reason: 'the figure of paper/old, compared on 2026-01-01',
    });
    expect(rowFor({}, {}, 'first', { twin }).kind).toBe('postdicted');
    expect(rowFor({ kind: 'shape', published: 1 }, null, 'first', { twin }).kind).toBe('shape');
  });

  it('stays what it first counted as, and says why', () => {
    const demoted = 'the figure of paper/old, compared on 2026-01-01';
    expect(rowFor({}, { kind: 'postdicted', demoted })).toMatchObject({
      kind: 'postdicted',
      reason: demoted,
    });
    expect(rowFor({}, { kind: 'calibrated', demoted: 'set' }).kind).toBe('calibrated');
  });

  it.each(['predicted', 'identity'] as const)(
    'counts as calibrated, called %s, where a constant was set from it',
    (kind) => {
      const row = rowFor({ kind }, { kind }, 'first', { setFrom: 'set from it: gemm' });
      expect(row).toMatchObject({ kind: 'calibrated', reason: 'set from it: gemm' });
    },
  );

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
  const at = { definition: 'd', figure: 'f', today: '2026-02-02', engineVersion: 'e' };
  const known = { definition: 'd', twin: null, setFrom: null };

  it('holds what was compared and how it came out', () => {
    const evaluation = newEvaluation(newClaim(), replayed(130));
    const row = rowOf(experiment, evaluation, { ...known, first: null });
    expect(comparisonOf(evaluation, row, at)).toEqual({
      date: '2026-02-02',
      kind: 'predicted',
      demoted: null,
      definition: 'd',
      figure: 'f',
      published: 100,
      precision: null,
      unit: 'ms',
      tolerance: { relative: 0.1 },
      traces: { gsm8k: 'a trace' },
      replayed: 130,
      verdict: 'off',
      engine_version: 'e',
    });
  });

  it('holds what it counts as, not what it is called', () => {
    const evaluation = newEvaluation(newClaim());
    const twin = { claim: 'paper/old', date: '2026-01-01' };
    const row = rowOf(experiment, evaluation, { ...known, first: null, twin });
    expect(comparisonOf(evaluation, row, at)).toMatchObject({
      kind: 'postdicted',
      demoted: 'the figure of paper/old, compared on 2026-01-01',
    });
  });

  it('is not made while runs are missing', () => {
    const evaluation = newEvaluation(newClaim(), { state: 'missing', why: 'no runs' });
    const row = rowOf(experiment, evaluation, { ...known, first: null });
    expect(comparisonOf(evaluation, row, at)).toBeNull();
  });
});
