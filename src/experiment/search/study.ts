import type { Point } from './space.ts';

/** How much of a full run a trial takes. */
export interface Fidelity {
  /** Requests of a shortened replay; null: all. */
  readonly requests: number | null;
  /** Share of the full run's requests. */
  readonly cost: number;
}

export const fullFidelity: Fidelity = { requests: null, cost: 1 };

/** What came of a point: a value that counts, one that breaks a constraint, or none. */
export type Outcome =
  | { readonly state: 'feasible'; readonly value: number; readonly runs: readonly string[] }
  | {
      readonly state: 'infeasible';
      readonly value: number | null;
      readonly reason: string;
      readonly runs: readonly string[];
    }
  | { readonly state: 'failed'; readonly reason: string };

/** Tries points: one outcome each, in their order. `onShare` hears the share that is done. */
export type Evaluate = (
  points: readonly Point[],
  fidelity: Fidelity,
  onShare?: (share: number) => void,
) => Promise<readonly Outcome[]>;

export interface Trial {
  /** From 0, in the order of the search. */
  readonly number: number;
  readonly point: Point;
  readonly fidelity: Fidelity;
  readonly outcome: Outcome;
}

export interface StudyOptions {
  readonly direction: 'min' | 'max';
  /** Full-run equivalents: a trial on a tenth of the requests takes a tenth. */
  readonly budget: number;
  readonly evaluate: Evaluate;
  readonly onSpent?: ((spent: number, best: Trial | null) => void) | undefined;
}

/** The trials of a search, and what they have cost. */
export class Study {
  readonly trials: Trial[] = [];
  readonly #options: StudyOptions;
  #spent = 0;

  constructor(options: StudyOptions) {
    this.#options = options;
  }

  /** Full-run equivalents so far. */
  get spent(): number {
    return this.#spent;
  }

  /** Full runs that the budget still pays for. */
  get left(): number {
    return Math.floor(this.#options.budget - this.#spent + 1e-9);
  }

  get budget(): number {
    return this.#options.budget;
  }

  async run(points: readonly Point[], fidelity: Fidelity = fullFidelity): Promise<Trial[]> {
    const { evaluate, onSpent, budget } = this.#options;
    const cost = points.length * fidelity.cost;
    if (this.#spent + cost > budget + 1e-9) throw new Error('a search method overspends');
    const outcomes = await evaluate(points, fidelity, (share) =>
      onSpent?.(this.#spent + share * cost, this.best()),
    );
    const trials = points.map((point, i) => ({
      number: this.trials.length + i,
      point,
      fidelity,
      outcome: outcomes[i] as Outcome,
    }));
    this.trials.push(...trials);
    this.#spent += cost;
    onSpent?.(this.#spent, this.best());
    return trials;
  }

  /** The best feasible trial on all requests; the earlier of two equal ones. */
  best(): Trial | null {
    const [best] = this.ranked(this.trials.filter(isFull));
    return best?.outcome.state === 'feasible' ? best : null;
  }

  /** Best first: feasible ones by value, then infeasible ones by value, then failed ones. */
  ranked(trials: readonly Trial[]): Trial[] {
    return [...trials].sort((a, b) => this.compare(a.outcome, b.outcome) || a.number - b.number);
  }

  /** Below 0 where `a` is better. */
  compare(a: Outcome, b: Outcome): number {
    return rank(a) - rank(b) || this.score(a) - this.score(b) || 0;
  }

  /** The value such that less is better; infinite without one. */
  score(outcome: Outcome): number {
    const value = outcome.state === 'failed' ? null : outcome.value;
    if (value === null) return Number.MAX_VALUE;
    return this.#options.direction === 'min' ? value : -value;
  }
}

export function isFull({ fidelity }: Trial): boolean {
  return fidelity.requests === null;
}

function rank({ state }: Outcome): number {
  return state === 'feasible' ? 0 : state === 'infeasible' ? 1 : 2;
}
