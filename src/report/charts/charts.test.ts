import { compile, type TopLevelSpec } from 'vega-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chart, narrow, wide } from '../chart.ts';
import { type OpenStudy, openSmallStudy } from '../fixtures/small-study.ts';
import type { Group } from '../groups.ts';
import { clockSection } from '../sections/clock-section.ts';
import { drawnRuns, furtherCharts, leadChart } from '../sections/trace-charts.ts';
import { numberOf } from '../session.ts';
import { renderSvg } from '../svg.ts';

let study: OpenStudy;
const charts = new Map<string, Chart>();

beforeAll(async () => {
  study = await openSmallStudy();
  for (const group of study.groups) {
    const lead = await leadChart(study, group);
    for (const chart of [lead, ...(await furtherCharts(study, group, lead))])
      charts.set(chart.id, chart);
  }
  for (const block of clockSection().blocks)
    if ('chart' in block) charts.set(block.chart.id, block.chart);
});
afterAll(() => study.close());

const chart = (id: string) => charts.get(id) as Chart;
const groupOf = (trace: string) => study.groups.find((group) => group.trace === trace) as Group;

/** What Vega-Lite warns of as it compiles a specification. */
function remarksOn(spec: object): string[] {
  const remarks: string[] = [];
  const heard = (...messages: readonly unknown[]) => {
    remarks.push(messages.join(' '));
    return logger;
  };
  const logger = {
    level: () => logger,
    error: heard,
    warn: heard,
    info: () => logger,
    debug: () => logger,
  };
  compile(spec as TopLevelSpec, { logger: logger as never });
  return remarks;
}

/** One of each kind, with a text that only a chart drawn in full holds. */
const kinds: readonly (readonly [string, string])[] = [
  ['kimi-like-ttft', 'SLO 2000 ms'],
  ['kimi-like-tpot', 'time per output token (TPOT), log scale'],
  ['kimi-like-attainment', 'TTFT objective, log scale'],
  ['kimi-like-load', 'KV cache in use'],
  ['kimi-like-stages', 'p99 by end-to-end latency'],
  ['kimi-like-gaps', 'gap between two tokens of a request, log scale'],
  ['multimodal-load-lines', 'offered load (requests/s)'],
  ['gsm8k-makespan', 'makespan: until the last request is done'],
  ['gsm8k-e2e', 'end-to-end latency, log scale'],
  ['clock-steps', 'mean error of the step time'],
];

