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

/** What is known of a claim beside its evaluation. */
export interface ClaimRecord {
  /** definition.ts */
  readonly definition: string;
  readonly first: Comparison | null;
  /** A claim that compared the same figure before this one (`paper/id`, day). */
  readonly twin: { readonly claim: string; readonly date: string } | null;
  /** What stands against calling it predicted or an identity: a constant was set from it. */
  readonly setFrom: string | null;
}

/** A claim's row of the scorecard. */
export function rowOf(
  experiment: Experiment,
  { claim, outcome, runs, traces }: Evaluation,
  known: ClaimRecord,
): ScorecardRow {
  const { id, says, source, unit, published, tolerance, changes = [] } = claim;
  const { definition, first } = known;
  const compared = first !== null && first.verdict !== 'not-comparable';
  const { verdict, reason, relativeError } = judge(claim, outcome, compared ? first.date : null);
  const { kind, why } = countsAs(claim, traces, known);
  const { replayed, low, high, interval } =
    outcome.state === 'replayed'
      ? outcome
      : { replayed: null, low: null, high: null, interval: null };
  return {
    paper: experiment.paper,
    id,
    source,
    kind,
    unit,
    published,
    replayed,
    relative_error: relativeError,
    tolerance,
    verdict,
    reason: joined(reason, why),
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

interface CountsAs {
  readonly kind: ClaimKind;
  /** What changed since the first comparison, or why it does not count as what it is called. */
  readonly why: string | null;
}

/** What a claim counts as: it, or the wish to compare it, may have come after its figure. */
function countsAs(claim: Claim, traces: Evaluation['traces'], known: ClaimRecord): CountsAs {
  const { first, twin, setFrom } = known;
  if (setFrom !== null) return { kind: 'calibrated', why: setFrom };
  const changed = first && whatChanged(claim, traces, { ...known, first });
  if (claim.kind !== 'predicted') return { kind: claim.kind, why: changed };
  if (twin !== null) {
    const why = `the figure of ${twin.claim}, compared on ${twin.date}`;
    return { kind: 'postdicted', why: joined(why, changed) };
  }
  if (first === null) return { kind: 'predicted', why: null };
  if (first.kind !== 'predicted') {
    const kind = first.kind === 'calibrated' ? 'calibrated' : 'postdicted';
    return { kind, why: joined(first.demoted ?? `${first.kind} at first`, changed) };
  }
  if (changed !== null) return { kind: 'postdicted', why: changed };
  if (first.verdict === 'not-comparable' && claim.notComparable === undefined) {
    const why = `called not comparable until its figure was seen on ${first.date}`;
    return { kind: 'postdicted', why };
  }
  return { kind: 'predicted', why: null };
}

/** What is another than at the first comparison; null for nothing. */
function whatChanged(
  claim: Claim,
  traces: Evaluation['traces'],
  { definition, first }: { definition: string; first: Comparison },
): string | null {
  const parts: string[] = [];
  if (first.definition !== definition) {
    const terms = changedTerms(claim, first);
    const said = `definition changed after the first comparison on ${first.date}`;
    parts.push(terms.length === 0 ? said : `${said}: ${terms.join(', ')}`);
  }
  for (const [name, sha256] of Object.entries(traces)) {
    const before = first.traces[name];
    if (before === undefined || before === sha256) continue;
    parts.push(
      `trace ${name} is another than on ${first.date}: it was ${before.slice(0, 12)}, is ` +
        sha256.slice(0, 12),
    );
  }
  return parts.join('; ') || null;
}

function changedTerms(claim: Claim, first: Comparison): string[] {
  const { published, precision = null, unit, tolerance } = claim;
  const terms: readonly (readonly [string, string, string])[] = [
    ['kind', first.kind, claim.kind],
    ['published', String(first.published), String(published)],
    ['precision', String(first.precision ?? 'none'), String(precision ?? 'none')],
    ['unit', first.unit, unit],
    ['tolerance', toleranceText(first.tolerance, first.unit), toleranceText(tolerance, unit)],
  ];
  return terms
    .filter(([, was, is]) => was !== is)
    .map(([term, was, is]) => `${term} was ${was}, is ${is}`);
}

function toleranceText(tolerance: Comparison['tolerance'], unit: string): string {
  if ('absolute' in tolerance) return `±${tolerance.absolute} ${unit}`;
  return `±${Number((100 * tolerance.relative).toPrecision(6))} %`;
}

/** The record of a comparison; null where nothing was compared. */
export function comparisonOf(
  { claim, outcome, traces }: Evaluation,
  row: ScorecardRow,
  at: { definition: string; figure: string; today: string; engineVersion: string },
): Comparison | null {
  if (outcome.state === 'missing') return null;
  const { published, precision = null, unit, tolerance } = claim;
  return {
    date: at.today,
    kind: row.kind,
    demoted: row.kind === claim.kind ? null : row.reason,
    definition: at.definition,
    figure: at.figure,
    published,
    precision,
    unit,
    tolerance:
      'absolute' in tolerance ? { absolute: tolerance.absolute } : { relative: tolerance.relative },
    traces,
    replayed: outcome.replayed,
    verdict: row.verdict,
    engine_version: at.engineVersion,
  };
}
