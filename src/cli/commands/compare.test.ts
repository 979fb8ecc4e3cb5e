import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runScenario } from '../../experiment/run-scenario.ts';
import { addCompare } from './compare.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-compare-'));
const runs = join(folder, 'runs');
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const base = {
  trace: 'kimi-like',
  limits: { requests: 150 },
  groups: [{ count: 1, model: 'llama-3.1-8b', gpu: 'a100-80gb' }],
};
const changes = {
  first: {},
  other: { groups: [{ ...base.groups[0], scheduler: { kind: 'prefill-first' } }] },
  larger: { groups: [{ ...base.groups[0], tp: 2 }] },
  elsewhere: { trace: 'gsm8k' },
};
const ids: Record<string, string> = {};
beforeAll(async () => {
  for (const [name, change] of Object.entries(changes)) {
    ids[name] = (await runScenario({ ...base, ...change }, { out: runs })).run;
  }
});

async function compare(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const program = new Command('reprise').exitOverride();
  addCompare(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} });
  const named = words.map((word) => ids[word] ?? word);
  const options = ['--runs', runs, '--draws', '100'];
  await program.parseAsync(['compare', ...named, ...options], { from: 'user' });
  return out;
}

describe('reprise compare', () => {
  it('gives each run against the first as one JSON document', async () => {
    const text = await compare('first', 'other', 'larger', '--slo', 'ttft=2000', '--json');
    const { slo, runs: shown, comparisons } = JSON.parse(text);
    expect(slo).toEqual({ ttftMs: 2000 });
    expect(shown.map(({ run }: { run: string }) => run)).toEqual([
      ids.first,
      ids.other,
      ids.larger,
    ]);
    expect(comparisons).toHaveLength(2);
    const [same, larger] = comparisons;
    expect(same).toMatchObject({
      baseline: ids.first,
      same_trace: true,
      equal_gpus: true,
      paired_requests: 150,
      unpaired_requests: 0,
      resampled: 'sessions',
    });
    expect(larger).toMatchObject({ run: ids.larger, equal_gpus: false });
    const ttft = same.metrics.find((one: { metric: string }) => one.metric === 'ttft_p50_ms');
    expect(ttft).toMatchObject({ unit: 'ms', better: 'less' });
    expect(ttft.difference.value).toBeCloseTo(ttft.value - ttft.baseline, 9);
    expect(ttft.difference.interval).toMatchObject({ source: 'workload', draws: 100 });
    const names = same.metrics.map((one: { metric: string }) => one.metric);
    expect(names).toEqual(expect.arrayContaining(['itl_p99_ms', 'goodput_per_s', 'gpu_s_busy']));
  });

  it('shows differences, warns of unequal GPUs and names the source of the interval', async () => {
    const text = await compare('first', 'larger');
    expect(text).toMatch(/TTFT p50 +\S+ m?s +\S+ m?s +-\S+ m?s +-\S+ m?s to -\S+ m?s +0\.\d+x/);
    expect(text).toMatch(/Unequal GPUs: 1 a100-80gb and 2 a100-80gb/);
    expect(text).toMatch(/Intervals: workload; 150 requests in both, sessions resampled in blocks/);
    expect(text).not.toMatch(/attainment/);
  });

  it('says that runs of different traces are not paired', async () => {
    expect(await compare('first', 'elsewhere')).toMatch(/Different traces: nothing is paired/);
  });

  it('compares the cells of an experiment with its baselines', async () => {
    const file = join(folder, 'order.experiment.json');
    const cells = { fcfs: {}, first: { groups: changes.other.groups } };
    const experiment = {
      name: 'order',
      paper: 'test',
      question: 'which scheduler?',
      scenarios: { list: { base, axis: 'scheduler', cells } },
      baselines: { paper: { scheduler: 'fcfs' } },
    };
    writeFileSync(file, JSON.stringify(experiment));
    const text = await compare(file);
    expect(text).toMatch(/paper baseline scheduler=fcfs/);
    expect(text).toMatch(/first +\d\.\d\d \[\d\.\d\d, \d\.\d\d\]/);
    const { slo, comparisons } = JSON.parse(await compare(file, '--json'));
    expect(slo).toBeNull();
    const limited = JSON.parse(await compare(file, '--slo', 'ttft=2000', '--json'));
    expect(limited.slo).toEqual({ ttftMs: 2000 });
    expect(comparisons[0]).toMatchObject({
      cell: 'scheduler=first',
      baseline: 'paper',
      baseline_cell: 'scheduler=fcfs',
      equal_gpus: true,
      oracles: 'none',
      seeds_alike: false,
      pairs: [{ run: ids.other, baseline_run: ids.first }],
    });
  });

  it('says where seeds make no difference, with the interval of one run', async () => {
    const file = join(folder, 'seeds.experiment.json');
    const cells = { fcfs: {}, first: { groups: changes.other.groups } };
    const experiment = {
      name: 'seeds',
      paper: 'test',
      question: 'which scheduler?',
      scenarios: { list: { base, axis: 'scheduler', cells }, seeds: [1, 2] },
      baselines: { paper: { scheduler: 'fcfs' } },
    };
    writeFileSync(file, JSON.stringify(experiment));
    for (const scenario of [base, { ...base, ...changes.other }]) {
      for (const seed of [1, 2]) await runScenario({ ...scenario, seed }, { out: runs });
    }
    const text = await compare(file);
    expect(text).toMatch(/^first .* 2 +seeds alike/m);
    expect(text).toMatch(/90 % interval\]: workload\./);
    expect(text).toMatch(/all its seeds gave the same figures; the interval is that of one run/);
  });

  it('runs the cells under draws of the clock and says how often the ranking holds', async () => {
    const file = join(folder, 'order.experiment.json');
    const study = JSON.parse(await compare(file, '--clock-draws', '3', '--json'));
    expect(study).toMatchObject({ experiment: 'test/order', draws: 3 });
    expect(study.compared).toEqual(['scheduler']);
    for (const { cells, rankings } of study.metrics) {
      expect(cells.map(({ cell }: { cell: string }) => cell)).toEqual([
        'scheduler=fcfs',
        'scheduler=first',
      ]);
      for (const { estimate } of cells) {
        expect(estimate.interval).toMatchObject({ source: 'clock', draws: 3 });
        expect(estimate.interval.high).toBeGreaterThan(estimate.interval.low);
      }
      const [{ labels, ranking }, ...others] = rankings;
      expect([labels, others]).toEqual([{}, []]);
      expect(ranking.draws).toBe(3);
      expect([0, 1, 2, 3].map((n) => n / 3)).toContain(ranking.best.share);
    }
    const text = await compare(file, '--clock-draws', '3');
    expect(text).toContain(
      'Ranked: cells that differ in scheduler alone, which the baselines name.',
    );
    expect(text).toMatch(/^TTFT p50 +(fcfs|first) +\d/m);
  });

  it.each([
    [['first'], /nothing to compare with .*two or more runs/],
    [['first', 'first'], /is named twice/],
    [['first', 'zzzzzz'], /unknown run "zzzzzz"/],
    [['a.experiment.ts', 'first'], /2 names: one experiment file, or runs/],
    [['no.experiment.ts'], /no such experiment \(no\.experiment\.ts\)/],
    [
      ['no.experiment.ts', '--slo', 'ttft=1', '--clock-draws', '2'],
      /--slo and --clock-draws: one of them/,
    ],
    [['first', 'other', '--slo', 'ttfb=1'], /unknown SLO "ttfb"/],
  ])('refuses %j', async (words, message) => {
    await expect(compare(...words)).rejects.toThrow(message);
  });
});