describe('every chart kind', () => {
  it.each(kinds)('%s is drawn, with its texts, in both sizes', async (id, text) => {
    for (const layout of [wide, narrow]) {
      const svg = await renderSvg(chart(id), layout, id);
      expect(svg).toContain(`>${text}<`);
      expect(svg).toContain(`viewBox="0 0 ${layout.width} `);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it.each(kinds)('%s is the same twice', async (id) => {
    expect(await renderSvg(chart(id), wide, id)).toBe(await renderSvg(chart(id), wide, id));
  });

  it('is a specification that Vega-Lite has nothing to say against, with and without a script', () => {
    for (const { id, rows, draw } of charts.values()) {
      for (const layout of [wide, narrow]) {
        for (const interactive of [false, true]) {
          const { spec } = draw({ ...layout, interactive });
          expect([id, remarksOn({ ...spec, datasets: { rows: [...rows] } })]).toEqual([id, []]);
        }
      }
    }
  });

  it('would be told of a misspelt channel', () => {
    const spec = {
      data: { values: [{ a: 1 }] },
      mark: 'point',
      encoding: { x: { field: 'a', type: 'quantitative' }, colour: { value: 'red' } },
    };
    expect(remarksOn(spec)).toHaveLength(1);
  });

  it('states its finding to readers who cannot see it', async () => {
    const svg = await renderSvg(chart('gsm8k-makespan'), wide, 'x');
    expect(svg).toMatch(/role="img" aria-label="[^"]*cuts makespan from [\d.]+ m?s to [\d.]+ m?s/);
  });

  it('holds a few thousand rows at most', () => {
    for (const { id, rows } of charts.values())
      expect([id, rows.length < 4000]).toEqual([id, true]);
  });

  it('draws series of a panel in colours and dashes of their own', async () => {
    const svg = await renderSvg(chart('kimi-like-ttft'), wide, 'x');
    for (const colour of ['#0072B2', '#D55E00']) expect(svg).toContain(`stroke="${colour}"`);
    expect(svg).toContain('stroke-dasharray="6,3"');
  });
});

/** Requests as plain objects, for sums of the tests' own. */
async function requestsOf(run: string) {
  return study.session.objects(`FROM requests WHERE run = '${run}'`) as Promise<
    Record<string, number | string | null>[]
  >;
}

describe('what charts show', () => {
  it('attainment sums to the requests that meet both objectives', async () => {
    for (const run of groupOf('multimodal').runs) {
      const cells = chart('multimodal-attainment').rows.filter((row) => row.run === run.run);
      if (cells.length === 0) continue;
      for (const [ttft, tpot] of [
        [2000, 200],
        [500, 30],
        [100, 20],
      ] as const) {
        const met = (await requestsOf(run.run)).filter(
          (r) =>
            r.status === 'finished' && Number(r.ttft_ms) <= ttft && Number(r.tpot_ms ?? 0) <= tpot,
        );
        const summed = cells
          .filter(
            (row) =>
              (numberOf(row, 'ttft_slo_ms') as number) <= ttft &&
              (numberOf(row, 'tpot_slo_ms') as number) <= tpot,
          )
          .reduce((total, row) => total + (numberOf(row, 'requests') as number), 0);
        expect(summed).toBe(met.length);
      }
    }
  });

  it('a distribution ends at the share that finished', () => {
    const rows = chart('kimi-like-ttft').rows;
    for (const run of groupOf('kimi-like').runs) {
      const shares = rows
        .filter((row) => row.run === run.run)
        .map((row) => numberOf(row, 'share') as number);
      expect(shares[0]).toBe(0);
      expect(shares[shares.length - 1]).toBeCloseTo(run.finished / run.requests, 12);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
    }
  });

  it('a distribution carries the exact share within the objective', async () => {
    const run = groupOf('kimi-like').runs[0]!;
    const requests = await requestsOf(run.run);
    const met = requests.filter((r) => r.status === 'finished' && Number(r.ttft_ms) <= 2000).length;
    const row = chart('kimi-like-ttft').rows.find((one) => one.run === run.run);
    expect(row?.attained_share).toBeCloseTo(met / requests.length, 12);
  });

  it('strips keep the area under the load: slices add up to the steps', async () => {
    const [run] = drawnRuns(study, groupOf('kimi-like'));
    const rows = chart('kimi-like-load').rows.filter((row) => row.run === run!.run);
    const sliceMs = 1000 * (numberOf(rows[1], 'time_s')! - numberOf(rows[0], 'time_s')!);
    const area = rows.reduce((total, row) => total + numberOf(row, 'waiting')! * sliceMs, 0);
    const [steps] = await study.session.objects(
      `SELECT sum(waiting * (end_ms - start_ms)) AS area FROM steps WHERE run = '${run!.run}'`,
    );
    expect(area / Number(steps?.area)).toBeCloseTo(1, 2);
    const arrived = rows.reduce(
      (total, row) => total + (numberOf(row, 'arrivals_per_s')! * sliceMs) / 1000,
      0,
    );
    expect(arrived / run!.requests).toBeCloseTo(1, 2);
  });

  it('stages of a request add up to its end-to-end latency', () => {
    const rows = chart('kimi-like-stages').rows;
    expect(rows.length).toBe(16);
    for (const row of rows) {
      const sum = ['queue_ms', 'prefill_ms', 'handoff_ms', 'decode_ms'].reduce(
        (s, c) => s + numberOf(row, c)!,
        0,
      );
      expect(row.handoff_ms).toBe(0);
      expect(sum).toBeCloseTo(numberOf(row, 'e2e_ms')!, 6);
    }
  });

  it('gap shares add up to one per run', () => {
    const sums = new Map<unknown, number>();
    for (const row of chart('gsm8k-gaps').rows)
      sums.set(row.run, (sums.get(row.run) ?? 0) + numberOf(row, 'share')!);
    expect(sums.size).toBe(3);
    for (const sum of sums.values()) expect(sum).toBeCloseTo(1, 9);
  });

  it('load lines rise with the rate factor', () => {
    const rows = chart('multimodal-load-lines').rows;
    expect(rows.map((row) => row.rate_factor)).toEqual([0.5, 0.75, 1, 1.25, 1.5]);
    const offered = rows.map((row) => numberOf(row, 'offered_per_s')!);
    expect(offered).toEqual([...offered].sort((a, b) => a - b));
  });

  it('marks what was generated and what foresees', () => {
    expect(chart('kimi-like-ttft').provenance.join(' ')).toContain('kimi-like (generated)');
    const backlog = chart('gsm8k-makespan').provenance.join(' ');
    expect(backlog).toContain('gsm8k (recorded; output_tokens generated)');
    expect(backlog).toContain('oracle: shortest-output knows the true length');
    expect(backlog).toContain('single run each, no interval');
  });
});
