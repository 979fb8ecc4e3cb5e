import { describe, expect, it } from 'vitest';
import { type MethodName, searchMethods } from './methods.ts';
import { fullFidelity } from './study.ts';
import { bowl, knee, type Landscape, search } from './testing/landscape.ts';

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
const names = Object.keys(searchMethods) as MethodName[];
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const rungs = [{ requests: 100, cost: 0.1 }, { requests: 300, cost: 0.3 }, fullFidelity];

/** On few requests, values are off by up to 30 and in the wrong order. */
const blurred: Landscape = {
  ...bowl,
  value: (at, requests) => {
    const { x, y } = at as { x: number; y: number };
    const blur = requests === null ? 0 : 3000 / requests;
    return bowl.value(at, null) + blur * Math.sin(12.9898 * x + 78.233 * y);
  },
};

async function meanRank(landscape: Landscape, method: MethodName, options: object) {
  return mean(
    await Promise.all(
      seeds.map(async (seed) => {
        const { rank } = await search(landscape, method, { ...options, seed });
        return rank;
      }),
    ),
  );
}

describe.each(names)('%s', (method) => {
  it('tries no point twice at one fidelity', async () => {
    const { tried } = await search(bowl, method, { budget: 60, fidelities: rungs });
    const keys = tried.map(({ point, fidelity }) => `${point.key} ${fidelity.requests}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThanOrEqual(60);
  });

  it('is the same for the same seed, and another for another', async () => {
    const keys = async (seed: number) => {
      const { tried } = await search(bowl, method, { budget: 24, seed, fidelities: rungs });
      return tried.map(({ point }) => point.key);
    };
    expect(await keys(5)).toEqual(await keys(5));
    expect(await keys(6)).not.toEqual(await keys(5));
  });

  it('spends its budget and no more', async () => {
    for (const budget of [1, 2, 3, 7, 20]) {
      const { study } = await search(bowl, method, { budget, fidelities: rungs });
      expect(study.spent).toBeLessThanOrEqual(budget + 1e-9);
      expect(study.spent).toBeGreaterThan(budget - 1);
      expect(study.best()).not.toBeNull();
    }
  });

  it('ends where a space is tried out, with its best point', async () => {
    const few = { ...bowl, parameters: bowl.parameters.slice(2), value: () => 1 };
    const { tried, rank } = await search(few, method, { budget: 50 });
    expect(tried).toHaveLength(3);
    expect(rank).toBe(1);
  });

  it('keeps to the points that are admitted', async () => {
    const admits = ({ x, y }: Record<string, unknown>) => (x as number) + (y as number) < 6;
    const { tried, space } = await search(bowl, method, { budget: 30, fidelities: rungs, admits });
    expect(tried.length).toBeGreaterThanOrEqual(30);
    for (const { point } of tried) expect(admits(space.named(point))).toBe(true);
  });

  it('returns a point that meets the constraints, though those that do not look better', async () => {
    for (const seed of seeds.slice(0, 4)) {
      const { study } = await search(knee, method, { budget: 30, seed, fidelities: rungs });
      expect(study.best()?.outcome.state).toBe('feasible');
      expect(study.trials.some(({ outcome }) => outcome.state === 'infeasible')).toBe(true);
    }
  });
});

describe('quality over seeds', () => {
  const budget = 40;
  const points = bowl.parameters.reduce((n, { values }) => n * values.length, 1);
  /** Of the best of n draws without replacement from N points: (N + 1) / (n + 1). */
  const expectedOfRandom = (points + 1) / (budget + 1);

  it('random search finds what chance lets expect', async () => {
    const rank = await meanRank(bowl, 'random', { budget });
    expect(rank).toBeGreaterThan(expectedOfRandom / 3);
    expect(rank).toBeLessThan(expectedOfRandom * 2);
  });

  it('the surrogate is ten times nearer to the optimum than chance', async () => {
    expect(await meanRank(bowl, 'surrogate', { budget })).toBeLessThan(expectedOfRandom / 10);
  });

  it('the surrogate is the same in any unit', async () => {
    const squeezed: Landscape = { ...bowl, value: (at) => Math.log1p(bowl.value(at, null)) };
    const keys = async (landscape: Landscape) =>
      (await search(landscape, 'surrogate', { budget })).tried.map(({ point }) => point.key);
    expect(await keys(squeezed)).toEqual(await keys(bowl));
  });

  it('halving gains from shortened runs though they mislead', async () => {
    const rank = await meanRank(blurred, 'halving', { budget, fidelities: rungs });
    expect(rank).toBeLessThan(expectedOfRandom / 2);
  });

  it('the surrogate finds cheaper systems than chance behind a constraint', async () => {
    const cost = async (method: MethodName) =>
      mean(
        await Promise.all(
          seeds.map(async (seed) => {
            const { study } = await search(knee, method, { budget, seed });
            return study.score(study.best()!.outcome);
          }),
        ),
      );
    expect(await cost('surrogate')).toBeLessThan(0.85 * (await cost('random')));
  });
});

describe('halving', () => {
  const counts = async (budget: number, landscape: Landscape = bowl) => {
    const { study } = await search(landscape, 'halving', { budget, fidelities: rungs });
    return rungs.map(
      ({ requests }) =>
        study.trials.filter(({ fidelity }) => fidelity.requests === requests).length,
    );
  };

  it('gives each rung an equal share of the budget, in full-run equivalents', async () => {
    // 10 full runs a rung: 100 x 0.1, 33 x 0.3, and 10.1 left for the last.
    expect(await counts(30)).toEqual([100, 33, 10]);
  });

  it('drops the cheapest rungs where the budget has no full run for each', async () => {
    expect(await counts(2)).toEqual([0, 3, 1]);
    expect(await counts(1)).toEqual([0, 0, 1]);
  });

  it('passes on what a small space leaves over', async () => {
    const few: Landscape = {
      parameters: bowl.parameters.slice(1),
      value: ({ y }) => y as number,
    };
    // 63 points: 6.3 of 20 spent; then 63 x 0.3 = 18.9 of (60 - 6.3) / 2; the rest in full.
    expect(await counts(60, few)).toEqual([63, 63, 34]);
  });

  it('does not drop points for a constraint that they break on few requests only', async () => {
    const strict: Landscape = {
      ...bowl,
      broken: (at, requests) =>
        requests !== null && bowl.value(at, null) < 20 ? 'noisy on few requests' : null,
    };
    const { rank } = await search(strict, 'halving', { budget: 60, fidelities: rungs });
    expect(rank).toBeLessThan(10);
  });

  it('lets the best of each rung go on', async () => {
    const { study } = await search(bowl, 'halving', { budget: 12, fidelities: rungs });
    const of = (requests: number | null) =>
      study.trials.filter(({ fidelity }) => fidelity.requests === requests);
    for (const [below, above] of [
      [100, 300],
      [300, null],
    ] as const) {
      const best = study.ranked(of(below)).slice(0, of(above).length);
      expect(of(above).map(({ point }) => point.key)).toEqual(best.map(({ point }) => point.key));
    }
  });
});

describe('surrogate', () => {
  it('chooses in batches of the size that is given, whatever evaluates them', async () => {
    const { study } = await search(bowl, 'surrogate', { budget: 30, batch: 1 });
    const keys = new Set(study.trials.map(({ point }) => point.key));
    expect(keys.size).toBe(30);
    const other = await search(bowl, 'surrogate', { budget: 30, batch: 6 });
    expect(other.tried.map(({ point }) => point.key)).not.toEqual([...keys]);
  });
});
