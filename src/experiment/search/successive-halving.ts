/**
 * Successive halving: many points on few requests, the best of them on more, until some run in
 * full. Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
 * Optimization", AISTATS 2016, algorithm 1; the rungs of one bracket of Hyperband (Li et al.,
 * JMLR 18, 2018).
 *
 *   the rungs are the fidelities, cheapest first; each gets an equal share of what is left
 *   rung 0 tries as many random points as its share pays for
 *   rung k tries the best of rung k - 1, as many as its share pays for
 *
 * So with requests that grow by eta, a share 1 / eta of the points goes on. The budget counts full
 * runs: a trial on n of N requests takes n / N, also where its point ran on fewer before.
 * Deviations: what a rung leaves over goes to the rungs after it; a budget below one full run per
 * rung drops the cheapest rungs; points that cannot run at all do not go on. Whether a constraint
 * holds on few requests says little about whether it holds on all, so every second place goes to
 * the best by value alone.
 */
import type { SearchContext } from './methods.ts';
import type { Fidelity, Study, Trial } from './study.ts';

export async function successiveHalving({
  candidates,
  study,
  fidelities,
}: SearchContext): Promise<void> {
  const rungs = fidelities.slice(-Math.max(1, Math.floor(study.budget)));
  const affordable = (k: number) => {
    const share = (study.budget - study.spent) / (rungs.length - k);
    return Math.floor(share / (rungs[k] as Fidelity).cost + 1e-9);
  };
  let points = await candidates.draw(affordable(0));
  for (const [k, rung] of rungs.entries()) {
    const trials = await study.run(points.slice(0, affordable(k)), rung);
    const able = trials.filter(({ outcome }) => outcome.state !== 'failed');
    points = alternating(study.ranked(able), byValue(study, able)).map(({ point }) => point);
  }
}

function byValue(study: Study, trials: readonly Trial[]): Trial[] {
  return [...trials].sort(
    (a, b) => study.score(a.outcome) - study.score(b.outcome) || a.number - b.number,
  );
}

/** The first of each list in turn, each trial once. */
function alternating(some: readonly Trial[], others: readonly Trial[]): Trial[] {
  return [...new Set(some.flatMap((trial, i) => [trial, others[i] as Trial]))];
}

/** Rungs where a space names none: the full run and what is left of it after dividing by eta. */
export function defaultFidelities(requests: number, { eta = 3, rungs = 3 } = {}): number[] {
  const shares = Array.from({ length: rungs - 1 }, (_, k) => eta ** (k + 1 - rungs));
  return shares.map((share) => Math.max(1, Math.round(requests * share)));
}
