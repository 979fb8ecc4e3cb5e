import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { newClaim, newComparison, newRow } from '../../experiment/claims/testing/claim-factory.ts';
import type { WithdrawnClaim } from '../../experiment/claims/withdrawn-row.ts';
import { packageRoot } from '../../trace/locate.ts';
import { addScorecard } from './scorecard.ts';
import { printScorecard } from './scorecard-view.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-scorecard-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const experiments = join(packageRoot(), 'experiments');
const runs = join(folder, 'runs');

function captured() {
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      text[stream] += chunk;
      return true;
    });
  }
  return text;
}

/** Runs the command in this process. */
async function scorecard(...argv: string[]) {
  const program = new Command('reprise').exitOverride();
  addScorecard(program);
  const text = captured();
  process.exitCode = undefined;
  const options = ['--experiments', experiments, '--runs', runs, ...argv];
  await program.parseAsync(['scorecard', ...options], { from: 'user' });
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { ...text, code };
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly verdict: string;
}

describe('reprise scorecard', () => {
  it('judges the sample: a claim of each kind, a miss among them', async () => {
    const ledger = join(experiments, 'sample', 'comparisons.json');
    const recorded = readFileSync(ledger, 'utf8');
    const { stdout, code } = await scorecard('sample', '--json');
    const rows: Row[] = JSON.parse(stdout);
    const verdicts = rows.map(({ id, kind, verdict }) => [id, kind, verdict]);
    expect(verdicts).toEqual([
      ['sum-of-steps', 'identity', 'reproduced'],
      ['clocks-agree', 'cross-check', 'reproduced'],
      ['wait-at-half-load', 'predicted', 'reproduced'],
      ['wait-if-exponential', 'predicted', 'off'],
      ['wait-overloaded', 'predicted', 'not-comparable'],
      ['wait-in-heavy-traffic', 'postdicted', 'close'],
      ['load-at-rate-1', 'calibrated', 'reproduced'],
      ['wait-outgrows-load', 'shape', 'reproduced'],
    ]);
    expect(code).toBe(0);
    expect(readFileSync(ledger, 'utf8')).toBe(recorded);
  });

  it('gives the fields that others build on', async () => {
    const { stdout } = await scorecard('sample', '--json', '--no-run');
    const row = JSON.parse(stdout).find(({ id }: Row) => id === 'wait-if-exponential');
    expect(row).toMatchObject({
      paper: 'sample',
      source: { version: 'this project, a sample', where: 'M/M/1', read: 'derived' },
      unit: 'ms',
      published: 145.75,
      tolerance: { relative: 0.05 },
      reason: null,
      definition_changed: false,
    });
    expect(row.relative_error).toBeCloseTo(row.replayed / row.published - 1, 12);
    expect(row.runs).toHaveLength(5);
    expect(row.runs[0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it('prints a table and the headline of predicted claims', async () => {
    const { stdout } = await scorecard('sample', '--no-run');
    expect(stdout).toMatch(/wait-if-exponential +M\/M\/1 +145\.8 ms .* off$/m);
    expect(stdout).toMatch(/^1 of 3 predicted figures reproduced \(1 off, 1 not comparable\)$/m);
  });

  it('leaves what is missing not run if it is told to', async () => {
    const { stdout, code } = await scorecard(
      ...['sample', '--json', '--no-run', '--runs', join(folder, 'none')],
    );
    const rows: Row[] = JSON.parse(stdout);
    const verdicts = new Set(rows.map(({ verdict }) => verdict));
    expect(verdicts).toEqual(new Set(['not-run', 'not-comparable']));
    expect(code).toBe(0);
  });

  it('ends with 1 if a run fails', async () => {
    const broken = join(folder, 'broken');
    const rows: (Row & { runs: string[] })[] = JSON.parse(
      (await scorecard('sample', '--json', '--runs', broken)).stdout,
    );
    const run = rows.find(({ id }) => id === 'sum-of-steps')?.runs[0] ?? '';
    rmSync(join(broken, run, 'scenario.json'));
    writeFileSync(join(broken, run, 'runs.arrow'), 'other bytes');
    const { stderr, code } = await scorecard('sample', '--runs', broken);
    expect(stderr).toMatch(/^failed: sample\/backlog clock=affine: /m);
    expect(code).toBe(1);
  });

  it('prints withdrawn claims of papers that are gone, and what was set from a claim', async () => {
    const study = join(folder, 'study');
    mkdirSync(join(study, 'left'), { recursive: true });
    const clock = { kind: 'affine', roundMs: 5 };
    const base = {
      ...{ trace: 'gsm8k', limits: { requests: 3 }, clock },
      groups: [{ model: 'llama-3.1-8b' }],
    };
    const sql = 'SELECT 100 AS replayed FROM cells';
    const setFrom = ['paper/wait'];
    const experiment = {
      ...{ name: 'one', paper: 'paper', question: 'What?', tables: 'summary' },
      scenarios: { list: { base, cells: { only: {} } } },
      claims: [newClaim({ sql })],
      constants: [{ name: 'load', value: 1, unit: 'x', source: 'a test', setFrom }],
    };
    writeFileSync(join(study, 'one.experiment.json'), JSON.stringify(experiment));
    const record = { 'gone/miss': newComparison({ verdict: 'off', replayed: 150 }) };
    writeFileSync(join(study, 'left', 'comparisons.json'), JSON.stringify(record));
    const { stdout, stderr } = await scorecard('--experiments', study, '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 'wait', kind: 'calibrated', reason: expect.stringContaining('load') },
      {
        ...{ paper: 'gone', id: 'miss', kind: 'predicted', verdict: 'off', reason: 'withdrawn' },
        ...{ replayed: 150, relative_error: 0.5, tolerance: { relative: 0.1 } },
      },
    ]);
    expect(stderr).toMatch(/^paper\/wait: called predicted.*: load; it counts as calibrated$/m);
  });

  it('names the nearest paper', async () => {
    await expect(scorecard('smaple')).rejects.toThrow('did you mean sample?');
  });
});

describe('the printed scorecard', () => {
  const withdrawn: WithdrawnClaim[] = [];
  afterEach(() => withdrawn.splice(0));
  const printed = (...rows: Parameters<typeof newRow>[0][]) => {
    const text = captured();
    const all = rows.map((row) => newRow(row));
    printScorecard({ rows: all, withdrawn, ran: 0, failed: [], unrecorded: [], setFrom: [] });
    return text.stdout;
  };

  it('keeps to 100 characters, whatever the sources and reasons', () => {
    const source = {
      version: 'v1',
      where: 'Section 5.2, Figure 11 (a)'.repeat(3),
      read: 'printed',
    };
    const stdout = printed({
      id: 'capacity-on-the-conversation-trace',
      source: source as never,
      reason: 'the paper measures on other hardware '.repeat(6),
      ...{ low: 98.7654, high: 101.2345, interval: 'workload', unit: 'requests/s' },
    });
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeGreaterThan(90);
    expect(widest).toBeLessThanOrEqual(100);
    expect(stdout).toContain('100 [98.8, 101]');
  });

  it('lists predicted claims first, by paper, and each headline beside the total', () => {
    const stdout = printed(
      { paper: 'a', id: 'shape', kind: 'shape' },
      { paper: 'a', id: 'hit' },
      { paper: 'b', id: 'miss', verdict: 'off', replayed: 150, relative_error: 0.5 },
    );
    const order = ['a, predicted', 'hit', 'a, shape', 'b, predicted', '+50.0 %', 'a: 1 of 1'];
    const places = order.map((text) => stdout.indexOf(text));
    expect(places).toEqual([...places].sort((x, y) => x - y));
    expect(places).not.toContain(-1);
    expect(stdout).toMatch(/^1 of 2 predicted figures reproduced \(1 off\)$/m);
  });

  it('names withdrawn claims, as they were first compared', () => {
    const first_comparison = newComparison({ verdict: 'off', replayed: 150 });
    withdrawn.push({ paper: 'paper', id: 'gone', first_comparison });
    const stdout = printed({});
    expect(stdout).toMatch(
      /^paper, withdrawn\n {2}gone +predicted, 2026-01-01 +100 ms +150 .*off$/m,
    );
    expect(stdout).toContain('1 of 2 predicted figures reproduced (1 withdrawn');
  });

  it('shows the changes of a claim', () => {
    const changes = [
      { date: '2026-03-02', what: 'tolerance 5 % to 8 %', why: 'read off a figure' },
    ];
    expect(printed({ changes })).toContain(
      'wait, changed 2026-03-02: tolerance 5 % to 8 % (read off a figure)',
    );
  });
});
