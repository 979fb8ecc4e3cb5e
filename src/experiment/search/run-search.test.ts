import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openResults } from '../../results/views.ts';
import { parseObjective } from './objective.ts';
import { runSearch, type SearchOptions } from './run-search.ts';
import { searchResult } from './search-result.ts';
import { parseSpaceFile } from './space-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-search-'));
afterAll(() => rmSync(folder, { recursive: true }));
const shared = join(folder, 'shared');

const parameters = {
  instances: { set: 'groups.0.count', choices: [1, 2, 4] },
  token_budget: { set: 'groups.0.scheduler.budget', choices: [512, 2048, 8192] },
  queue: { set: 'groups.0.order.kind', choices: ['fcfs', 'shortest-prompt'] },
};
const grid = {
  base: {
    trace: 'kimi-like',
    groups: [{ model: 'llama-3.1-8b', scheduler: { kind: 'chunked-prefill' } }],
    limits: { requests: 200 },
  },
  parameters,
};

async function search(space: object, options: Partial<SearchOptions> = {}) {
  const all: SearchOptions = {
    ...{ objective: parseObjective('min:ttft_p99_ms'), slo: null, method: 'surrogate' },
    ...{ budget: 8, seed: 1, batch: 3, out: shared, workers: 1 },
    ...options,
  };
  return searchResult(all, await runSearch(parseSpaceFile(space), all));
}

describe('runSearch on a small space', () => {
  it.each(['random', 'halving', 'surrogate'] as const)(
    '%s is held against the whole space',
    async (method) => {
      const space = { ...grid, fidelity: { requests: [50, null] } };
      const { best, exhaustive, evaluated, spent } = await search(space, {
        method,
        compareUpTo: 18,
      });
      expect(exhaustive).toMatchObject({ points: 18, feasible: 18 });
      expect(spent).toBeLessThanOrEqual(8);
      expect(evaluated).toBeGreaterThanOrEqual(8);
      const session = await openResults(shared);
      const rows = await session.objects(
        'SELECT run, ttft_p99_ms FROM runs WHERE requests = 200 ORDER BY ttft_p99_ms',
      );
      session.close();
      const values = rows.map((row) => row.ttft_p99_ms as number);
      expect(values).toHaveLength(18);
      expect(best?.value).toBe(rows.find(({ run }) => run === best?.run)?.ttft_p99_ms);
      expect(exhaustive?.best?.value).toBe(values[0]);
      expect(exhaustive?.regret).toBeCloseTo((best?.value ?? 0) - (values[0] ?? 0), 9);
      expect(exhaustive?.rank).toBe(1 + values.filter((one) => one < (best?.value ?? 0)).length);
    },
  );

  it('finds the best point when the budget covers the space', async () => {
    const { best, exhaustive } = await search(grid, { budget: 30, compareUpTo: 18 });
    expect(exhaustive).toMatchObject({ regret: 0, rank: 1 });
    expect(best?.parameters.instances).toBe(4);
  });

  it('gives the same result with 1 and 2 workers, in an empty folder and in a full one', async () => {
    const results = [];
    for (const workers of [1, 2]) {
      results.push(await search(grid, { workers, out: join(folder, `workers-${workers}`) }));
    }
    results.push(await search(grid, { workers: 2 }));
    expect(results[0]?.history).toHaveLength(8);
    expect(JSON.stringify(results[1])).toBe(JSON.stringify(results[0]));
    expect(JSON.stringify(results[2])).toBe(JSON.stringify(results[0]));
  });

  it('averages over seeds, and asks every seed to meet the constraints', async () => {
    const base = { ...grid.base, arrivals: { rate: { by: 'resample' } } };
    const seeds = [1, 2, 3];
    const { history } = await search({ ...grid, base, seeds }, { budget: 3 });
    const session = await openResults(shared);
    for (const { runs, value } of history) {
      expect(new Set(runs).size).toBe(3);
      const list = runs.map((run) => `'${run}'`).join(', ');
      const [row] = await session.objects(
        `SELECT avg(ttft_p99_ms) AS mean, max(ttft_p99_ms) AS highest FROM runs WHERE run IN (${list})`,
      );
      expect(value).toBeCloseTo(row?.mean as number, 6);
      const limit = (value as number) + 1e-6;
      expect(row?.highest).toBeGreaterThan(limit);
    }
    session.close();
    const limit = Math.max(...history.map(({ value }) => value as number));
    const strict = await search(
      { ...grid, base, seeds, constraints: [`ttft_p99_ms <= ${limit}`] },
      { budget: 3, method: 'random', seed: 1 },
    );
    for (const { state, value } of strict.history) {
      if (value === limit) expect(state).toBe('infeasible');
    }
    expect(strict.history.some(({ state }) => state === 'infeasible')).toBe(true);
  });

  it('spends no run on a point that breaks a constraint on parameters', async () => {
    const out = join(folder, 'constrained');
    const constraints = ['instances * token_budget = 2048', 'tp == 1'];
    const { history, space } = await search({ ...grid, constraints }, { budget: 20, out });
    expect(space).toEqual({ points: 18, admitted: 4 });
    expect(history).toHaveLength(4);
    expect(readdirSync(out)).toHaveLength(4);
  });

  it('says which constraint a point breaks, and keeps its value', async () => {
    const constraints = ['ttft_p99_ms > 0', 'gpus < 4 AND finished = requests'];
    const { history, best } = await search({ ...grid, constraints }, { budget: 18 });
    const broken = history.filter(({ state }) => state === 'infeasible');
    expect(broken.map(({ parameters: at }) => at.instances)).toEqual(Array(6).fill(4));
    for (const { reason, value } of broken) {
      expect(reason).toBe('breaks gpus < 4 AND finished = requests');
      expect(value).toBeGreaterThan(0);
    }
    expect(best?.parameters.instances).toBe(2);
  });

  it('takes a system that cannot run as a failed point', async () => {
    const models = { set: 'groups.0.model', choices: ['llama-3.1-8b', 'llama-65b'] };
    const { history, best } = await search({ ...grid, parameters: { models } });
    const reasons = history.map(({ parameters: at, state, reason }) => [at.models, state, reason]);
    expect(reasons.sort()).toEqual([
      ['llama-3.1-8b', 'feasible', null],
      ['llama-65b', 'failed', expect.stringMatching(/^no memory left for KV/)],
    ]);
    expect(best?.parameters.models).toBe('llama-3.1-8b');
  });

  it('takes a combination that is no scenario as a failed point', async () => {
    const scheduler = {
      set: 'groups.0.scheduler.kind',
      choices: ['prefill-first', 'chunked-prefill'],
    };
    const { token_budget } = parameters;
    const { history } = await search({ ...grid, parameters: { scheduler, token_budget } });
    const states = history.map(({ parameters: at, state }) => `${at.scheduler} ${state}`);
    expect([...new Set(states)].sort()).toEqual([
      'chunked-prefill feasible',
      'prefill-first failed',
    ]);
  });

  it('optimises goodput within an SLO', async () => {
    const slo = { ttftMs: 3000, tpotMs: 60 };
    const objective = parseObjective('max:goodput_per_gpu_s');
    const { best } = await search(grid, { objective, slo, budget: 18, method: 'random' });
    const session = await openResults(shared);
    const [row] = await session.objects(
      'SELECT max(goodput_per_gpu_s) AS best FROM attainment(ttft_slo_ms := 3000, tpot_slo_ms := 60)',
    );
    session.close();
    expect(best?.value).toBe(row?.best);
  });
});

