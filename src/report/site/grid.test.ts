import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../experiment/define.ts';
import { planExperiment, TraceShelf } from '../../experiment/plan.ts';
import { runScenario } from '../../experiment/run-scenario.ts';
import { writeSmallTrace } from '../fixtures/small-experiment.ts';
import { type GridPart, gainTable, gridTable } from './grid.ts';
import { axesOf, type OpenedExperiment, opened, systemOf } from './opened.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-grid-'));
const runs = join(folder, 'runs');
const trace = join(folder, 'small.arrow');
let one: OpenedExperiment;

/** Instances of one and of two GPUs at two rates, two seeds each. */
const experiment: Experiment = {
  name: 'grid',
  paper: 'example',
  question: 'Do more GPUs help?',
  scenarios: {
    grid: {
      base: { trace, groups: [{ count: 1, model: 'llama-3.1-8b' }] },
      axes: {
        system: {
          plain: {},
          wide: { groups: [{ count: 1, model: 'llama-3.1-8b', tp: 2 }] },
          chunked: {
            groups: [
              {
                count: 1,
                model: 'llama-3.1-8b',
                scheduler: { kind: 'chunked-prefill', budget: 512 },
              },
            ],
          },
        },
        rate: { set: 'arrivals.rate.factor', to: [1, 8] },
      },
    },
    seeds: [1, 2],
  },
  baselines: { paper: { system: 'plain' } },
  slo: { ttftMs: 100, tpotMs: 40 },
};

beforeAll(async () => {
  writeSmallTrace(trace);
  const shelf = new TraceShelf();
  const plans = await planExperiment(experiment, shelf);
  for (const { scenario } of plans)
    await runScenario(scenario, { out: runs }, await shelf.get(trace));
  one = await opened(runs, { experiment, plans }, shelf);
});
afterAll(() => {
  one?.session.close();
  rmSync(folder, { recursive: true });
});

const bold = ({ html }: GridPart, cell: string) => {
  const row = new RegExp(`<tr><th scope="row">${cell}</th>.*?</tr>`).exec(html)?.[0] ?? '';
  return (row.match(/<b>/g) ?? []).length;
};

describe('the table of cells', () => {
  it('has one row per system and rate, the seeds together', async () => {
    const { rows } = await gridTable(one);
    expect(rows.map((row) => [row.system, row.rate, row.runs])).toEqual([
      ['plain', 1, 2],
      ['plain', 8, 2],
      ['wide', 1, 2],
      ['wide', 8, 2],
      ['chunked', 1, 2],
      ['chunked', 8, 2],
    ]);
  });

  it('holds the means of what the runs say', async () => {
    const { rows } = await gridTable(one);
    const [plain] = await one.session.objects(
      `SELECT avg(ttft_p99_ms) AS ttft, avg(gpus) AS gpus FROM cells JOIN runs USING (run)
       WHERE system = 'plain' AND rate = 8`,
    );
    expect(rows[1]?.ttft_p99_ms).toBeCloseTo(plain?.ttft as number, 9);
    expect([rows[1]?.gpus, rows[3]?.gpus]).toEqual([1, 2]);
  });

  it('asks attainment by the limits of the experiment', async () => {
    const { rows } = await gridTable(one);
    const asked = await one.session.objects(
      `SELECT avg(attainment) AS share FROM attainment(ttft_slo_ms := 100, tpot_slo_ms := 40)
       JOIN cells USING (run) GROUP BY system, rate ORDER BY min(cells.rowid)`,
    );
    expect(rows.map((row) => row.attainment)).toEqual(asked.map((row) => row.share));
  });

  it('marks the best of those that compete, at each rate', async () => {
    const part = await gridTable(one);
    // Two GPUs are faster at either rate; who loses everywhere has no bold cell.
    expect(bold(part, 'wide, rate 1')).toBeGreaterThan(2);
    expect(bold(part, 'wide, rate 8')).toBeGreaterThan(2);
    expect(part.html).toContain('best of cells that differ in system alone in bold');
  });

  it('is what its SQL gives', async () => {
    const { sql, rows } = await gridTable(one);
    const again = await one.session.objects(sql);
    expect(again.map((row) => row.ttft_p50_ms)).toEqual(rows.map((row) => row.ttft_p50_ms));
  });
});

describe('the table of gains', () => {
  it('says how many times shorter a latency is than the baseline’s at the same rate', async () => {
    const gains = await gainTable(one);
    const cells = (await gridTable(one)).rows;
    const wide = gains?.rows.find((row) => row.system === 'wide' && row.rate === 8);
    // One value for both seeds: nothing here draws random numbers.
    expect(wide?.e2e_mean_gain).toBeCloseTo(
      Number(cells[1]?.e2e_mean_ms) / Number(cells[3]?.e2e_mean_ms),
      9,
    );
    expect(gains?.rows.some((row) => row.system === 'plain')).toBe(false);
  });

  it('warns where GPUs are not equal', async () => {
    const gains = await gainTable(one);
    const flags = Object.fromEntries(gains?.rows.map((row) => [row.system, row.equal_gpus]) ?? []);
    expect(flags).toEqual({ wide: false, chunked: true });
    expect(gains?.html).toContain('<b>not equal</b>');
    expect(gains?.html).toContain('the gain is not one of the policy alone');
  });

  it('is none without a baseline', async () => {
    const { baselines: _, ...plain } = experiment;
    const alone = await opened(runs, { experiment: plain, plans: one.plans }, new TraceShelf());
    expect(await gainTable(alone)).toBeNull();
    alone.session.close();
  });
});

describe('the name of a cell', () => {
  it('leaves out the seed, and says the axis where the value says little', () => {
    expect(axesOf(one)).toEqual(['system', 'rate']);
    const labels = { scheduler: 'orca', cache: 'off', rate: 2, seed: 1 };
    expect(systemOf(labels, ['scheduler', 'cache', 'rate'])).toBe('orca, cache off, rate 2');
    expect(systemOf({}, [])).toBe('the only system');
  });
});
