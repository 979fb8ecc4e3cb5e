import type { LabelValue } from '../define.ts';
import type { SearchOptions, SearchOutcome } from './run-search.ts';
import type { Space } from './space.ts';
import { isFull, type Trial } from './study.ts';

interface FoundPoint {
  readonly parameters: Readonly<Record<string, LabelValue>>;
  readonly value: number;
  /** Run of the first seed. */
  readonly run: string | null;
  readonly runs: readonly string[];
}

/** What `reprise search --json` prints: the same for any number of workers. */
export interface SearchResult {
  readonly objective: string;
  readonly method: string;
  readonly seed: number;
  /** Full-run equivalents. */
  readonly budget: number;
  readonly spent: number;
  /** Points that were tried, each counted once. */
  readonly evaluated: number;
  readonly space: { readonly points: number; readonly admitted: number | null };
  readonly best: FoundPoint | null;
  readonly history: readonly SearchStep[];
  readonly exhaustive: {
    readonly points: number;
    readonly feasible: number;
    readonly best: FoundPoint | null;
    readonly regret: number | null;
    readonly rank: number | null;
  } | null;
}

/** One trial, and the best full run up to it. */
export interface SearchStep {
  readonly trial: number;
  readonly parameters: Readonly<Record<string, LabelValue>>;
  /** Requests of a shortened replay; null: all. */
  readonly requests: number | null;
  readonly state: 'feasible' | 'infeasible' | 'failed';
  readonly value: number | null;
  readonly reason: string | null;
  readonly runs: readonly string[];
  readonly best: number | null;
  /** Full-run equivalents up to and with this trial. */
  readonly spent: number;
}

export function searchResult(
  { objective, method, seed, budget }: SearchOptions,
  { space, admitted, study, comparison }: SearchOutcome,
): SearchResult {
  const best = study.best();
  return {
    objective: `${objective.direction}:${objective.expression}`,
    method,
    seed,
    budget,
    spent: rounded(study.spent),
    evaluated: new Set(study.trials.map(({ point }) => point.key)).size,
    space: { points: space.size, admitted },
    best: found(space, best),
    history: historyOf(space, study),
    exhaustive: comparison && { ...comparison, best: found(space, comparison.best) },
  };
}

function found(space: Space, trial: Trial | null): FoundPoint | null {
  if (trial?.outcome.state !== 'feasible') return null;
  const { value, runs } = trial.outcome;
  return { parameters: space.named(trial.point), value, run: runs[0] ?? null, runs };
}

function historyOf(space: Space, study: SearchOutcome['study']): SearchStep[] {
  let best: Trial | null = null;
  let spent = 0;
  return study.trials.map((trial) => {
    const { outcome, fidelity } = trial;
    const better = best === null || study.compare(outcome, best.outcome) < 0;
    if (isFull(trial) && outcome.state === 'feasible' && better) best = trial;
    spent += fidelity.cost;
    return {
      trial: trial.number,
      parameters: space.named(trial.point),
      requests: fidelity.requests,
      state: outcome.state,
      value: outcome.state === 'failed' ? null : outcome.value,
      reason: outcome.state === 'feasible' ? null : outcome.reason,
      runs: outcome.state === 'failed' ? [] : outcome.runs,
      best: best?.outcome.state === 'feasible' ? best.outcome.value : null,
      spent: rounded(spent),
    };
  });
}

/** Without the last digits of a sum of thirds. */
function rounded(spent: number): number {
  return Number(spent.toFixed(9));
}
