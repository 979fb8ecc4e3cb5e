import { admissibleProfiles } from '../../cost/profile-errors.ts';
import { defaultProfile } from '../../cost/profiles.ts';
import { InputError } from '../../units/input-error.ts';
import type { ScenarioPatch } from '../define.ts';
import { type Estimate, percentileInterval } from './interval.ts';

/** Name of the variant with the published constants. */
const publishedClock = 'published';

/**
 * Patches that vary the cost model, by name; an axis of an experiment. `published` keeps the
 * published constants and the scenario's profile; `draw n` takes the n-th seeded draw of the
 * constants within their errors, under the admissible engine profiles in turn.
 * @param scenario what the patches are for: its profile decides which profiles are admissible
 * @throws InputError for a clock that has no draws
 */
export function clockVariants(
  scenario: { readonly clock?: unknown; readonly profile?: string | undefined },
  { draws, profiles }: { draws: number; profiles?: readonly string[] },
): Readonly<Record<string, ScenarioPatch>> {
  const { kind = 'analytic' } = (scenario.clock ?? {}) as { kind?: string };
  if (kind !== 'analytic') {
    throw new InputError(`clock ${kind} has no draws`, { where: 'clock', rule: 'analytic' });
  }
  if (!Number.isInteger(draws) || draws < 1) {
    throw new InputError(`${draws} draws of the clock`, { rule: 'a whole number, at least 1' });
  }
  const given = scenario.profile ?? defaultProfile;
  const names = profiles ?? admissibleProfiles(given);
  const patches: Record<string, ScenarioPatch> = { [publishedClock]: variant(0, given) };
  for (let draw = 1; draw <= draws; draw++) {
    patches[`draw ${draw}`] = variant(draw, names[(draw - 1) % names.length] as string);
  }
  return patches;
}

function variant(draw: number, profile: string): ScenarioPatch {
  return { clock: { kind: 'analytic', draw }, profile };
}

/** A figure with the published constants, and the middle of its values over clock draws. */
export function clockEstimate(
  published: number,
  draws: readonly number[],
  level?: number,
): Estimate {
  return {
    value: published,
    interval: percentileInterval(Float64Array.from(draws), 'clock', level),
  };
}

/** A figure of one system, in the same clock draws as those of the others. */
export interface DrawnSystem {
  readonly system: string;
  readonly published: number;
  readonly draws: readonly number[];
}

/** In which share of the clock draws a ranking is what it is with the published constants. */
export interface RankingShare {
  /** Best first; systems that are equal in the order given. */
  readonly order: readonly string[];
  readonly draws: number;
  /** Share of the draws with the whole order. */
  readonly whole: number;
  /** Share of the draws in which no system beats the published best. */
  readonly best: { readonly system: string; readonly share: number };
  /** Neighbours in the order, and the share of the draws in which they compare as published. */
  readonly pairs: readonly {
    readonly better: string;
    readonly worse: string;
    readonly share: number;
  }[];
}

/**
 * How far a ranking depends on the cost model's constants. A tie counts as one: neighbours that
 * are apart with the published constants must be apart, the same way, in a draw.
 * @param best whether less or more is better
 * @throws InputError for systems with unequal numbers of draws
 */
export function rankingShare(
  systems: readonly DrawnSystem[],
  { best }: { best: 'min' | 'max' },
): RankingShare {
  const [first] = systems;
  const draws = first?.draws.length ?? 0;
  const odd = systems.find((one) => one.draws.length !== draws);
  if (first === undefined || draws === 0) {
    throw new InputError('no clock draws', { rule: 'at least one system with one draw' });
  }
  if (odd) {
    throw new InputError(`${odd.draws.length} draws of ${odd.system}, ${draws} of others`, {
      rule: 'the same clock draws for every system',
    });
  }
  const sign = best === 'min' ? 1 : -1;
  const order = [...systems].sort((a, b) => sign * (a.published - b.published));
  const held = order.slice(1).map((worse, i) => {
    const better = order[i] as DrawnSystem;
    const published = Math.sign(better.published - worse.published);
    return better.draws.map((x, d) => Math.sign(x - (worse.draws[d] as number)) === published);
  });
  const share = (holds: (draw: number) => boolean) =>
    first.draws.filter((_, draw) => holds(draw)).length / draws;
  const top = order[0] as DrawnSystem;
  return {
    order: order.map((one) => one.system),
    draws,
    whole: share((draw) => held.every((pair) => pair[draw])),
    best: {
      system: top.system,
      share: share((draw) =>
        order.every(
          (one) => sign * ((top.draws[draw] as number) - (one.draws[draw] as number)) <= 0,
        ),
      ),
    },
    pairs: held.map((pair, i) => ({
      better: (order[i] as DrawnSystem).system,
      worse: (order[i + 1] as DrawnSystem).system,
      share: share((draw) => pair[draw] as boolean),
    })),
  };
}
