import { type ClaimKind, claimKinds } from '../define.ts';
import type { Comparison } from './ledger.ts';
import type { ScorecardRow } from './row.ts';
import { type Verdict, verdicts } from './verdict.ts';

/** A claim that was compared once and is no longer there. */
export interface Withdrawn {
  readonly paper: string;
  readonly id: string;
  readonly first_comparison: Pick<Comparison, 'date' | 'kind' | 'verdict'>;
}

/** Counts of a paper, or of all. */
export interface Counts {
  /** Claims by what they count as and how they came out. */
  readonly by: Readonly<Record<ClaimKind, Readonly<Record<Verdict, number>>>>;
  readonly claims: number;
  /** Claims that are predicted now, or were at their first comparison. */
  readonly predicted: number;
  /** Of these, called predicted at first and another claim, or of another kind, now. */
  readonly changed: number;
  /** Of these, no longer there. */
  readonly withdrawn: number;
  /** `1 of 3 predicted figures reproduced (1 off, 1 not comparable)`. */
  readonly headline: string;
}

/**
 * The headline counts predicted claims only. Every claim that was ever compared as predicted stays
 * in its total, and only those that still are and came out count as reproduced: calling a miss not
 * comparable, changing, renaming or dropping it gains nothing.
 */
export function countClaims(
  rows: readonly ScorecardRow[],
  withdrawn: readonly Withdrawn[] = [],
): Counts {
  const by = Object.fromEntries(
    claimKinds.map((kind) => [kind, Object.fromEntries(verdicts.map((v) => [v, 0]))]),
  ) as Record<ClaimKind, Record<Verdict, number>>;
  for (const { kind, verdict } of rows) by[kind][verdict]++;
  const now = rows.filter(({ kind }) => kind === 'predicted').length;
  const changed = rows.filter(
    (row) => row.kind !== 'predicted' && wasPredicted(row.first_comparison),
  ).length;
  const gone = withdrawn.filter((one) => wasPredicted(one.first_comparison)).length;
  const counts = {
    by,
    claims: rows.length,
    predicted: now + changed + gone,
    changed,
    withdrawn: gone,
  };
  return { ...counts, headline: headlineOf(counts) };
}

/** Counts of each paper, in order of first row, withdrawn claims' papers last. */
export function countByPaper(
  rows: readonly ScorecardRow[],
  withdrawn: readonly Withdrawn[] = [],
): ReadonlyMap<string, Counts> {
  const papers = new Set([...rows, ...withdrawn].map(({ paper }) => paper));
  const of = <T extends { paper: string }>(list: readonly T[], paper: string) =>
    list.filter((one) => one.paper === paper);
  return new Map(
    [...papers].map((paper) => [paper, countClaims(of(rows, paper), of(withdrawn, paper))]),
  );
}

function wasPredicted(first: Withdrawn['first_comparison'] | null): boolean {
  return first?.kind === 'predicted';
}

function headlineOf(counts: Omit<Counts, 'headline'>): string {
  const { predicted, changed, withdrawn } = counts;
  if (predicted === 0) return 'no predicted figures';
  const verdict = counts.by.predicted;
  const parts = [
    [verdict.close, 'close'],
    [verdict.off, 'off'],
    [verdict['not-comparable'], 'not comparable'],
    [verdict['not-run'], 'not run'],
    [changed, 'changed since first compared'],
    [withdrawn, 'withdrawn since first compared'],
  ] as const;
  const rest = parts.filter(([n]) => n > 0).map(([n, words]) => `${n} ${words}`);
  const figures = predicted === 1 ? 'figure' : 'figures';
  const said = `${verdict.reproduced} of ${predicted} predicted ${figures} reproduced`;
  return rest.length === 0 ? said : `${said} (${rest.join(', ')})`;
}
