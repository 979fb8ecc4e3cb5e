import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSession } from '../../tables/duckdb.ts';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { newTrace, type TraceParts } from '../../trace/new-trace.ts';
import { type CapacitySpec, defineExperiment, type Experiment } from '../define.ts';
import { planExperiment, TraceShelf } from '../plan.ts';
import { createCapacityTables } from './capacity-tables.ts';
import { findCapacities } from './find-capacities.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-capacity-'));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, 'runs');

function write(name: string, parts: Omit<TraceParts, 'outputTokens'>): string {
  const path = join(folder, `${name}.arrow`);
  const outputTokens = Array.from({ length: parts.arrivalMs.length }, () => 1);
  writeFileSync(path, encodeRequestTrace(newTrace({ name, ...parts, outputTokens })));
  return path;
}

/** Prompts of 1000 tokens every 200 ms. */
const every200 = write('every-200', {
  arrivalMs: Array.from({ length: 400 }, (_, i) => 200 * i),
  inputTokens: Array.from({ length: 400 }, () => 1000),
});

/** One server that takes 0.1 ms a prompt token, one prompt at a time: 10 prompts/s of 1000. */
const server = {
  clock: { kind: 'affine', prefillTokenMs: 0.1 },
  groups: [{ model: 'llama-3.1-8b', scheduler: { kind: 'chunked-prefill', budget: 1000 } }],
};

const spec: CapacitySpec = {
  name: 'load',
  rates: [1, 1.5, 2, 2.5, 3],
  slo: { ttftMs: 150 },
  attainment: 0.9,
};

function experiment(capacity: Partial<CapacitySpec>, parts: Partial<Experiment> = {}): Experiment {
  return defineExperiment({
    name: 'capacity',
    paper: 'test',
    question: 'how much load does one server carry?',
    scenarios: { list: { base: { trace: every200, ...server }, cells: { one: {} } } },
    capacities: [{ ...spec, ...capacity }],
    ...parts,
  });
}

async function find(given: Experiment, options: { noRun?: boolean } = {}) {
  const traces = new TraceShelf();
  const plans = await planExperiment(given, traces);
  return findCapacities(given, plans, { out, traces, workers: 1, ...options });
}

