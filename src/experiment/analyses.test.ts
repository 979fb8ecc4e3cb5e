import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analysisRows } from './analysis-rows.ts';
import { checkExperiment } from './check-experiment.ts';
import { evaluateClaims } from './claims/evaluate.ts';
import { planClaims } from './claims/prepare.ts';
import { walkSetFrom } from './claims/set-from.ts';
import type { Experiment } from './define.ts';
import { parseExperiment } from './experiment-schema.ts';
import { openExperiment } from './experiment-session.ts';
import { isReplay, type PlannedRun, planExperiment, TraceShelf } from './plan.ts';
import { acceptedJob, jobOf } from './queue/run-job.ts';
import { studyClock } from './statistics/clock-study.ts';
import { pendingRuns, runSweep } from './sweep/run-sweep.ts';
import { shardOf } from './sweep/shards.ts';
import { runHashes } from './sweep/testing/run-hashes.ts';

const claim = {
  says: 'More blocks, more hits',
  source: { version: 'v1', where: 'test', read: 'derived' as const },
  unit: 'hits',
};
const experiment: Experiment = parseExperiment({
  name: 'both',
  paper: 'test',
  question: 'Do analyses stand beside replays?',
  scenarios: {
    list: { cells: { served: { trace: 'kimi-like', groups: [{ model: 'llama-3.1-8b' }] } } },
  },
  analyses: [
    {
      grid: {
        base: { kind: 'block-cache', trace: 'kimi-like', policies: ['lru', 'min'] },
        axes: { size: { small: { capacities: [500] }, large: { capacities: [5000, null] } } },
      },
    },
    {
      list: {
        axis: 'size',
        cells: {
          none: {
            kind: 'quantities',
            quantities: [{ name: 'two', value: 2, unit: 'x', source: '1 + 1' }],
          },
        },
      },
    },
  ],
  baselines: { paper: { size: 'small' } },
  tables: 'summary',
  views: {
    hits: 'SELECT size, policy, capacity_blocks, hits FROM block_cache JOIN cells USING (run)',
  },
  claims: [
    {
      ...claim,
      id: 'two',
      kind: 'identity',
      published: 2,
      cells: { size: 'none' },
      sql: "SELECT value AS replayed FROM quantities WHERE name = 'two'",
      tolerance: { absolute: 0, reason: 'a sum' },
    },
    {
      ...claim,
      id: 'larger',
      kind: 'shape',
      published: 1,
      sql: `SELECT max(hits) FILTER (size = 'large') > max(hits) FILTER (size = 'small') AS replayed
        FROM hits WHERE policy = 'lru'`,
      tolerance: { absolute: 0, reason: 'it holds or not' },
    },
  ],
});

let folder: string;
let plans: PlannedRun[];
const traces = new TraceShelf();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-analyses-'));
  plans = await planExperiment(experiment, traces);
});
afterAll(() => rmSync(folder, { recursive: true }));
const analyses = () => plans.filter((plan) => !isReplay(plan));