describe('what runSearch refuses before anything runs', () => {
  const constrained = (one: string) => ({ ...grid, constraints: [one] });
  it.each<[string, object, Partial<SearchOptions>, RegExp]>([
    [
      'an unknown column',
      grid,
      { objective: parseObjective('min:ttft_p9_ms') },
      /unknown column "ttft_p9_ms" \(--objective\): did you mean ttft_p9\d_ms\?/,
    ],
    [
      'a text as objective',
      grid,
      { objective: parseObjective('min:label') },
      /an objective of type VARCHAR \(--objective\): a number/,
    ],
    [
      'goodput without an SLO',
      grid,
      { objective: parseObjective('max:goodput_per_s') },
      /goodput_per_s needs an SLO \(--objective\): --slo/,
    ],
    [
      'an unknown column of a constraint',
      constrained('instanses < 3'),
      {},
      /unknown column "instanses" \(space\.json, constraints\.0.*did you mean instances\?/,
    ],
    [
      'a constraint that is none',
      constrained('gpus'),
      {},
      /not a constraint \(space\.json, constraints\.0, "gpus"\): a comparison/,
    ],
    ['broken SQL', constrained('gpus <'), {}, /syntax error.*\(space\.json, constraints\.0/],
    [
      'constraints that no point meets',
      constrained('instances = 3'),
      {},
      /an empty search space \(space\.json, constraints\)/,
    ],
    [
      'an unknown trace',
      { ...grid, base: { ...grid.base, trace: 'kimi-lik' } },
      {},
      /unknown trace "kimi-lik".*did you mean kimi-like\?/,
    ],
    [
      'no trace',
      { ...grid, base: { ...grid.base, trace: null } },
      {},
      /no trace \(space\.json, base\.trace\)/,
    ],
    [
      'more points than the limit',
      grid,
      { compareUpTo: 17 },
      /18 points to compare with .*--exhaustive-limit, 17/,
    ],
    [
      'a fidelity that is no part',
      { ...grid, fidelity: { requests: [200] } },
      { method: 'halving' },
      /200 requests \(space\.json, fidelity\.requests\): below the 200 requests/,
    ],
    [
      'halving over its own fidelity',
      { ...grid, parameters: { n: { set: 'limits.requests', choices: [10, 20] } } },
      { method: 'halving' },
      /a parameter that sets limits\.requests/,
    ],
  ])('%s', async (_, space, options, message) => {
    const out = join(folder, 'refused');
    await expect(search(space, { out, source: 'space.json', ...options })).rejects.toThrow(message);
    expect(readdirSync(folder)).not.toContain('refused');
  });
});
