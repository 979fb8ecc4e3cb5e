import type { Withdrawn } from './headline.ts';
import type { Comparison } from './ledger.ts';
import type { ScorecardRow } from './row.ts';

/** A claim that is gone, with all that is on record of it. */
export interface WithdrawnClaim extends Withdrawn {
  readonly first_comparison: Comparison;
}

/** A withdrawn claim beside the rows of the others: what is not on record is null. */
export interface WithdrawnRow
  extends Omit<ScorecardRow, 'source' | 'experiment' | 'says' | 'tolerance' | 'first_comparison'> {
  readonly source: null;
  readonly experiment: null;
  readonly says: null;
  readonly tolerance: Comparison['tolerance'];
  readonly first_comparison: Comparison;
}

/** A withdrawn claim as it was first compared. */
export function withdrawnRow({ paper, id, first_comparison }: WithdrawnClaim): WithdrawnRow {
  const { kind, unit, published, replayed, tolerance, verdict } = first_comparison;
  const compared = replayed !== null && published !== 0 && kind !== 'shape';
  return {
    ...{ paper, id, source: null, kind, unit, published, replayed },
    relative_error: compared ? replayed / published - 1 : null,
    ...{ tolerance, verdict, reason: 'withdrawn', runs: [], low: null, high: null },
    ...{ interval: null, experiment: null, says: null, changes: [], definition_changed: false },
    first_comparison,
  };
}
