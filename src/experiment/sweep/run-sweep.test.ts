import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../define.ts';
import { openExperiment } from '../experiment-session.ts';
import { replayTables } from '../kept-tables.ts';
import { type PlannedRun, planExperiment, TraceShelf } from '../plan.ts';
import { pendingRuns, runSweep } from './run-sweep.ts';
import { runHashes } from './testing/run-hashes.ts';

/** scenario.json and the tables. */
const filesOfRun = 1 + replayTables({}).length;

const experiment: Experiment = {
  name: 'small',
  paper: 'test',
  question: 'Do sweeps give the same bytes however they run?',
  scenarios: {
    grid: {
      base: { trace: 'kimi-like', limits: { requests: 120 }, groups: [{ model: 'llama-3.1-8b' }] },
      axes: {
        scheduler: { set: 'groups.0.scheduler.kind', to: ['chunked-prefill', 'orca'] },
        rate: { set: 'arrivals.rate.factor', to: [1, 4] },
      },
    },
    repetitions: 2,
  },
  baselines: { paper: { scheduler: 'orca' } },
};

let folder: string;
let plans: PlannedRun[];
const traces = new TraceShelf();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-sweep-'));
  plans = await planExperiment(experiment, traces);
});
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

describe('runSweep', () => {
  it('writes the same bytes with 1, 2 and 4 workers', async () => {
    const hashes = [];
    for (const workers of [1, 2, 4]) {
      const out = at(`workers-${workers}`);
      expect(await runSweep(plans, { out, traces, workers })).toEqual({
        ran: 8,
        skipped: 0,
        failed: [],
      });
      hashes.push(runHashes(out));
    }
    expect(Object.keys(hashes[0] ?? {})).toHaveLength(8 * filesOfRun);
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
  });

  it('runs only what is missing, each run once though several cells name it', async () => {
    const out = at('resumed');
    await runSweep(plans.slice(0, 3), { out, traces, workers: 1 });
    const twice = [...plans, ...plans.map((plan) => ({ ...plan, cell: 'again' }))];
    const seen: string[] = [];
    const outcome = await runSweep(twice, {
      out,
      traces,
      workers: 2,
      onRun: ({ plan }) => seen.push(plan.run),
    });
    expect(outcome).toEqual({ ran: 5, skipped: 11, failed: [] });
    expect(seen.sort()).toEqual(
      plans
        .slice(3)
        .map(({ run }) => run)
        .sort(),
    );
    expect(runHashes(out)).toEqual(runHashes(at('workers-1')));
  });

  it('keeps the runs table alone where a summary is wanted, and adds the rest later', async () => {
    const out = at('summary');
    const brief = plans.map((plan) => ({ ...plan, tables: ['runs' as const] }));
    await runSweep(brief, { out, traces, workers: 2 });
    const files = readdirSync(join(out, plans[0]?.run as string)).sort();
    expect(files).toEqual(['run.json', 'runs.arrow', 'scenario.json']);
    expect(pendingRuns(out, plans)).toHaveLength(8);
    await runSweep(plans, { out, traces, workers: 2 });
    expect(runHashes(out)).toEqual(runHashes(at('workers-1')));
  });

  it('goes on when one run fails, and says which', async () => {
    const out = at('failing');
    const broken = { ...(plans[2] as PlannedRun), run: 'ffffffffffffffff' };
    // A scenario that no plan would hold: it fails in the worker.
    const scenario = { ...broken.scenario, trace: null, groups: [] };
    const bad = { ...broken, scenario } as unknown as PlannedRun;
    const outcome = await runSweep([plans[0] as PlannedRun, bad, plans[1] as PlannedRun], {
      out,
      traces,
      workers: 2,
    });
    expect(outcome.ran).toBe(2);
    expect(outcome.failed).toMatchObject([{ plan: { run: 'ffffffffffffffff' } }]);
    expect(outcome.failed[0]?.message).toContain('groups');
  });

  it('stops when it is told to, and keeps what is done', async () => {
    const out = at('stopped');
    const stop = new AbortController();
    const onRun = () => stop.abort(new Error('enough'));
    await expect(
      runSweep(plans, { out, traces, workers: 1, signal: stop.signal, onRun }),
    ).rejects.toThrow('enough');
    expect(pendingRuns(out, plans).length).toBeLessThan(8);
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
    await runSweep(plans, { out, traces, workers: 2 });
    expect(runHashes(out)).toEqual(runHashes(at('workers-1')));
  });

  it('does not take a truncated table for a whole one', async () => {
    const out = at('truncated');
    const [plan] = plans as [PlannedRun];
    await runSweep([plan], { out, traces, workers: 1 });
    const file = join(out, plan.run, 'runs.arrow');
    writeFileSync(file, readFileSync(file).subarray(0, 200));
    expect(pendingRuns(out, [plan])).toHaveLength(1);
    const { failed } = await runSweep([plan], { out, traces, workers: 1 });
    expect(failed[0]?.message).toContain('runs.arrow holds other bytes');
  });

  it('does not overwrite a run that holds other bytes', async () => {
    const out = at('tampered');
    const [plan] = plans as [PlannedRun];
    await runSweep([{ ...plan, tables: ['runs', 'gaps'] }], { out, traces, workers: 1 });
    writeFileSync(join(out, plan.run, 'gaps.arrow'), 'other');
    const { failed } = await runSweep([plan], { out, traces, workers: 1 });
    expect(failed[0]?.message).toContain('gaps.arrow holds other bytes');
  });
});

describe('openExperiment', () => {
  it('shows the cells with their labels, and each beside its baseline', async () => {
    const session = await openExperiment(at('workers-1'), experiment, plans);
    try {
      expect(await session.objects('SELECT * EXCLUDE (run) FROM cells LIMIT 2')).toEqual([
        {
          cell: 'scheduler=chunked-prefill,rate=1,seed=1',
          scheduler: 'chunked-prefill',
          rate: 1,
          seed: 1,
        },
        {
          cell: 'scheduler=chunked-prefill,rate=1,seed=2',
          scheduler: 'chunked-prefill',
          rate: 1,
          seed: 2,
        },
      ]);
      const pairs = await session.objects(`
        SELECT a.scheduler AS a, b.scheduler AS b, a.rate = b.rate AND a.seed = b.seed AS paired,
          baseline, equal_gpus
        FROM paired JOIN cells a USING (run) JOIN cells b ON b.run = baseline_run`);
      expect(pairs).toHaveLength(4);
      for (const pair of pairs) {
        expect(pair).toEqual({
          a: 'chunked-prefill',
          b: 'orca',
          paired: true,
          baseline: 'paper',
          equal_gpus: true,
        });
      }
      const [requests] = await session.objects('SELECT count(*) AS n FROM measured');
      expect(requests?.n).toBe(8 * 120);
    } finally {
      session.close();
    }
  });

  it('names what is missing and shows the rest', async () => {
    const out = at('partial');
    await runSweep(plans.slice(0, 1), { out, traces, workers: 1 });
    const session = await openExperiment(out, experiment, plans);
    try {
      expect(session.missing).toEqual(plans.slice(1));
      const [row] = await session.objects('SELECT count(*) AS n FROM runs');
      expect(row?.n).toBe(1);
    } finally {
      session.close();
    }
  });
});
