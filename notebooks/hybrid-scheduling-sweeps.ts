import { hues, tones } from '../src/report/theme.ts';
import type { Figure, Row, Rows } from './figure.ts';
import { slotsProvenance } from './hybrid-scheduling-slots.ts';
import {
  hover,
  numberOf,
  percent,
  reference,
  rimmed,
  seriesChannels,
  seriesOf,
  titleAbove,
} from './plot.ts';

const policies = seriesOf([
  ['hybrid', 'blue'],
  ['queue alone', 'green'],
  ['lists alone', 'vermillion'],
]);

/** Where a policy falls to the baseline, by straight lines between the errors of the sweep. */
export function crossover(rows: readonly Row[], policy: string, base: number): number {
  const of = rows.filter((row) => row.policy === policy);
  for (const [i, row] of of.entries()) {
    const next = of[i + 1];
    const [high, low] = [numberOf(row, 'util'), numberOf(next, 'util')];
    if (next === undefined || high < base || low >= base) continue;
    const from = numberOf(row, 'sigma');
    return from + ((numberOf(next, 'sigma') - from) * (high - base)) / (high - low);
  }
  return Number.NaN;
}

/** Utilisation by how well output lengths are known. */
export function predictionError(all: Rows): Figure {
  const base = all.find((row) => row.policy === 'fcfs') ?? {};
  const util = numberOf(base, 'util');
  const rows = all.filter((row) => row.policy !== 'fcfs');
  const sigmas = rows.map((row) => numberOf(row, 'sigma'));
  const end = Math.max(...sigmas);
  const [lists, hybrid] = ['lists alone', 'hybrid'].map((one) => crossover(rows, one, util));
  const x = {
    field: 'sigma',
    type: 'quantitative',
    scale: { domain: [0, end], nice: false },
    axis: {
      title: 'prediction error: standard deviation of ln(predicted / true length)',
      tickCount: 10,
      grid: true,
    },
  };
  const y = {
    field: 'util',
    type: 'quantitative',
    scale: { zero: false, domain: [0.5, 1] },
    axis: titleAbove('share of slots that decode, mean over rounds; from 50 %', {
      format: '.0%',
      values: [0.5, 0.6, 0.7, 0.8, 0.9, 1],
    }),
  };
  return {
    title: `Lists that are never mended fall below first come, first served at an error of ${near(lists)}, the hybrid at ${near(hybrid)}`,
    subtitle:
      'hybrid: lists, mended by stealing; lists alone: nothing is stolen; queue alone: longest predicted first',
    rows,
    series: policies,
    caption: `${seedProvenance(base)}; bands: lowest and highest of 5 seeds of the predictions`,
    sql: all.sql,
    spec: {
      height: 300,
      layer: [
        ...reference(
          [
            { x: 0, y: util },
            { x: end, y: util },
            // Where the label begins: between the curves.
            { x: 0.42 * end, y: util },
          ],
          `first come, first served: ${percent(util)}`,
          { align: 'left', baseline: 'top', dy: 5 },
        ),
        {
          mark: { type: 'area', opacity: 0.15, clip: true },
          encoding: {
            x,
            y: { ...y, field: 'low' },
            y2: { field: 'high' },
            color: seriesChannels(policies, 'policy').color,
          },
        },
        {
          mark: { type: 'line', clip: true, point: { filled: true, size: 40, opacity: 1 } },
          encoding: { x, y, ...seriesChannels(policies, 'policy') },
        },
        hover({ x, y }, [
          { field: 'policy', title: 'policy' },
          { field: 'sigma', title: 'error' },
          { field: 'util', title: 'utilisation, mean', format: '.1%' },
          { field: 'total_s', title: 'total, s', format: '.1f' },
          { field: 'latency_s', title: 'mean latency, s', format: '.1f' },
        ]),
      ],
    },
  };
}

const near = (sigma: number | undefined) =>
  sigma === undefined || Number.isNaN(sigma) ? 'none of those tried' : sigma.toFixed(2);

const rules = seriesOf([
  ['prefill-first', 'black'],
  ['full-cost', 'vermillion'],
  ['fixed-part', 'blue'],
  ['exact', 'green'],
]);