describe('an experiment with analyses', () => {
  it('plans them beside its replays, each with its own tables', () => {
    expect(plans.map(({ cell, trace, tables }) => [cell, trace, tables])).toEqual([
      ['system=served', 'kimi-like', ['runs']],
      ['size=small', 'kimi-like', ['analyses', 'block_cache']],
      ['size=large', 'kimi-like', ['analyses', 'block_cache']],
      ['size=none', null, ['analyses', 'quantities']],
    ]);
  });

  it('passes all checks', async () => {
    await checkExperiment({ experiment, file: 'both.experiment.ts' }, plans, traces);
    expect(walkSetFrom([{ experiment, file: 'both.experiment.ts' }])).toEqual([]);
  });

  it('gives the same bytes on 1 and 2 workers and on shards, and skips what is there', async () => {
    const out = join(folder, 'one');
    expect(await runSweep(analyses(), { out, traces, workers: 1 })).toMatchObject({
      ran: 3,
      failed: [],
    });
    expect(pendingRuns(out, plans)).toEqual(plans.filter(isReplay));
    const sharded = join(folder, 'two');
    for (const index of [0, 1]) {
      const shard = shardOf(analyses(), { index, of: 2 });
      await runSweep(shard, { out: sharded, traces, workers: 2 });
    }
    expect(runHashes(sharded)).toEqual(runHashes(out));
  });

  it('shows them in SQL, with their labels and baselines', async () => {
    const session = await openExperiment(join(folder, 'one'), experiment, analyses());
    try {
      const rows = await session.objects(
        `SELECT size, policy, capacity_blocks, trace, trace_kind, block_references > 0 AS refers
         FROM block_cache JOIN cells USING (run) JOIN analyses USING (run)
         WHERE policy = 'min' ORDER BY capacity_blocks`,
      );
      const common = { policy: 'min', trace: 'kimi-like', trace_kind: 'generated', refers: true };
      expect(rows).toEqual([
        { size: 'small', capacity_blocks: 500, ...common },
        { size: 'large', capacity_blocks: 5000, ...common },
        { size: 'large', capacity_blocks: null, ...common },
      ]);
      expect(await session.objects('SELECT count(*)::INTEGER AS n FROM paired')).toEqual([
        { n: 2 },
      ]);
    } finally {
      session.close();
    }
  });

  it('shows their tables to a reader: what varies in columns, the rest once', async () => {
    const session = await openExperiment(join(folder, 'one'), experiment, analyses());
    try {
      const [blocks, quantities, ...others] = await analysisRows(session, plans);
      expect(others).toEqual([]);
      expect(blocks?.table).toBe('block_cache');
      expect(blocks?.columns.slice(0, 4)).toEqual(['size', 'policy', 'capacity_blocks', 'oracles']);
      expect(blocks?.shared).toContainEqual({ column: 'rule', value: 'prefix' });
      expect(blocks?.rows.map((row) => [row.size, row.policy, row.capacity_blocks])).toEqual([
        ['small', 'lru', 500],
        ['small', 'min', 500],
        ['large', 'lru', 5000],
        ['large', 'lru', null],
        ['large', 'min', 5000],
        ['large', 'min', null],
      ]);
      expect(quantities).toMatchObject({ table: 'quantities', shared: [] });
      expect(quantities?.columns).toEqual(['name', 'value', 'unit', 'source']);
    } finally {
      session.close();
    }
  });

  it('has no clock to draw where nothing is served', async () => {
    const study = studyClock(experiment, analyses(), { draws: 1, out: folder, traces });
    await expect(study).rejects.toThrow('no cell is served');
  });

  it('holds claims against them; those that miss a run are not judged', async () => {
    const prepared = await planClaims({ experiment, file: 'both.experiment.ts' }, traces);
    const [two, larger] = await evaluateClaims(prepared, join(folder, 'one'));
    expect(two?.outcome).toMatchObject({ state: 'replayed', replayed: 2 });
    expect(two?.traces).toEqual({});
    expect(larger?.outcome).toEqual({ state: 'missing', why: '1 of 4 runs missing' });
  });

  it('passes through a queue as what it is', async () => {
    for (const plan of analyses()) {
      const job = JSON.parse(JSON.stringify(await jobOf(plan)));
      expect(await acceptedJob(job)).toMatchObject({ run: plan.run, scenario: plan.scenario });
    }
  });

  it('has another run for another specification, and for nothing else', async () => {
    const cells = { a: { kind: 'quantities', quantities: [] as object[] } };
    const keyed = async (value: number, source = 'x') => {
      cells.a.quantities = [{ name: 'a', value, unit: 's', source }];
      const parsed = parseExperiment({
        ...experiment,
        scenarios: undefined,
        claims: [],
        baselines: {},
        views: {},
        analyses: { list: { cells } },
      });
      return (await planExperiment(parsed, traces))[0]?.run;
    };
    expect(await keyed(1)).toBe(await keyed(1));
    expect(await keyed(1)).not.toBe(await keyed(2));
  });
});

describe('what is no analysis', () => {
  const plain = { ...experiment, claims: [], views: {}, baselines: {} };
  it.each<[string, object, string]>([
    [
      'a scenario of a kind',
      { scenarios: { list: { cells: { a: { kind: 'block-cache' } } } }, analyses: undefined },
      'what names an analyser stands in analyses',
    ],
    ['an analysis of no kind', { analyses: { list: { cells: { a: {} } } } }, 'a kind of analyser'],
    [
      'a cell of the same labels',
      { analyses: { list: { cells: { served: { kind: 'quantities' } } } } },
      'two cells system=served',
    ],
    [
      'a trace without blocks',
      {
        analyses: {
          list: {
            cells: {
              a: { kind: 'block-cache', trace: 'gsm8k', policies: ['lru'], capacities: [9] },
            },
          },
        },
      },
      'nothing to cache (experiment test/both, cell system=a, gsm8k)',
    ],
    [
      'a program that yields scenarios',
      { analyses: () => [{ labels: {}, scenario: { kind: 'quantities' } }] },
      'analysis: { … }',
    ],
  ])('%s is refused', async (_, changes, message) => {
    const parsed = { ...plain, ...changes } as Experiment;
    await expect(planExperiment(parsed, traces)).rejects.toThrow(message);
  });

  it('an experiment of neither is refused', () => {
    const none = { ...plain, scenarios: undefined, analyses: undefined };
    expect(() => parseExperiment(none)).toThrow('scenarios, analyses or both');
  });

  it('a claim that reads a table of no run is refused', async () => {
    const only = { ...plain, scenarios: undefined };
    const sql = 'SELECT count(*) AS replayed FROM step_times';
    const claims = [{ ...experiment.claims?.[0], cells: {}, sql }];
    const parsed = parseExperiment({ ...only, claims });
    const planned = planClaims({ experiment: parsed, file: 'x.experiment.ts' }, traces);
    await expect(planned).rejects.toThrow('keeps analyses, block_cache, quantities');
  });
});
