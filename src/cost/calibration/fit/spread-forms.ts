import { type Scored, summariseErrors } from '../check/errors.ts';
import type { MeasuredFolder } from '../measurements/read-folder.ts';
import type { FormErrors } from './compare-forms.ts';

interface Round {
  readonly batch: number;
  readonly context: number;
  readonly longest: number;
  readonly even: boolean;
  readonly us: number;
}

/**
 * Decode rounds of unequal contexts: A + B S through the rounds of equal contexts of a batch, and
 * the same with C (batch x longest - S), what the kernel takes for places that only the longest
 * context fills. C comes from the other batches. Within fixed membership the second term is a
 * constant: each round adds one to the longest context and a batch to S.
 */
export function spreadForms({ files }: MeasuredFolder): FormErrors[] {
  const rounds = files.flatMap(({ layout, table }): Round[] => {
    if (layout.name !== 'decode_spread') return [];
    const [batch, context] = [table.number('batch'), table.number('sum_context')];
    const [longest, us] = [table.number('max_context'), table.number('latency_us')];
    const spread = table.text('spread');
    return Array.from({ length: table.rows }, (_, row) => ({
      batch: batch(row),
      context: context(row),
      longest: longest(row),
      even: spread(row) === 'equal',
      us: us(row),
    }));
  });
  const uneven = rounds.filter(({ even, longest }) => !even && longest > 0);
  const batches = [...new Set(uneven.map(({ batch }) => batch))];
  const linear = (round: Round) => lineOf(rounds, round.batch)(round.context);
  const padding = ({ batch, longest, context }: Round) => batch * longest - context;
  const total: Scored[] = [];
  const withLongest: Scored[] = [];
  for (const batch of batches) {
    const others = uneven.filter((round) => round.batch !== batch);
    const squares = others.reduce((sum, round) => sum + padding(round) ** 2, 0);
    const excess = others.reduce((sum, r) => sum + padding(r) * (r.us - linear(r)), 0);
    const perPlace = squares === 0 ? 0 : excess / squares;
    for (const round of uneven.filter((one) => one.batch === batch)) {
      const predicted = linear(round);
      total.push({ measured: round.us, predicted });
      withLongest.push({ measured: round.us, predicted: predicted + perPlace * padding(round) });
    }
  }
  if (total.length === 0) return [];
  const of = 'decode rounds of unequal contexts';
  return [
    { of, form: 'total context', ...summariseErrors(total) },
    { of, form: 'total and longest context', ...summariseErrors(withLongest) },
  ];
}

/** The line through the shortest and the longest round of equal contexts. */
function lineOf(rounds: readonly Round[], batch: number): (context: number) => number {
  const even = rounds
    .filter((round) => round.even && round.batch === batch)
    .sort((a, b) => a.context - b.context);
  const [first, last] = [even[0], even.at(-1)];
  if (first === undefined || last === undefined || first === last) return () => Number.NaN;
  const slope = (last.us - first.us) / (last.context - first.context);
  return (context) => first.us + slope * (context - first.context);
}
