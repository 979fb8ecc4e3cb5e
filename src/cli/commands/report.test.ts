import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseExperiment } from '../../experiment/experiment-schema.ts';
import { planExperiment, TraceShelf } from '../../experiment/plan.ts';
import { runScenario } from '../../experiment/run-scenario.ts';
import { writeSmallTrace } from '../../report/fixtures/small-experiment.ts';
import { writeSmallRun } from '../../report/fixtures/small-runs.ts';
import { addReport } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-report-'));
const runs = join(folder, 'runs');
const experiments = join(folder, 'experiments');

beforeAll(async () => {
  writeSmallRun(runs, { requests: 40 });
  const trace = join(folder, 'small.arrow');
  writeSmallTrace(trace);
  const experiment = {
    name: 'one-cell',
    paper: 'example',
    question: 'Does it run?',
    scenarios: {
      list: { base: { trace, groups: [{ model: 'llama-3.1-8b' }] }, cells: { one: {} } },
    },
    claims: [
      {
        id: 'all-finish',
        says: 'All 80 requests finish',
        source: { version: 'v1', where: 'Table 1', read: 'printed' },
        kind: 'predicted',
        published: 80,
        unit: 'requests',
        sql: 'SELECT sum(finished) AS replayed FROM runs',
        tolerance: { absolute: 0, reason: 'a count' },
      },
    ],
  };
  mkdirSync(experiments);
  writeFileSync(join(experiments, 'one.experiment.json'), JSON.stringify(experiment));
  const [plan] = await planExperiment(parseExperiment(experiment), new TraceShelf());
  await runScenario(plan?.scenario, { out: runs });
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

let stderr = '';
const notes = () => stderr;

/** Runs the command in this process; returns what it prints on stdout. */
async function report(...argv: string[]): Promise<string> {
  let stdout = '';
  stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += chunk;
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += chunk;
    return true;
  });
  const program = new Command('reprise').exitOverride();
  addReport(program);
  await program.parseAsync(['report', '--runs', runs, ...argv], { from: 'user' });
  return stdout;
}

const holds = (path: string, text: string) => read(path).includes(text);
const read = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('reprise report', () => {
  it('writes the site of experiments, their claims, and the other runs', async () => {
    const site = join(folder, 'site');
    const out = await report('--experiments', experiments, '-o', site, '--json');
    const told = JSON.parse(out);
    expect(told).toMatchObject({ file: join(site, 'index.html'), experiments: 1, runs: 2 });
    expect(told.pages).toEqual([
      'index.html',
      'experiments/example-one-cell.html',
      'runs/kimi-like.html',
      'scorecard.html',
      'traces.html',
      'clock.html',
      'definitions.html',
    ]);
    expect(read('site/index.html')).toContain('1 of 1 predicted figure reproduced');
    expect(existsSync(join(experiments, 'comparisons.json'))).toBe(true);
  });

  it('shows a named file alone, whatever lies beside it', async () => {
    const own = join(folder, 'beside');
    mkdirSync(own);
    const file = join(own, 'one.experiment.json');
    const one = JSON.parse(read('experiments/one.experiment.json'));
    writeFileSync(file, JSON.stringify(one));
    writeFileSync(join(own, 'twin.experiment.json'), JSON.stringify(one));
    const other = {
      ...one,
      name: 'other',
      claims: [
        { ...one.claims[0], id: 'other-claim', sql: 'SELECT count(*) AS replayed FROM runs' },
      ],
    };
    writeFileSync(join(own, 'other.experiment.json'), JSON.stringify(other));
    // Its claim is on record; what stands beside the named file is no withdrawn claim.
    await report(
      '--experiments',
      join(own, 'other.experiment.json'),
      '-o',
      join(folder, 'b0'),
      '--static',
    );
    const site = join(folder, 'b1');
    const told = JSON.parse(await report('--experiments', file, '-o', site, '--json', '--static'));
    expect(told).toMatchObject({ experiments: 1 });
    expect(holds('b1/index.html', '1 of 1 predicted figure reproduced')).toBe(true);
    expect(holds('b1/scorecard.html', 'withdrawn')).toBe(false);
    expect(notes()).toMatch(/its claims are not shown: other\.experiment\.json/);

    writeFileSync(join(own, 'broken.experiment.json'), '{');
    rmSync(join(own, 'other.experiment.json'));
    await report('--experiments', file, '-o', join(folder, 'b2'), '--static');
    expect(notes()).toMatch(/a file beside does not load: not JSON \(\S*broken\.experiment\.json/);
    expect(holds('b2/scorecard.html', 'other-claim')).toBe(false);

    rmSync(join(own, 'broken.experiment.json'));
    await report('--experiments', file, '-o', join(folder, 'b3'), '--static');
    expect(holds('b3/scorecard.html', 'example/other-claim')).toBe(true);
  });

  it('says what it wrote and what to try next', async () => {
    const out = await report('--experiments', experiments, '-o', join(folder, 'told'), '--static');
    expect(out).toMatch(/index\.html {2}7 pages, 1 experiment, 2 runs, \d+ charts, /);
    expect(out).toContain('Next: reprise');
    expect(existsSync(join(folder, 'told', 'assets', 'vega.js'))).toBe(false);
  });

  it('writes one page of the runs alone', async () => {
    const page = join(folder, 'single.html');
    const told = JSON.parse(await report('--single', page, '--json'));
    expect(told).toMatchObject({ file: page, runs: 2 });
    expect(told.bytes).toBe(Buffer.byteLength(read('single.html')));
    expect(read('single.html')).not.toMatch(/<(?:script|link)[^>]* (?:src|href)="(?!data:)/);
  });

  it('refuses what it cannot write or understand', async () => {
    const page = report('-o', join(folder, 'page.html'), '--experiments', experiments);
    await expect(page).rejects.toThrow('--single FILE');
    await expect(report('--slo-ttft', 'soon', '--experiments', experiments)).rejects.toThrow(
      'bad --slo-ttft soon: milliseconds, above 0',
    );
    await expect(report('--experiments', join(folder, 'none'))).rejects.toThrow(
      'no such experiment',
    );
  });
});
