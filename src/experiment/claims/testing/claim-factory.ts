import type { Claim } from '../../define.ts';
import type { Evaluation } from '../evaluate.ts';
import type { Comparison } from '../ledger.ts';
import type { ScorecardRow } from '../row.ts';
import type { Outcome } from '../verdict.ts';

/** A claim of 100 ms within 10 %, but for what is given. */
export function newClaim(changes: Partial<Claim> = {}): Claim {
  return {
    id: 'wait',
    says: 'It waits 100 ms',
    source: { version: 'v1', where: 'Table 1', read: 'printed' },
    kind: 'predicted',
    published: 100,
    unit: 'ms',
    sql: 'SELECT 100 AS replayed',
    tolerance: { relative: 0.1, reason: 'a test' },
    ...changes,
  };
}

/** A figure that the runs give. */
export function replayed(value: number | null, why: string | null = null): Outcome {
  return { state: 'replayed', replayed: value, why, low: null, high: null, interval: null };
}

export function newEvaluation(claim: Claim, outcome: Outcome = replayed(100)): Evaluation {
  return { claim, outcome, runs: ['run'], traces: { gsm8k: 'a trace' } };
}

/** A record of a first comparison that reproduced a predicted claim. */
export function newComparison(changes: Partial<Comparison> = {}): Comparison {
  return {
    date: '2026-01-01',
    kind: 'predicted',
    demoted: null,
    definition: 'first',
    figure: 'figure',
    published: 100,
    precision: null,
    unit: 'ms',
    tolerance: { relative: 0.1 },
    traces: { gsm8k: 'a trace' },
    replayed: 100,
    verdict: 'reproduced',
    engine_version: 'engine',
    ...changes,
  };
}

/** What the headline counts of a row. */
export function newRow(changes: Partial<ScorecardRow> = {}): ScorecardRow {
  const { id, says, source, kind, unit, published, tolerance } = newClaim();
  return {
    ...{ paper: 'paper', id, source, kind, unit, published, replayed: published },
    ...{ relative_error: 0, tolerance, verdict: 'reproduced', reason: null, runs: [] },
    ...{ low: null, high: null, interval: null, experiment: 'paper/one', says, changes: [] },
    ...{ definition_changed: false, first_comparison: null },
    ...changes,
  };
}
