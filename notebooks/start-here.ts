import { familyHues, type HueName, hues, msLabel, tones } from '../src/report/theme.ts';
import { formatMs, formatRatio } from '../src/units/format.ts';
import type { Figure, Row, Rows } from './figure.ts';
import {
  hover,
  logScale,
  numberOf,
  percent,
  rimmed,
  type Series,
  seriesChannels,
  seriesOf,
  shareAxis,
} from './plot.ts';
import { runProvenance } from './provenance.ts';
import { scenarios } from './start-here.scenarios.ts';

/** The scenario of a trace under a scheduler, as a file of `reprise replay` would hold it. */
export function scenarioJson(trace: string, scheduler = 'chunked-prefill'): string {
  const found = scenarios.find(
    (one) => one.trace === trace && one.groups[0]?.scheduler.kind === scheduler,
  );
  return JSON.stringify(found, null, 2);
}

/** The SLO that the query counted nearest to a value, in ms. */
export function nearestSlo(curves: Rows, ms: number): number {
  const distance = (slo: number) => Math.abs(Math.log(slo / ms));
  return curves
    .map((row) => numberOf(row, 'ttft_slo_ms'))
    .reduce((best, slo) => (distance(slo) < distance(best) ? slo : best));
}

/** Share of all requests whose first token came within each SLO, by scheduler. */
export function attainmentCurves(curves: Rows, trace: string, sloMs: number): Figure {
  const rows = curves.filter((row) => row.trace === trace);
  const attained = rows.filter((row) => row.ttft_slo_ms === sloMs).sort(byAttainment);
  const shares = attained.map((row) => `${row.scheduler} ${percent(numberOf(row, 'attainment'))}`);
  const x = {
    field: 'ttft_slo_ms',
    ...logScale(domainOf(rows), {
      title: 'time to first token (TTFT), log scale',
      labelExpr: msLabel,
    }),
  };
  const y = {
    field: 'attainment',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: shareAxis('share of all requests with a first token in that time'),
  };
  const series = schedulerSeries(rows);
  const atSlo = { x: { datum: sloMs, type: 'quantitative' } };
  return {
    title: `First token within ${formatMs(sloMs)}: ${shares.join(', ')}`,
    subtitle: 'TTFT of all requests by scheduler; the rule is the SLO, the marks what attains it',
    rows,
    series,
    caption: runProvenance(rows[0] ?? {}),
    sql: curves.sql,
    spec: {
      height: 300,
      layer: [
        {
          mark: { type: 'rule', stroke: tones.muted.light, strokeDash: [3, 3] },
          encoding: atSlo,
        },
        {
          mark: { type: 'line', clip: true },
          encoding: { x, y, ...seriesChannels(series, 'scheduler') },
        },
        ...attainedMarks(series, sloMs),
        hover({ x, y }, [
          { field: 'scheduler', title: 'scheduler' },
          { field: 'ttft_slo_ms', title: 'TTFT SLO, ms', format: ',.0f' },
          { field: 'attainment', title: 'attained', format: '.1%' },
          { field: 'arrivals', title: 'requests', format: ',' },
        ]),
      ],
    },
  };
}

const byAttainment = (a: Row, b: Row) => numberOf(b, 'attainment') - numberOf(a, 'attainment');

/** From the last SLO that nobody attains to the first that all do. */
function domainOf(rows: readonly Row[]): [number, number] {
  const some = rows.filter((row) => numberOf(row, 'attainment') > 0.002);
  const open = rows.filter((row) => numberOf(row, 'attainment') < 0.999);
  const all = rows.map((row) => numberOf(row, 'ttft_slo_ms'));
  const least = Math.min(...some.map((row) => numberOf(row, 'ttft_slo_ms')), Math.max(...all));
  const most = Math.max(...open.map((row) => numberOf(row, 'ttft_slo_ms')), Math.min(...all));
  return [least, most];
}

function schedulerSeries(rows: readonly Row[]): Series[] {
  const names = [...new Set(rows.map((row) => String(row.scheduler)))].sort();
  return seriesOf(names.map((name) => [name, hueOf(name)]));
}

const hueOf = (scheduler: string): HueName => familyHues[scheduler] ?? 'black';