describe('findCapacities', () => {
  it('finds the saturation rate of a single server', async () => {
    const [capacity] = await find(experiment({ bisections: 5 }));
    expect(capacity).toMatchObject({
      name: 'load',
      labels: { system: 'one' },
      cell: 'system=one',
      slo: 'TTFT <= 150 ms',
      gpus: 1,
      seeds: 1,
      factors: { grid: 2, atLeast: false, monotone: true, reason: null },
    });
    // 400 prompts over 399 gaps of 200 ms; saturation at 10 prompts a second.
    expect(capacity?.basePerS).toBeCloseTo(400 / (399 * 0.2), 9);
    expect(capacity?.factors?.interpolated).toBeGreaterThanOrEqual(2);
    expect(capacity?.factors?.interpolated).toBeLessThan(2 + 0.5 / 2 ** 5);
    const tried = capacity?.points.map(({ factor, by, passes }) => [factor, by, passes]);
    expect(tried).toEqual([
      [1, 'grid', true],
      [1.5, 'grid', true],
      [2, 'grid', true],
      [2.015625, 'bisection', false],
      [2.03125, 'bisection', false],
      [2.0625, 'bisection', false],
      [2.125, 'bisection', false],
      [2.25, 'bisection', false],
      [2.5, 'grid', false],
      [3, 'grid', false],
    ]);
    // Request k waits k (100 - 200 / 2.5) ms: three of them no more than 50.
    const overloaded = capacity?.points.at(-2);
    expect(overloaded).toMatchObject({ attainment: 3 / 400, arrivals: 400 });
  });

  it('runs nothing twice', async () => {
    await find(experiment({}));
    const runs = readdirSync(out).length;
    const [capacity] = await find(experiment({ attainment: 0.5 }), { noRun: true });
    expect(capacity?.missing).toEqual([]);
    expect(capacity?.factors?.grid).toBe(2);
    expect(readdirSync(out)).toHaveLength(runs);
  });

  it('reports what is missing where nothing is to be run', async () => {
    const [capacity] = await find(experiment({ rates: [2, 7] }), { noRun: true });
    expect(capacity?.missing.map(({ cell }) => cell)).toEqual(['system=one,factor=7']);
    expect(capacity?.points.map(({ factor }) => factor)).toEqual([2]);
    expect(capacity?.factors).toBeNull();
  });

  it('is 0 where no rate passes and at least the highest where all do', async () => {
    const [none] = await find(experiment({ slo: { ttftMs: 50 }, bisections: 3 }));
    expect(none?.factors).toMatchObject({ grid: 0, interpolated: 0 });
    expect(none?.points).toHaveLength(5);
    const [all] = await find(experiment({ slo: { e2eMs: 1e6 }, bisections: 3 }));
    expect(all?.factors).toMatchObject({ grid: 3, atLeast: true });
    expect(all?.points).toHaveLength(5);
  });

  it('keeps every point of a scan that fails and passes again', async () => {
    // Long prompts for 10 s, then short ones: at twice the rate the window has left the long ones.
    const count = 200;
    const mixed = write('mixed', {
      arrivalMs: Array.from({ length: count }, (_, i) => 1000 * i),
      inputTokens: Array.from({ length: count }, (_, i) => (i >= 10 && i < 20 ? 3000 : 1000)),
    });
    const given = experiment(
      { rates: [1, 2, 4, 16], attainment: 0.5 },
      {
        scenarios: { list: { base: { trace: mixed, ...server }, cells: { one: {} } } },
        measure: { fromMs: 10_000, toMs: 20_000 },
      },
    );
    const [capacity] = await find(given);
    expect(capacity?.points.map(({ passes }) => passes)).toEqual([false, true, true, false]);
    expect(capacity?.points.map(({ arrivals }) => arrivals)).toEqual([10, 20, 40, 40]);
    expect(capacity?.factors).toMatchObject({ grid: 4, monotone: false });
  });

  it('takes cells that differ in their seeds for one', async () => {
    const base = { trace: every200, ...server, arrivals: { rate: { by: 'resample' } } } as const;
    const given = experiment(
      { rates: [1], attainment: 0.5 },
      { scenarios: { list: { base, cells: { one: {} } }, seeds: [1, 2, 3] } },
    );
    const [capacity, ...others] = await find(given);
    expect(others).toEqual([]);
    expect(capacity).toMatchObject({ seeds: 3, seedsAlike: false, labels: { system: 'one' } });
    expect(capacity?.points[0]?.interval.source).toBe('workload and policy seed');
    expect(new Set(capacity?.points[0]?.runs).size).toBe(3);
  });

  it('takes seeds that change nothing for one run, and says so', async () => {
    const given = (seeds: readonly number[]) =>
      experiment(
        { rates: [1, 2.5] },
        {
          scenarios: {
            list: { base: { trace: every200, ...server }, cells: { one: {} } },
            seeds,
          },
        },
      );
    const [one] = await find(given([1]));
    const [three] = await find(given([1, 2, 3]));
    expect(one).toMatchObject({ seeds: 1, seedsAlike: false });
    expect(three).toMatchObject({ seeds: 3, seedsAlike: true, factors: one?.factors });
    for (const [i, point] of (three?.points ?? []).entries()) {
      expect(point.interval).toEqual(one?.points[i]?.interval);
      expect(point.interval.source).toBe('workload');
    }
  });

  it('refuses what has no capacity', async () => {
    const refused = (parts: object, message: RegExp) =>
      expect(
        find(
          experiment(
            {},
            {
              scenarios: {
                list: { base: { trace: every200, ...server, ...parts }, cells: { one: {} } },
              },
            },
          ),
        ),
      ).rejects.toThrow(message);
    await refused({ arrivals: { mode: 'closed' } }, /no capacity of closed arrivals/);
    const once = write('once', { arrivalMs: [0, 0], inputTokens: [10, 10] });
    await refused({ trace: once }, /all requests arrive at once \(capacity load, trace once\)/);
    await expect(find(experiment({ rates: [2, 1] }))).rejects.toThrow(
      /rates 2,1 \(capacity load\): rate factors above 0, rising/,
    );
    await expect(find(experiment({ attainment: 90 }))).rejects.toThrow(/attainment 90/);
    await expect(find(experiment({ cells: { system: 'two' } }))).rejects.toThrow(/name no cell/);
  });
});

describe('createCapacityTables', () => {
  it('gives SQL the capacities and every point, with a column per label', async () => {
    const [seen, missing] = [
      await find(experiment({}), { noRun: true }),
      await find(experiment({ name: 'more', rates: [1, 9] }), { noRun: true }),
    ];
    const session = await openSession();
    try {
      await createCapacityTables(session, [...seen, ...missing]);
      const rows = await session.objects(
        `SELECT capacity, system, grid_factor, capacity_grid_per_gpu = capacity_grid / gpus AS each,
           at_least, missing_runs FROM capacities`,
      );
      expect(rows).toEqual([
        {
          capacity: 'load',
          system: 'one',
          grid_factor: 2,
          each: true,
          at_least: false,
          missing_runs: 0,
        },
        {
          capacity: 'more',
          system: 'one',
          grid_factor: null,
          each: null,
          at_least: null,
          missing_runs: 1,
        },
      ]);
      const [points] = await session.objects(
        `SELECT list(rate_factor ORDER BY rate_factor) AS factors, bool_and(passes = (lower_limit >= 0.9)) AS right
         FROM capacity_scan WHERE capacity = 'load'`,
      );
      expect(points).toEqual({ factors: [1, 1.5, 2, 2.5, 3], right: true });
    } finally {
      session.close();
    }
  });

  it('makes empty tables without capacities', async () => {
    const session = await openSession();
    try {
      await createCapacityTables(session, []);
      expect(await session.objects('FROM capacities')).toEqual([]);
      expect(await session.objects('FROM capacity_scan')).toEqual([]);
    } finally {
      session.close();
    }
  });
});
