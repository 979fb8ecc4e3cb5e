import type { Candidates } from './candidates.ts';
import type { Point } from './space.ts';
import { type Evaluate, fullFidelity, isFull, type Study, type Trial } from './study.ts';

/** How the point that a search found compares with all points of its space. */
export interface Comparison {
  /** Points that the constraints on parameters admit. */
  readonly points: number;
  readonly feasible: number;
  readonly best: Trial | null;
  /** Objective of the found point away from the best one; null where none was found. */
  readonly regret: number | null;
  /** Feasible points that are better than the found one, plus 1. */
  readonly rank: number | null;
}

/** Runs in full every point that the search did not, and ranks what it found among all. */
export async function compareWithAll(
  study: Study,
  candidates: Candidates,
  evaluate: Evaluate,
  onShare?: (share: number) => void,
): Promise<Comparison> {
  const full = study.trials.filter(isFull);
  const known = new Set(full.map(({ point }) => point.key));
  const partly = study.trials.map(({ point }) => point).filter(({ key }) => !known.has(key));
  const rest = distinct([...partly, ...(await candidates.remaining())]);
  const outcomes = await evaluate(rest, fullFidelity, onShare);
  const all: Trial[] = [
    ...full,
    ...outcomes.map((outcome, i) => ({
      number: study.trials.length + i,
      point: rest[i] as Point,
      fidelity: fullFidelity,
      outcome,
    })),
  ];
  const feasible = study.ranked(all.filter(({ outcome }) => outcome.state === 'feasible'));
  const found = study.best();
  const best = feasible[0] ?? null;
  const scores = feasible.map(({ outcome }) => study.score(outcome));
  const score = found && study.score(found.outcome);
  return {
    points: all.length,
    feasible: feasible.length,
    best,
    regret: score === null ? null : score - (scores[0] as number),
    rank: score === null ? null : 1 + scores.filter((other) => other < score).length,
  };
}

function distinct(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [point.key, point])).values()];
}
