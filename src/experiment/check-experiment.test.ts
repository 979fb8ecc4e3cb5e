import { beforeAll, describe, expect, it } from 'vitest';
import { checkExperiment } from './check-experiment.ts';
import type { Claim, Experiment } from './define.ts';
import { type PlannedRun, planExperiment, TraceShelf } from './plan.ts';

const base: Experiment = {
  name: 'whole',
  paper: 'test',
  question: 'Is it whole?',
  scenarios: {
    list: {
      base: { trace: 'kimi-like', limits: { requests: 5 }, groups: [{ model: 'llama-3.1-8b' }] },
      axis: 'order',
      cells: { fcfs: {}, shortest: { groups: [{ model: 'llama-3.1-8b', tp: 2 }] } },
    },
  },
};
const claim: Claim = {
  id: 'one',
  says: 'something',
  source: { version: '1', where: 'table 1', read: 'printed' },
  kind: 'predicted',
  published: 1,
  unit: 'x',
  sql: 'SELECT avg(ttft_ms) AS replayed FROM requests JOIN cells USING (run)',
  tolerance: { relative: 0.1, reason: 'an example' },
};
const chart = { id: 'c', title: 'A', subtitle: 'b', sql: 'SELECT "order" FROM cells', spec: {} };

const traces = new TraceShelf();
let plans: PlannedRun[];
beforeAll(async () => {
  plans = await planExperiment(base, traces);
});

const check = (change: Partial<Experiment>, own = plans) =>
  checkExperiment(
    { experiment: { ...base, ...change }, file: 'some/a.experiment.ts' },
    own,
    traces,
  );

describe('checkExperiment', () => {
  it('passes what is whole', async () => {
    await check({
      baselines: { paper: { order: 'fcfs' } },
      claims: [claim],
      charts: [chart, { ...chart, id: 'd', title: { sql: "SELECT 'found' AS title" } }],
      views: { means: 'SELECT run, avg(ttft_ms) AS mean_ms FROM measured GROUP BY run' },
      measure: { fromMs: 0, toMs: 10 },
    });
  });

  it.each<[string, Partial<Experiment>, string]>([
    [
      'a baseline that names no cell',
      { baselines: { strongest: { ordr: 'x' } } },
      'baselines.strongest',
    ],
    [
      'a claim about no cell',
      { claims: [{ ...claim, cells: { order: 'lifo' } }] },
      'claim one, cells',
    ],
    ['claim SQL with a slip', { claims: [{ ...claim, sql: 'SELEC 1' }] }, 'claim one'],
    [
      'a claim on an unknown column',
      { claims: [{ ...claim, sql: 'SELECT tft_ms FROM requests' }] },
      'claim one',
    ],
    [
      'a chart on an unknown column',
      { charts: [{ ...chart, sql: 'SELECT nothing FROM runs' }] },
      'chart c',
    ],
    [
      'a title on an unknown table',
      { charts: [{ ...chart, title: { sql: 'FROM nowhere' } }] },
      'chart c, title',
    ],
    ['a view with a slip', { views: { v: 'SELEC 1' } }, 'views.v'],
    ['a view in the place of a table', { views: { runs: 'SELECT 1' } }, 'views.runs'],
    ['a window that ends before it begins', { measure: { fromMs: 5, toMs: 5 } }, 'measure'],
    ['SLOs of no cell', { slo: { multipleOf: { order: 'x' }, ttft: 2 } }, 'slo.multipleOf'],
  ])('refuses %s, naming file, experiment and place', async (_, change, place) => {
    await expect(check(change)).rejects.toThrow(
      new RegExp(`some/a\\.experiment\\.ts, experiment test/whole, ${place}`),
    );
  });

  it('refuses labels that SQL cannot tell apart', async () => {
    const labelled = (labels: PlannedRun['labels']) => plans.map((plan) => ({ ...plan, labels }));
    await expect(check({}, labelled({ Run: 1 }))).rejects.toThrow('a label "Run"');
    await expect(check({}, labelled({ a: 1, A: 2 }))).rejects.toThrow('from the label a');
  });
});
