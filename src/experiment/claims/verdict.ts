import type { Claim } from '../define.ts';

/** How a claim came out; computed from the runs, never written by hand. */
export const verdicts = ['reproduced', 'close', 'off', 'not-comparable', 'not-run'] as const;
export type Verdict = (typeof verdicts)[number];

/** Our figure for a claim, or why there is none. */
export type Outcome =
  | { readonly state: 'missing'; readonly why: string }
  | {
      readonly state: 'replayed';
      /** null where the SQL gives no finite number although its runs are there. */
      readonly replayed: number | null;
      readonly why: string | null;
      readonly low: number | null;
      readonly high: number | null;
      /** What the interval from low to high comes from. */
      readonly interval: string | null;
    };

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string | null;
  /** replayed / published − 1; null for shapes, for a published 0, and where nothing is compared. */
  readonly relativeError: number | null;
}

/** Differences of this share of the figures are the rounding of the comparison itself. */
const roundingShare = 1e-12;

/**
 * The verdict on a claim:
 * - `reproduced`: |replayed − published| <= tolerance + precision / 2
 * - `close`: <= 2 × tolerance + precision / 2
 * - `off`: else; also where the SQL gives no row, NULL or no finite number although its runs are
 *   there, so that no miss is hidden
 * - a shape is `reproduced` if it holds (1), else `off`
 * - `not-run`: runs that it reads are missing
 * - `not-comparable`: the claim says why, and no comparison of it was on record before; one that
 *   was compared before keeps its computed verdict, and the reason says so
 * @param comparedOn day of an earlier comparison on record, null if there is none
 */
export function judge(claim: Claim, outcome: Outcome, comparedOn: string | null): Judgement {
  if (claim.notComparable !== undefined && comparedOn === null) {
    return { verdict: 'not-comparable', reason: claim.notComparable, relativeError: null };
  }
  const computed = compare(claim, outcome);
  if (claim.notComparable === undefined) return computed;
  const late = `called not comparable after its comparison on ${comparedOn}: ${claim.notComparable}`;
  return { ...computed, reason: joined(computed.reason, late) };
}

/** Reasons that a row carries at once. */
export function joined(...reasons: readonly (string | null)[]): string | null {
  return reasons.filter((reason) => reason !== null).join('; ') || null;
}

function compare(claim: Claim, outcome: Outcome): Judgement {
  if (outcome.state === 'missing') {
    return { verdict: 'not-run', reason: outcome.why, relativeError: null };
  }
  const { replayed, why } = outcome;
  if (replayed === null) return { verdict: 'off', reason: why, relativeError: null };
  if (claim.kind === 'shape') {
    const holds = replayed === 1;
    const reason = holds ? null : 'it does not hold';
    return { verdict: holds ? 'reproduced' : 'off', reason, relativeError: null };
  }
  const { published, precision = 0 } = claim;
  const distance = Math.abs(replayed - published);
  const rounding = roundingShare * Math.max(Math.abs(replayed), Math.abs(published));
  const within = (tolerance: number) => distance <= tolerance + precision / 2 + rounding;
  const tolerance = toleranceOf(claim);
  const verdict = within(tolerance) ? 'reproduced' : within(2 * tolerance) ? 'close' : 'off';
  const relativeError = published === 0 ? null : replayed / published - 1;
  return { verdict, reason: null, relativeError };
}

/** The tolerance of a claim in its unit. */
export function toleranceOf({ tolerance, published }: Claim): number {
  return 'absolute' in tolerance ? tolerance.absolute : tolerance.relative * Math.abs(published);
}
