import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Claim, Experiment } from '../define.ts';
import { loadExperiments } from '../load-experiments.ts';
import { countClaims } from './headline.ts';
import { ledgerFile, readLedger } from './ledger.ts';
import { experimentsOf, type ScorecardOptions, scorecard } from './scorecard.ts';
import { newClaim } from './testing/claim-factory.ts';

const root = mkdtempSync(join(tmpdir(), 'reprise-scorecard-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());
const runs = join(root, 'runs');

/** Each study in a folder, and thus with a record, of its own; the runs are shared. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'study-'));
});

/** Three requests, one at a time, 10 ms a prompt and 5 or 10 ms a round. */
const study: Experiment = {
  name: 'one',
  paper: 'paper',
  question: 'What?',
  scenarios: {
    grid: {
      base: {
        trace: 'gsm8k',
        limits: { requests: 3 },
        clock: { kind: 'affine', prefillBatchMs: 10, prefillTokenMs: 0 },
        groups: [{ model: 'llama-3.1-8b', scheduler: { kind: 'prefill-first', maxSequences: 1 } }],
      },
      axes: { round: { set: 'clock.roundMs', to: [5, 10] } },
    },
  },
  tables: 'summary',
};

function write(name: string, claims: readonly Partial<Claim>[], changes: Partial<Experiment> = {}) {
  const file = join(folder, `${name}.experiment.json`);
  const all = claims.map((claim) => newClaim(claim));
  writeFileSync(file, JSON.stringify({ ...study, name, claims: all, ...changes }));
  return file;
}

async function judged(options: Partial<ScorecardOptions> = {}) {
  const loaded = await loadExperiments([folder]);
  return scorecard(loaded, { runs, run: true, workers: 1, today: '2026-03-01', ...options });
}

const tpot = 'SELECT max(tpot_mean_ms) AS replayed FROM runs';

describe('the scorecard', () => {
  it('shows a claim only the cells that it names', async () => {
    write('one', [
      { id: 'slow', sql: tpot, published: 10, cells: { round: 10 } },
      { id: 'fast', sql: tpot, published: 5, cells: { round: 5 } },
      { id: 'both', sql: 'SELECT count(*) AS replayed FROM cells', published: 2 },
    ]);
    const { rows, ran, failed } = await judged();
    expect(rows.map(({ id, replayed }) => [id, replayed])).toEqual([
      ['slow', 10],
      ['fast', 5],
      ['both', 2],
    ]);
    expect(rows.map((row) => row.runs.length)).toEqual([1, 1, 2]);
    expect({ ran, failed }).toEqual({ ran: 2, failed: [] });
  });

  it('runs nothing if it is not to, and says what is missing', async () => {
    write('one', [{ sql: tpot }]);
    const { rows, ran } = await judged({ run: false, runs: join(root, 'empty') });
    expect(rows[0]).toMatchObject({
      verdict: 'not-run',
      replayed: null,
      reason: '2 of 2 runs missing',
    });
    expect(ran).toBe(0);
    expect(await readLedger(ledgerFile(join(folder, 'x')))).toEqual({});
  });

  it('passes on low, high and the source of the interval', async () => {
    const sql =
      "SELECT 100 AS replayed, 95 AS low, 105::DECIMAL(9, 1) AS high, 'seeds' AS interval";
    write('one', [{ sql }]);
    const { rows } = await judged();
    expect(rows[0]).toMatchObject({ low: 95, high: 105, interval: 'seeds' });
  });

  it.each([
    ['its SQL gives no row', 'SELECT 1 AS replayed WHERE false'],
    ['its SQL gives NULL', 'SELECT NULL AS replayed'],
    ['its SQL gives NaN', "SELECT 'nan'::DOUBLE AS replayed"],
    ['its SQL gives Infinity', "SELECT 'inf'::DOUBLE AS replayed"],
  ])('hides no miss: off where %s', async (reason, sql) => {
    write('one', [
      { sql },
      { id: 'shape', kind: 'shape', published: 1, sql: sql.replace("'inf'", "'nan'") },
    ]);
    const { rows } = await judged();
    expect(rows[0]).toMatchObject({ verdict: 'off', replayed: null, reason });
    expect(rows[1]).toMatchObject({ verdict: 'off', replayed: null });
  });

  it('takes a boolean or 0 and 1 for a shape', async () => {
    const shape = { kind: 'shape', published: 1 } as const;
    write('one', [
      { ...shape, id: 'holds', sql: 'SELECT 2 > 1 AS replayed' },
      { ...shape, id: 'fails', sql: 'SELECT 0 AS replayed' },
    ]);
    const { rows } = await judged();
    expect(rows.map(({ verdict, replayed }) => [verdict, replayed])).toEqual([
      ['reproduced', 1],
      ['off', 0],
    ]);
  });

  it.each<[string, Partial<Claim>, RegExp]>([
    ['SQL that fails', { sql: 'SELECT nope AS replayed FROM runs' }, /nope/],
    ['two rows', { sql: 'SELECT unnest([1, 2]) AS replayed' }, /2 rows .*: one row/],
    ['another column', { sql: 'SELECT 1 AS replay' }, /no column replayed/],
    ['a text', { sql: "SELECT 'ten' AS replayed" }, /replayed "ten" .*: a number/],
    [
      'half a shape',
      { kind: 'shape', published: 1, sql: 'SELECT 0.5 AS replayed' },
      /true or false/,
    ],
    ['a shape of 2', { kind: 'shape', published: 2 }, /a shape with published 2/],
    ['cells that are none', { cells: { round: 7 } }, /no cell \{"round":7\}.*round=5/],
  ])('refuses %s, naming experiment and claim', async (_, claim, message) => {
    write('one', [claim]);
    const failing = judged();
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(/experiment paper\/one, claim wait/);
  });

  it('refuses a claim of two files, naming both', async () => {
    write('one', [{}]);
    write('two', [{}]);
    await expect(judged()).rejects.toThrow(
      /two claims paper\/wait \(.*one\.experiment\.json, .*two\.experiment\.json\)/,
    );
  });

  it('leaves the claims on a trace that is to fetch not run, and judges the others', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(root);
    const base = { trace: 'conversation', groups: [{ model: 'llama-3.1-8b' }] };
    write('one', [{}], { scenarios: { list: { base, cells: { only: {} } } } });
    write('two', [{ id: 'other', sql: tpot, published: 10 }]);
    const { rows } = await judged();
    expect(rows).toMatchObject([
      { verdict: 'not-run', reason: expect.stringContaining('reprise traces fetch conversation') },
      { verdict: 'reproduced' },
    ]);
  });

  it('names the runs that fail, and leaves their claims not run', async () => {
    const broken = join(root, 'broken');
    write('one', [
      { id: 'slow', sql: tpot, published: 10, cells: { round: 10 } },
      { id: 'fast', sql: tpot, published: 5, cells: { round: 5 } },
    ]);
    const [slow] = (await judged({ runs: broken })).rows;
    const run = join(broken, slow?.runs[0] ?? '');
    rmSync(join(run, 'scenario.json'));
    writeFileSync(join(run, 'runs.arrow'), 'other bytes');
    const { rows, failed } = await judged({ runs: broken });
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
    write('one', [claim], { capacities, scenarios });
    expect((await judged()).rows[0]).toMatchObject({ replayed: 2, verdict: 'reproduced' });
    const without = await judged({ run: false, runs: join(root, 'empty') });
    expect(without.rows[0]).toMatchObject({ verdict: 'not-run' });
  });
});

describe('first comparisons', () => {
  const file = () => ledgerFile(join(folder, 'x'));

  it('are recorded once', async () => {
    write('one', [{ sql: tpot, published: 10 }]);
    const { rows } = await judged();
    const recorded = readFileSync(file(), 'utf8');
    expect((await readLedger(file()))['paper/wait']).toMatchObject({
      date: '2026-03-01',
      kind: 'predicted',
      replayed: 10,
      verdict: 'reproduced',
    });
    const again = await judged({ today: '2026-03-02' });
    expect(readFileSync(file(), 'utf8')).toBe(recorded);
    expect(again.rows).toEqual(rows);
  });

  it('make a claim that is changed later count as postdicted, whose miss stays counted', async () => {
    write('one', [{ sql: tpot, published: 20 }]);
    expect((await judged()).rows[0]).toMatchObject({ kind: 'predicted', verdict: 'off' });
    const changes = [{ date: '2026-03-02', what: 'tolerance', why: 'the figure is read off' }];
    write('one', [
      { sql: tpot, published: 20, tolerance: { relative: 0.6, reason: 'wide' }, changes },
    ]);
    const { rows } = await judged();
    expect(rows[0]).toMatchObject({
      kind: 'postdicted',
      verdict: 'reproduced',
      reason: 'definition changed after the first comparison on 2026-03-01',
      changes,
    });
    expect(countClaims(rows).headline).toBe(
      '0 of 1 predicted figure reproduced (1 changed since first compared)',
    );
  });

  it('keep a miss that is called not comparable afterwards', async () => {
    const miss = { sql: tpot, published: 20 };
    write('one', [miss]);
    await judged();
    write('one', [{ ...miss, notComparable: 'other hardware' }]);
    expect((await judged()).rows[0]).toMatchObject({ kind: 'predicted', verdict: 'off' });
  });

  it('show what was called not comparable from the start, and remember it', async () => {
    const claim = { sql: tpot, published: 20, notComparable: 'other hardware' };
    write('one', [claim]);
    for (const _ of ['first', 'again']) {
      const { rows } = await judged();
      expect(rows[0]).toMatchObject({ verdict: 'not-comparable', replayed: 10 });
    }
    expect((await readLedger(file()))['paper/wait']?.verdict).toBe('not-comparable');
  });

  it('of a claim that is gone count as withdrawn', async () => {
    write('one', [{ sql: tpot, published: 20 }]);
    await judged();
    write('one', [{ id: 'renamed', sql: tpot, published: 10 }]);
    const { rows, withdrawn } = await judged();
    expect(withdrawn).toMatchObject([{ paper: 'paper', id: 'wait' }]);
    expect(countClaims(rows, withdrawn).headline).toBe(
      '1 of 2 predicted figures reproduced (1 withdrawn since first compared)',
    );
  });
});

describe('the experiments of a paper', () => {
  it('are found by its name, the sample only by its own unless it stands alone', async () => {
    write('one', [{}]);
    write('two', [{}], { paper: 'sample' });
    write('three', [], { paper: 'other' });
    const loaded = await loadExperiments([folder]);
    const papers = (paper?: string, from = loaded) =>
      experimentsOf(from, paper).map(({ experiment }) => experiment.paper);
    expect(papers('sample')).toEqual(['sample']);
    expect(papers()).toEqual(['paper', 'other']);
    expect(papers(undefined, loaded.slice(1))).toEqual(['other', 'sample']);
    expect(() => papers('papper')).toThrow('unknown paper "papper": did you mean paper?');
  });
});
