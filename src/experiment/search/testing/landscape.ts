import { RandomStream } from '../../../units/random.ts';
import type { LabelValue } from '../../define.ts';
import { Candidates } from '../candidates.ts';
import { type MethodName, searchMethods } from '../methods.ts';
import { choiceParameter, type Parameter, rangeParameter } from '../parameter.ts';
import { type Point, Space } from '../space.ts';
import { type Fidelity, fullFidelity, type Outcome, Study } from '../study.ts';

export type Values = Record<string, LabelValue>;

/** A known function in place of replays: a value, or why there is none. */
export interface Landscape {
  readonly parameters: readonly Parameter[];
  readonly value: (at: Values, requests: number | null) => number;
  /** Names a broken constraint; null where all hold. */
  readonly broken?: (at: Values, requests: number | null) => string | null;
}

const grid = (name: string) => rangeParameter(name, { min: 0, max: 20, integer: true });

/** A bowl on a grid of 21 x 21 x 3, its lowest value, 0, at (13, 4, 'b'). */
export const bowl: Landscape = {
  parameters: [grid('x'), grid('y'), choiceParameter('kind', ['a', 'b', 'c'])],
  value: ({ x, y, kind }) =>
    ((x as number) - 13) ** 2 + 2 * ((y as number) - 4) ** 2 + (kind === 'b' ? 0 : 60),
};

/** A latency that falls with instances until a knee, and costs that rise with them. */
export const knee: Landscape = {
  parameters: [
    rangeParameter('instances', { min: 1, max: 64, integer: true }),
    choiceParameter('tp', [1, 2, 4, 8]),
    rangeParameter('budget', { min: 256, max: 8192, log: true, integer: true }),
  ],
  value: ({ instances, tp }) => (instances as number) * (tp as number),
  broken: ({ instances, tp, budget }) => {
    const speed =
      (tp as number) ** 0.8 * (1 - 0.2 * Math.abs(Math.log2((budget as number) / 2048)));
    return (instances as number) * speed < 20 ? 'too slow' : null;
  },
};

export interface Searched {
  readonly study: Study;
  readonly space: Space;
  readonly tried: readonly { readonly point: Point; readonly fidelity: Fidelity }[];
  /** Feasible points of the whole space that are better than the found one, plus 1. */
  readonly rank: number;
}

export async function search(
  { parameters, value, broken = () => null }: Landscape,
  method: MethodName,
  {
    budget = 30,
    seed = 1,
    batch = 4,
    fidelities = [fullFidelity] as readonly Fidelity[],
    admits = undefined as ((at: Values) => boolean) | undefined,
  } = {},
): Promise<Searched> {
  const space = new Space(parameters);
  const tried: { point: Point; fidelity: Fidelity }[] = [];
  const outcomeOf = (point: Point, requests: number | null): Outcome => {
    const at = space.named(point);
    const reason = broken(at, requests);
    const all = { value: value(at, requests), runs: [] };
    return reason === null
      ? { state: 'feasible', ...all }
      : { state: 'infeasible', reason, ...all };
  };
  const study = new Study({
    direction: 'min',
    budget,
    evaluate: async (points, fidelity) => {
      tried.push(...points.map((point) => ({ point, fidelity })));
      return points.map((point) => outcomeOf(point, fidelity.requests));
    },
  });
  const random = new RandomStream(seed, 'search');
  const candidates = new Candidates(space, random.split('candidates'), async (points) =>
    points.map((point) => admits?.(space.named(point)) ?? true),
  );
  await searchMethods[method]({ candidates, study, random, batch, fidelities });
  const best = study.best();
  const all = space.size <= 1e5 ? [...space.all()].map((point) => outcomeOf(point, null)) : [];
  const better = all.filter((one) => best === null || study.compare(one, best.outcome) < 0);
  return { study, space, tried, rank: 1 + better.length };
}
