import type { RandomStream } from '../../units/random.ts';
import type { Candidates } from './candidates.ts';
import { randomSearch } from './random-search.ts';
import type { Fidelity, Study } from './study.ts';
import { successiveHalving } from './successive-halving.ts';
import { surrogateSearch } from './surrogate-search.ts';

/** What a search method works with; it ends when the study's budget or the points do. */
export interface SearchContext {
  readonly candidates: Candidates;
  readonly study: Study;
  readonly random: RandomStream;
  /** Points that are chosen before any of their outcomes is known. */
  readonly batch: number;
  /** From the cheapest to the full run. */
  readonly fidelities: readonly Fidelity[];
}

export type SearchMethod = (context: SearchContext) => Promise<void>;

export const searchMethods = {
  random: randomSearch,
  halving: successiveHalving,
  surrogate: surrogateSearch,
} as const satisfies Record<string, SearchMethod>;

export type MethodName = keyof typeof searchMethods;
