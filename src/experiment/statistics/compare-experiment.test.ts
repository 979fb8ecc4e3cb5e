import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { newTrace } from '../../trace/new-trace.ts';
import { defineExperiment, type Experiment } from '../define.ts';
import { planExperiment, TraceShelf } from '../plan.ts';
import { runSweep } from '../sweep/run-sweep.ts';
import { compareExperiment } from './compare-experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));
const runsDir = join(folder, 'runs');

/** Prompts of 1000 tokens every 120 ms. */
const path = join(folder, 'steady.arrow');
const rows = Array.from({ length: 60 }, (_, i) => i);
writeFileSync(
  path,
  encodeRequestTrace(
    newTrace({
      name: 'steady',
      arrivalMs: rows.map((i) => 120 * i),
      inputTokens: rows.map(() => 1000),
      outputTokens: rows.map(() => 3),
    }),
  ),
);

interface Variation {
  by?: 'compress' | 'resample';
  instances?: readonly number[];
  seeds?: readonly number[];
}

function experiment(
  parts: Partial<Experiment> = {},
  { by = 'compress', instances = [1, 2], seeds }: Variation = {},
): Experiment {
  const base = {
    trace: path,
    arrivals: { rate: { by } },
    groups: [{ model: 'llama-3.1-8b' }],
  };
  const clock = {
    slow: { clock: { kind: 'affine', prefillTokenMs: 0.1 } },
    fast: { clock: { kind: 'affine', prefillTokenMs: 0.05 } },
  };
  return defineExperiment({
    name: 'compare',
    paper: 'test',
    question: 'how much faster is a faster clock?',
    scenarios: {
      grid: { base, axes: { clock, instances: { set: 'groups.0.count', to: instances } } },
      ...(seeds && { seeds }),
    },
    baselines: { paper: { clock: 'slow', instances: 1 }, strongest: { clock: 'slow' } },
    ...parts,
  });
}

async function compare(given: Experiment, { run = true, out = runsDir } = {}) {
  const traces = new TraceShelf();
  const plans = await planExperiment(given, traces);
  if (run) await runSweep(plans, { out, traces, workers: 1 });
  return compareExperiment(given, plans, { runsDir: out, traces, draws: 100 });
}

describe('compareExperiment', () => {
  it('holds every cell against each baseline, with unequal GPUs flagged', async () => {
    const { comparisons, missing } = await compare(experiment());
    expect(missing).toEqual([]);
    const seen = comparisons.map((one) => [
      one.baseline,
      one.cell,
      one.baselineCell,
      one.equalGpus,
    ]);
    expect(seen).toEqual([
      ['paper', 'clock=slow,instances=2', 'clock=slow,instances=1', false],
      ['paper', 'clock=fast,instances=1', 'clock=slow,instances=1', true],
      ['paper', 'clock=fast,instances=2', 'clock=slow,instances=1', false],
      ['strongest', 'clock=fast,instances=1', 'clock=slow,instances=1', true],
      ['strongest', 'clock=fast,instances=2', 'clock=slow,instances=2', true],
    ]);
    const last = comparisons.at(-1)?.metrics.find(({ metric }) => metric.name === 'ttft_p50_ms');
    // Two instances take turns and never queue: TTFT is the prefill alone.
    expect(last?.baseline).toBeCloseTo(100, 6);
    expect(last?.ratio).toMatchObject({ value: 0.5, interval: { source: 'workload' } });
  });

  it('compares seeds pairwise and names what varied', async () => {
    const { comparisons } = await compare(experiment({}, { by: 'resample', seeds: [1, 2, 3] }));
    const one = comparisons.find(
      ({ baseline, cell }) => baseline === 'strongest' && cell === 'clock=fast,instances=1',
    );
    expect(one?.pairs).toHaveLength(3);
    const ttft = one?.metrics.find(({ metric }) => metric.name === 'ttft_mean_ms');
    expect(ttft?.difference?.value).toBeLessThan(0);
    expect(ttft?.difference?.interval).toMatchObject({
      source: 'workload and policy seed',
      draws: 3,
    });
  });

  it('takes seeds of which nothing depends for one run, and says so', async () => {
    const [alone] = (await compare(experiment())).comparisons;
    const { comparisons } = await compare(experiment({}, { seeds: [1, 2, 3] }));
    const [repeated] = comparisons;
    expect(repeated).toMatchObject({ cell: alone?.cell, seedsAlike: true });
    expect(repeated?.pairs).toHaveLength(3);
    expect(repeated?.metrics).toEqual(alone?.metrics);
    const ttft = repeated?.metrics.find(({ metric }) => metric.name === 'ttft_mean_ms');
    expect(ttft?.ratio?.interval).toMatchObject({ source: 'workload', draws: 100 });
    const drawn = await compare(experiment({}, { by: 'resample', seeds: [1, 2] }));
    for (const { seedsAlike } of [...drawn.comparisons, alone!]) expect(seedsAlike).toBe(false);
  });

  it('tells of two traces that have one name', async () => {
    mkdirSync(join(folder, 'other'));
    const twin = join(folder, 'other', 'steady.arrow');
    const columns = { arrivalMs: [0, 500], inputTokens: [10, 20], outputTokens: [2, 2] };
    writeFileSync(twin, encodeRequestTrace(newTrace({ name: 'steady', ...columns })));
    const cells = { first: { trace: path }, second: { trace: twin } };
    const { notes } = await compare(
      experiment({
        scenarios: { list: { base: { groups: [{ model: 'llama-3.1-8b' }] }, cells } },
        baselines: { paper: { system: 'first' } },
      }),
      { out: join(folder, 'runs-of-two') },
    );
    expect(notes.join()).toMatch(/trace_requests leaves out steady/);
  });

  it('has goodput where the experiment states SLOs', async () => {
    const slo = { multipleOf: { clock: 'slow', instances: 2 }, ttft: 1.5 };
    const absent = await compare(experiment({ slo }), { run: false });
    expect(absent.slo).toBeNull();
    const { slo: found, comparisons } = await compare(experiment({ slo: { ttftMs: 150 } }));
    expect(found).toEqual({ limits: { ttftMs: 150 } });
    const names = comparisons[0]?.metrics.map(({ metric }) => metric.name);
    expect(names).toContain('goodput_per_s');
  });

  it('reports missing runs and compares those that are there', async () => {
    const given = experiment({}, { instances: [1, 9] });
    const { comparisons, missing } = await compare(given, { run: false });
    expect(missing.map(({ cell }) => cell)).toEqual([
      'clock=slow,instances=9',
      'clock=fast,instances=9',
    ]);
    expect(comparisons.map(({ cell }) => cell)).toEqual([
      'clock=fast,instances=1',
      'clock=fast,instances=1',
    ]);
  });

  it('wants a baseline', async () => {
    await expect(compare(experiment({ baselines: {} }))).rejects.toThrow(
      /no baselines \(experiment test\/compare\)/,
    );
  });
});
