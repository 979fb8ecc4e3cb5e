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

/** Runs the command in this process; returns what it prints on stdout. */
async function report(...argv: string[]): Promise<string> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += chunk;
    return true;
  });
  const program = new Command('reprise').exitOverride();
  addReport(program);
  await program.parseAsync(['report', '--runs', runs, ...argv], { from: 'user' });
  return stdout;
}

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