/** Total time of the hybrid by the fixed cost of a prefill stage, under each rule. */
export function prefillCost(all: Rows): Figure {
  const costs = [...new Set(all.map((row) => numberOf(row, 'p0_ms')))];
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const at = (rule: string, cost: number) =>
    numberOf(
      all.find((row) => row.rule === rule && row.p0_ms === cost),
      'total_s',
    );
  const saved = (rule: string, cost: number) => at('prefill-first', cost) - at(rule, cost);
  const x = {
    field: 'p0_ms',
    type: 'quantitative',
    scale: { domain: [least, most], nice: false },
    axis: { title: 'fixed part of a prefill stage, ms', values: costs, grid: true },
  };
  const y = {
    field: 'total_s',
    type: 'quantitative',
    scale: { zero: false },
    axis: titleAbove('total time, s; not from 0', { tickCount: 6 }),
  };
  return {
    title: `Waiting with prefills saves ${seconds(saved('fixed-part', least))} where a stage costs nothing by itself, and ${seconds(saved('exact', most))} at ${most} ms; pricing the whole stall ${saved('full-cost', least) < 0 ? `loses ${seconds(-saved('full-cost', least))}` : `saves ${seconds(saved('full-cost', least))}`} at ${least} ms`,
    subtitle:
      'hybrid with a prediction error of 0.35 under four rules; on every profile the baseline takes 201.0 s',
    rows: all,
    series: rules,
    caption: `${seedProvenance(all[0] ?? {})}; means of 5 seeds of the predictions`,
    sql: all.sql,
    spec: {
      height: 260,
      layer: [
        {
          mark: { type: 'line', clip: true, point: { filled: true, size: 40, opacity: 1 } },
          encoding: { x, y, ...seriesChannels(rules, 'rule') },
        },
        hover({ x, y }, [
          { field: 'rule', title: 'rule' },
          { field: 'p0_ms', title: 'fixed part, ms' },
          { field: 'total_s', title: 'total, s', format: '.1f' },
          { field: 'util', title: 'utilisation', format: '.1%' },
        ]),
      ],
    },
  };
}

const seconds = (s: number) => `${Math.abs(s) < 0.05 ? 0 : s.toFixed(1)}\u00a0s`;

/** Mean latency of a request against the total time: what the shorter backlog is paid with. */
export function latencyPaid(all: Rows): Figure {
  const of = (policy: string) => all.find((row) => row.policy === policy) ?? {};
  const [base, hybrid] = [of('fcfs'), of('hybrid')];
  const more = numberOf(hybrid, 'latency_s') / numberOf(base, 'latency_s') - 1;
  const less = 1 - numberOf(hybrid, 'total_s') / numberOf(base, 'total_s');
  const x = {
    field: 'latency_s',
    type: 'quantitative',
    scale: { zero: false, nice: true, padding: 50 },
    axis: { title: 'mean time from start to answer, s; not from 0', tickCount: 8, grid: true },
  };
  const y = {
    field: 'total_s',
    type: 'quantitative',
    scale: { zero: false, nice: true, padding: 10 },
    axis: titleAbove('total time, s; not from 0', { tickCount: 6 }),
  };
  return {
    title: `The hybrid ends ${percent(less)} sooner, and its requests wait ${percent(more)} longer`,
    subtitle: 'every policy that shortens the backlog by starting long requests first pays for it',
    rows: all,
    caption: `${seedProvenance(base)}; policies that predict: error 0.35, means of 5 seeds`,
    sql: all.sql,
    spec: {
      height: 280,
      layer: [
        {
          mark: { type: 'point', filled: true, size: 80, opacity: 1 },
          encoding: {
            x,
            y,
            color: {
              condition: { test: "datum.policy === 'hybrid'", value: hues.blue.mark.light },
              value: hues.black.mark.light,
            },
            tooltip: [
              { field: 'policy', title: 'policy' },
              { field: 'latency_s', title: 'mean latency, s', format: '.1f' },
              { field: 'total_s', title: 'total, s', format: '.1f' },
            ],
          },
        },
        ...rimmed(
          { align: 'left', dx: 9, fill: tones.ink.light },
          { x, y, text: { field: 'policy', type: 'nominal' } },
        ),
      ],
    },
  };
}

/** As of a run, with what is drawn over seeds said elsewhere. */
function seedProvenance(row: Row): string {
  return slotsProvenance(row).replace('; one run each, no interval', '');
}
