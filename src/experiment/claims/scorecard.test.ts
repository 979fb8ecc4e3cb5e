import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Claim } from '../define.ts';
import { loadExperiments } from '../load-experiments.ts';
import { ledgerFile, readLedger } from './ledger.ts';
import { experimentsOf } from './scorecard.ts';
import { newStudy, type Study, tpot } from './testing/study.ts';

const root = mkdtempSync(join(tmpdir(), 'reprise-scorecard-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

let study: Study;
beforeEach(() => {
  study = newStudy(root);
});

describe('the scorecard', () => {
  it('shows a claim only the cells that it names', async () => {
    study.write('one', [
      { id: 'slow', sql: tpot, published: 10, cells: { round: 10 } },
      { id: 'fast', sql: tpot, published: 5, cells: { round: 5 } },
      { id: 'both', sql: 'SELECT count(*) AS replayed FROM cells', published: 2 },
    ]);
    const { rows, ran, failed } = await study.judged();
    expect(rows.map(({ id, replayed }) => [id, replayed])).toEqual([
      ['slow', 10],
      ['fast', 5],
      ['both', 2],
    ]);
    expect(rows.map((row) => row.runs.length)).toEqual([1, 1, 2]);
    expect({ ran, failed }).toEqual({ ran: 2, failed: [] });
  });

  it('runs nothing if it is not to, and says what is missing', async () => {
    study.write('one', [{ sql: tpot }]);
    const { rows, ran } = await study.judged({ run: false, runs: join(root, 'empty') });
    expect(rows[0]).toMatchObject({
      verdict: 'not-run',
      replayed: null,
      reason: '2 of 2 runs missing',
    });
    expect(ran).toBe(0);
    expect(await readLedger(ledgerFile(join(study.folder, 'x')))).toEqual({});
  });

  it('passes on low, high and the source of the interval', async () => {
    const sql =
      "SELECT 100 AS replayed, 95 AS low, 105::DECIMAL(9, 1) AS high, 'seeds' AS interval FROM runs LIMIT 1";
    study.write('one', [{ sql }]);
    const { rows } = await study.judged();
    expect(rows[0]).toMatchObject({ low: 95, high: 105, interval: 'seeds' });
  });

  it.each([
    ['its SQL gives no row', 'SELECT 1 AS replayed FROM runs WHERE false'],
    ['its SQL gives NULL', 'SELECT NULL AS replayed FROM runs LIMIT 1'],
    ['its SQL gives NaN', "SELECT 'nan'::DOUBLE AS replayed FROM runs LIMIT 1"],
    ['its SQL gives Infinity', "SELECT 'inf'::DOUBLE AS replayed FROM runs LIMIT 1"],
  ])('hides no miss: off where %s', async (reason, sql) => {
    study.write('one', [
      { sql },
      { id: 'shape', kind: 'shape', published: 1, sql: sql.replace("'inf'", "'nan'") },
    ]);
    const { rows } = await study.judged();
    expect(rows[0]).toMatchObject({ verdict: 'off', replayed: null, reason });
    expect(rows[1]).toMatchObject({ verdict: 'off', replayed: null });
  });

  it('depends on nothing else in the folder of runs', async () => {
    study.write(
      'two',
      [{ id: 'whole', sql: 'SELECT count(*) AS replayed FROM requests', published: 6 }],
      {
        tables: 'all',
      },
    );
    const sql = 'SELECT count(DISTINCT trace) AS replayed FROM trace_requests';
    study.write('one', [{ sql, published: 1 }]);
    const { rows } = await study.judged();
    expect(rows.map(({ id, replayed }) => [id, replayed])).toEqual([
      ['wait', 1],
      ['whole', 6],
    ]);
    study.write('one', [{ sql: 'SELECT count(*) AS replayed FROM requests', published: 6 }]);
    await expect(study.judged()).rejects.toThrow(
      /table requests .*one, claim wait.*: the experiment keeps runs: name requests in tables/,
    );
  });

  it('lets no claim change what another sees', async () => {
    const sql = 'CREATE OR REPLACE VIEW runs AS SELECT 100 AS x; SELECT true AS replayed';
    study.write('one', [{ sql: tpot }, { id: 'other', kind: 'shape', published: 1, sql: sql }]);
    await expect(study.judged()).rejects.toThrow(/experiment paper\/one, claim other/);
  });

  it('takes a boolean or 0 and 1 for a shape', async () => {
    const shape = { kind: 'shape', published: 1 } as const;
    study.write('one', [
      { ...shape, id: 'holds', sql: 'SELECT count(*) > 1 AS replayed FROM runs' },
      { ...shape, id: 'fails', sql: 'SELECT 0 AS replayed FROM runs LIMIT 1' },
    ]);
    const { rows } = await study.judged();
    expect(rows.map(({ verdict, replayed }) => [verdict, replayed])).toEqual([
      ['reproduced', 1],
      ['off', 0],
    ]);
  });

  it.each<[string, Partial<Claim>, RegExp]>([
    ['SQL that fails', { sql: 'SELECT nope AS replayed FROM runs' }, /nope/],
    ['two rows', { sql: 'SELECT 1 AS replayed FROM runs' }, /2 rows .*: one row/],
    ['another column', { sql: 'SELECT 1 AS replay FROM runs LIMIT 1' }, /no column replayed/],
    [
      'a text',
      { sql: "SELECT 'ten' AS replayed FROM runs LIMIT 1" },
      /replayed "ten" .*: a number/,
    ],
    [
      'half a shape',
      { kind: 'shape', published: 1, sql: 'SELECT 0.5 AS replayed FROM runs LIMIT 1' },
      /true or false/,
    ],
    ['a shape of 2', { kind: 'shape', published: 2 }, /a shape with published 2/],
    [
      'low above high',
      { sql: 'SELECT 1 AS replayed, 2 AS low, 0 AS high FROM runs LIMIT 1' },
      /low 2, high 0 .*: low at most high/,
    ],
    ['cells that are none', { cells: { round: 7 } }, /no cell \{"round":7\}.*round=5/],
  ])('refuses %s, naming experiment and claim', async (_, claim, message) => {
    study.write('one', [claim]);
    const failing = study.judged();
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(/experiment paper\/one, claim wait/);
  });

  it('refuses a claim of two files, naming both', async () => {
    study.write('one', [{}]);
    study.write('two', [{}]);
    await expect(study.judged()).rejects.toThrow(
      /two claims paper\/wait \(.*one\.experiment\.json, .*two\.experiment\.json\)/,
    );
  });

  it('leaves the claims on a trace that is to fetch not run, and judges the others', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(root);
    const base = { trace: 'conversation', groups: [{ model: 'llama-3.1-8b' }] };
    study.write('one', [{}], { scenarios: { list: { base, cells: { only: {} } } } });
    study.write('two', [{ id: 'other', sql: tpot, published: 10 }]);
    const { rows } = await study.judged();
    expect(rows).toMatchObject([
      { verdict: 'not-run', reason: expect.stringContaining('reprise traces fetch conversation') },
      { verdict: 'reproduced' },
    ]);
  });

  it('names the runs that fail, and leaves their claims not run', async () => {
    const broken = join(root, 'broken');
    study.write('one', [
      { id: 'slow', sql: tpot, published: 10, cells: { round: 10 } },
      { id: 'fast', sql: tpot, published: 5, cells: { round: 5 } },
    ]);
    const [slow] = (await study.judged({ runs: broken })).rows;
    const run = join(broken, slow?.runs[0] ?? '');
    rmSync(join(run, 'scenario.json'));
    writeFileSync(join(run, 'runs.arrow'), 'other bytes');
    const { rows, failed } = await study.judged({ runs: broken });
    expect(failed).toEqual([expect.stringMatching(/^paper\/one round=10: /)]);
    expect(rows.map(({ verdict }) => verdict)).toEqual(['not-run', 'reproduced']);
  });

  it('offers the capacities of an experiment, and scans what they need', async () => {
    const capacities = [
      { name: 'load', rates: [1, 2], slo: { e2eMs: 1e9 }, attainment: 0.5, cells: { round: 5 } },
    ];
    const sql = 'SELECT grid_factor AS replayed FROM capacities';
    const claim = { sql, published: 2, cells: { round: 5 } };
    const scenarios = {
      grid: {
        base: {
          trace: 'kimi-like',
          limits: { requests: 20 },
          clock: { kind: 'affine' },
          groups: [{ model: 'llama-3.1-8b' }],
        },
        axes: { round: { set: 'clock.roundMs', to: [5, 10] } },
      },
    };
    study.write('one', [claim], { capacities, scenarios });
    expect((await study.judged()).rows[0]).toMatchObject({ replayed: 2, verdict: 'reproduced' });
    const without = await study.judged({ run: false, runs: join(root, 'empty') });
    expect(without.rows[0]).toMatchObject({ verdict: 'not-run' });
  });
});

describe('the experiments of a paper', () => {
  it('are found by its name, the sample only by its own unless it stands alone', async () => {
    study.write('one', [{}]);
    study.write('two', [{}], { paper: 'sample' });
    study.write('three', [], { paper: 'other' });
    const loaded = await loadExperiments([study.folder]);
    const papers = (paper?: string, from = loaded) =>
      experimentsOf(from, paper).map(({ experiment }) => experiment.paper);
    expect(papers('sample')).toEqual(['sample']);
    expect(papers()).toEqual(['paper', 'other']);
    expect(papers(undefined, loaded.slice(1))).toEqual(['other', 'sample']);
    expect(() => papers('papper')).toThrow('unknown paper "papper": did you mean paper?');
  });
});