function attainedMarks(series: readonly Series[], sloMs: number) {
  const at = { x: { field: 'ttft_slo_ms', type: 'quantitative' } };
  return series.map(({ name, hue, shape }) => ({
    transform: [
      {
        filter: {
          and: [
            { field: 'scheduler', equal: name },
            { field: 'ttft_slo_ms', equal: sloMs },
          ],
        },
      },
    ],
    mark: { type: 'point', filled: true, shape, size: 70, opacity: 1, fill: hues[hue].mark.light },
    encoding: { ...at, y: { field: 'attainment', type: 'quantitative' } },
  }));
}

/** The latencies that a comparison is drawn of. */
const compared = [
  ['ttft_p50_ms', 'TTFT p50'],
  ['ttft_p99_ms', 'TTFT p99'],
  ['tpot_p50_ms', 'TPOT p50'],
  ['tpot_p99_ms', 'TPOT p99'],
] as const;

/** Latencies of the other schedulers over those of the baseline, on the same requests. */
export function comparison(latencies: Rows, trace: string, baseline = 'orca'): Figure {
  const runs = latencies.filter((row) => row.trace === trace);
  const base = runs.find((row) => row.scheduler === baseline);
  const others = runs.filter((row) => row !== base);
  const rows = others.flatMap((run) =>
    compared.map(([column, metric]) => ({
      scheduler: String(run.scheduler),
      metric,
      ratio: numberOf(run, column) / numberOf(base, column),
      ms: numberOf(run, column),
      baseline_ms: numberOf(base, column),
    })),
  );
  const y = {
    field: 'metric',
    type: 'nominal',
    scale: { domain: compared.map(([, name]) => name), paddingInner: 0.25 },
    axis: { title: null, domain: false, ticks: false, grid: false, labelFontSize: 12 },
  };
  const x = {
    field: 'ratio',
    ...logScale(ratioDomain(rows.map((row) => row.ratio)), {
      title: `latency over that of ${baseline}, log scale`,
      labelExpr: "format(datum.value, '~r') + 'x'",
    }),
  };
  const series = schedulerSeries(rows);
  const domain = series.map((one) => one.name);
  const yOffset = { field: 'scheduler', type: 'nominal', scale: { domain } };
  return {
    title: comparisonTitle(rows, baseline),
    subtitle: `quantiles of each run over those of ${baseline}; left of 1x is faster`,
    rows,
    series,
    caption: runProvenance(base ?? {}),
    sql: latencies.sql,
    spec: {
      height: 200,
      layer: [
        {
          mark: { type: 'rule', stroke: tones.axis.light, strokeDash: [5, 4], strokeWidth: 1.5 },
          encoding: { x: { datum: 1, type: 'quantitative' } },
        },
        {
          mark: { type: 'point', filled: true, size: 90, opacity: 1 },
          encoding: {
            x,
            y,
            yOffset,
            color: seriesChannels(series, 'scheduler').color,
            shape: {
              field: 'scheduler',
              type: 'nominal',
              scale: { domain, range: series.map((one) => one.shape) },
              legend: null,
            },
            tooltip: [
              { field: 'scheduler', title: 'scheduler' },
              { field: 'metric', title: 'latency' },
              { field: 'ms', title: 'ms', format: ',.1f' },
              { field: 'baseline_ms', title: `${baseline}, ms`, format: ',.1f' },
              { field: 'ratio', title: 'ratio', format: '.2f' },
            ],
          },
        },
        ...rimmed(
          { align: 'left', dx: 9, fill: tones.ink.light },
          {
            x,
            y,
            yOffset,
            text: { field: 'ratio', type: 'quantitative', format: '.2f' },
          },
        ),
      ],
    },
  };
}

function ratioDomain(ratios: readonly number[]): [number, number] {
  return [Math.min(0.9, ...ratios) / 1.15, Math.max(1.1, ...ratios) * 1.25];
}

interface Compared {
  readonly scheduler: string;
  readonly metric: string;
  readonly ratio: number;
}

/** Both ends: the most that is gained, and the most that is paid. */
function comparisonTitle(rows: readonly Compared[], baseline: string): string {
  const least = rows.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  const most = rows.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const gain = `${least.scheduler}: ${least.metric} ${formatRatio(least.ratio)}`;
  const other = most.scheduler === least.scheduler ? '' : `${most.scheduler}: `;
  return `Against ${baseline}, ${gain}, ${other}${most.metric} ${formatRatio(most.ratio)}`;
}
