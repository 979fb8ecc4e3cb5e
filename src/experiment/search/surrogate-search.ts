/**
 * Surrogate search: a forest learns from the trials so far where improvement is to be expected.
 * Hutter, Hoos and Leyton-Brown, "Sequential Model-Based Optimization for General Algorithm
 * Configuration" (SMAC), LION 2011; constraints as Gelbart, Snoek and Adams, UAI 2014.
 *
 *   start with a Latin hypercube
 *   until the budget is spent, choose a batch, each point by the largest
 *     expected improvement x probability of feasibility
 *   over all points left, or over random ones and the neighbours of the best where there are many
 *
 * The two are separate forests: a point that breaks a constraint still tells about the objective.
 * Within a batch a point that is chosen counts with its predicted value (the "believer" of
 * Ginsbourger et al., 2010), so that the next one lies elsewhere. The batch is a parameter and not
 * the number of workers: results are the same on any machine.
 * Deviations: extremely randomised trees in place of a random forest; they learn the ranks of the
 * values, so the search is the same in any unit and one saturated system cannot drown the others;
 * no random points in between, since a forest that is nowhere certain keeps the search global.
 */
import type { RandomStream } from '../../units/random.ts';
import { expectedImprovement } from './expected-improvement.ts';
import { type Forest, growForest } from './extra-trees.ts';
import { latinHypercube } from './latin-hypercube.ts';
import type { SearchContext } from './methods.ts';
import type { Point, Space } from './space.ts';
import type { Study } from './study.ts';

/** Up to so many points left, all of them are weighed; of more, random ones. */
const weighed = 1000;
const neighboursOf = 5;
/** Chance of feasibility that a point has at least, so that no region is written off. */
const leastChance = 1e-3;

export async function surrogateSearch(context: SearchContext): Promise<void> {
  const { study, batch } = context;
  await study.run(await firstPoints(context));
  while (study.left > 0) {
    const points = await nextBatch(context, Math.min(batch, study.left));
    if (points.length === 0) return;
    await study.run(points);
  }
}

/** Three points per parameter, at most a third of the budget, but never less than a batch. */
async function firstPoints({ candidates, study, random, batch }: SearchContext): Promise<Point[]> {
  const { space } = candidates;
  const wanted = Math.min(3 * space.parameters.length, Math.floor(study.left / 3));
  const count = Math.min(study.left, Math.max(wanted, batch));
  const shares = latinHypercube(count, space.parameters.length, random.split('start'));
  const points = candidates.take(await candidates.open(shares.map((one) => space.at(one))));
  return [...points, ...(await candidates.draw(count - points.length))];
}

async function nextBatch(context: SearchContext, size: number): Promise<Point[]> {
  const { candidates, study, random } = context;
  const open = await within(context);
  const model = new Surrogate(study, candidates.space);
  const chosen: Point[] = [];
  while (chosen.length < size && open.length > 0) {
    const name = `batch ${study.trials.length} ${chosen.length}`;
    const best = model.mostPromising(open, random.split(name));
    chosen.push(...candidates.take(open.splice(best, 1)));
  }
  return chosen;
}

/** The points to weigh, in random order. */
async function within({ candidates, study }: SearchContext): Promise<Point[]> {
  const { space } = candidates;
  const points = await candidates.look(Math.min(space.size, weighed));
  if (points.length < weighed) return points;
  const best = study.ranked(study.trials).slice(0, neighboursOf);
  const near = await candidates.open(best.flatMap(({ point }) => space.neighbours(point)));
  const known = new Set(points.map(({ key }) => key));
  return [...points, ...near.filter(({ key }) => !known.has(key))];
}

/** What the trials so far say about points that were not tried. */
class Surrogate {
  readonly #space: Space;
  readonly #ordered: boolean[];
  /** Every trial, and whether it is feasible. */
  readonly #rows: number[][];
  readonly #feasible: number[];
  /** The trials with a value, those that break a constraint too: rank in [0, 1], 0 the best. */
  readonly #valued: number[][];
  readonly #ranks: number[];
  /** Rank of the best feasible one; null while there is none. */
  readonly #best: number | null;

  constructor(study: Study, space: Space) {
    const { trials } = study;
    this.#space = space;
    this.#ordered = space.parameters.map(({ ordered }) => ordered);
    this.#rows = trials.map(({ point }) => this.#row(point));
    this.#feasible = trials.map(({ outcome }) => (outcome.state === 'feasible' ? 1 : 0));
    const valued = trials.filter(({ outcome }) => 'value' in outcome && outcome.value !== null);
    this.#valued = valued.map(({ point }) => this.#row(point));
    this.#ranks = ranksOf(valued.map(({ outcome }) => study.score(outcome)));
    const feasible = this.#ranks.filter((_, i) => valued[i]?.outcome.state === 'feasible');
    this.#best = feasible.length > 0 ? Math.min(...feasible) : null;
  }

  /** Index of the point to try next, which from then on counts as tried, as predicted. */
  mostPromising(points: readonly Point[], random: RandomStream): number {
    const value = this.#best === null ? null : this.#grow(this.#valued, this.#ranks, random);
    const some = this.#feasible.includes(0);
    const feasible = some ? this.#grow(this.#rows, this.#feasible, random) : null;
    const promise = points.map((point) => {
      const row = this.#row(point);
      const chance = Math.max(feasible?.predict(row).mean ?? 1, leastChance);
      if (value === null || this.#best === null) return chance;
      const { mean, variance } = value.predict(row);
      return expectedImprovement(mean, variance, this.#best) * chance;
    });
    const best = promise.reduce((top, one, i) => (one > (promise[top] as number) ? i : top), 0);
    const row = this.#row(points[best] as Point);
    if (value !== null) {
      this.#valued.push(row);
      this.#ranks.push(value.predict(row).mean);
    }
    return best;
  }

  #grow(rows: readonly number[][], values: readonly number[], random: RandomStream): Forest {
    return growForest(rows, values, this.#ordered, random);
  }

  /** Each parameter's place in its order, in [0, 1]; the index of a name. */
  #row({ indexes }: Point): number[] {
    return this.#space.parameters.map(({ values, ordered }, d) => {
      const index = indexes[d] as number;
      return ordered && values.length > 1 ? index / (values.length - 1) : index;
    });
  }
}

function ranksOf(scores: readonly number[]): number[] {
  const sorted = [...scores].sort((a, b) => a - b);
  const last = Math.max(1, sorted.length - 1);
  return scores.map((score) => sorted.indexOf(score) / last);
}
