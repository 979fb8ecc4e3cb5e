import type { Claim, ClaimKind, Experiment } from '../define.ts';
import { idOf } from '../plan.ts';
import type { Evaluation } from './evaluate.ts';
import type { Comparison } from './ledger.ts';
import { joined, judge, type Verdict } from './verdict.ts';

/** One claim of the scorecard, as `reprise scorecard --json` prints it. */
export interface ScorecardRow {
  readonly paper: string;
  readonly id: string;
  readonly source: Claim['source'];
  /** What it counts as: a claim called predicted may count as postdicted. */
  readonly kind: ClaimKind;
  readonly unit: string;
  readonly published: number;
  /** Ours, in the same unit; 1 or 0 for a shape. */
  readonly replayed: number | null;
  readonly relative_error: number | null;
  readonly tolerance: Claim['tolerance'];
  readonly verdict: Verdict;
  readonly reason: string | null;
  /** Keys of the runs that it reads. */
  readonly runs: readonly string[];
  readonly low: number | null;
  readonly high: number | null;
  /** What the interval from low to high comes from. */
  readonly interval: string | null;
  /** Name of the experiment, `paper/name`. */
  readonly experiment: string;
  readonly says: string;
  readonly changes: NonNullable<Claim['changes']>;
  /** Whether it is another claim than at its first comparison. */
  readonly definition_changed: boolean;
  readonly first_comparison: Comparison | null;
}

/** A claim's row of the scorecard. */
export function rowOf(
  experiment: Experiment,
  { claim, outcome, runs }: Evaluation,
  { definition, first }: { definition: string; first: Comparison | null },
): ScorecardRow {
  const { id, says, source, unit, published, tolerance, changes = [] } = claim;
  const compared = first !== null && first.verdict !== 'not-comparable';
  const { verdict, reason, relativeError } = judge(claim, outcome, compared ? first.date : null);
  const demotion = claim.kind === 'predicted' ? whyPostdicted(claim, definition, first) : null;
  const { replayed, low, high, interval } =
    outcome.state === 'replayed'
      ? outcome
      : { replayed: null, low: null, high: null, interval: null };
  return {
    paper: experiment.paper,
    id,
    source,
    kind: demotion === null ? claim.kind : 'postdicted',
    unit,
    published,
    replayed,
    relative_error: relativeError,
    tolerance,
    verdict,
    reason: joined(reason, demotion),
    runs,
    low,
    high,
    interval,
    experiment: idOf(experiment),
    says,
    changes,
    definition_changed: first !== null && first.definition !== definition,
    first_comparison: first,
  };
}

/** Why a claim that is called predicted is none: it, or the wish to compare it, came later. */
function whyPostdicted(claim: Claim, definition: string, first: Comparison | null): string | null {
  if (first === null) return null;
  if (first.definition !== definition) {
    return `definition changed after the first comparison on ${first.date}`;
  }
  if (first.verdict === 'not-comparable' && claim.notComparable === undefined) {
    return `called not comparable until its figure was seen on ${first.date}`;
  }
  return null;
}

/** The record of a comparison; null where nothing was compared. */
export function comparisonOf(
  { claim, outcome }: Evaluation,
  row: ScorecardRow,
  {
    definition,
    today,
    engineVersion,
  }: { definition: string; today: string; engineVersion: string },
): Comparison | null {
  if (outcome.state === 'missing') return null;
  return {
    date: today,
    kind: claim.kind,
    definition,
    replayed: outcome.replayed,
    verdict: row.verdict,
    engine_version: engineVersion,
  };
}
