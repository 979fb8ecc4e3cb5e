import { formatMs } from '../../units/format.ts';
import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { Series } from '../groups.ts';
import type { Slo } from '../key-figures.ts';
import { ofRuns, type Run } from '../runs.ts';
import { logTicks } from '../scales.ts';
import { fetchRows, type QuerySession, textOf } from '../session.ts';
import { msLabel, tones } from '../theme.ts';
import {
  asSpec,
  frame,
  hoverPoints,
  isolation,
  keyRows,
  seriesChannels,
  seriesKey,
  seriesPoint,
  titleAbove,
} from './frame.ts';

const steps = [1, 1.5, 2, 3, 4, 5, 7];

/** The objectives a reader can choose: counts are exact at these, so nothing is interpolated. */
export function sloStops(lowMs: number, highMs: number, chosenMs: number): number[] {
  const stops = new Set([chosenMs]);
  for (let e = Math.floor(Math.log10(lowMs)); e <= Math.log10(highMs); e++) {
    for (const step of steps) {
      const stop = Number((step * 10 ** e).toPrecision(3));
      if (stop >= lowMs && stop <= highMs) stops.add(stop);
    }
  }
  return [...stops].sort((a, b) => a - b);
}

export function ttftStops(slo: Slo): number[] {
  return sloStops(50, 500_000, slo.ttftMs);
}

export function tpotStops(slo: Slo): number[] {
  return sloStops(5, 5000, slo.tpotMs);
}

/**
 * Finished requests by the lowest TTFT and TPOT objective each of them meets; summed up to a pair
 * of objectives they are the requests that attain it. Every TTFT stop has a row for every run.
 */
export function attainmentSql(runs: readonly Run[], slo: Slo): string {
  return `WITH ttft AS (SELECT unnest([${ttftStops(slo).join(', ')}])::DOUBLE AS ttft_slo_ms),
tpot AS (SELECT unnest([${tpotStops(slo).join(', ')}])::DOUBLE AS tpot_slo_ms),
met AS (
  SELECT run,
    (SELECT min(ttft_slo_ms) FROM ttft WHERE ttft_slo_ms >= ttft_ms) AS ttft_slo_ms,
    (SELECT min(tpot_slo_ms) FROM tpot WHERE tpot_slo_ms >= coalesce(tpot_ms, 0)) AS tpot_slo_ms
  FROM requests WHERE status = 'finished' AND ${ofRuns(runs)})
SELECT run, ttft_slo_ms, coalesce(tpot_slo_ms, ${tpotStops(slo)[0]}) AS tpot_slo_ms,
  count(tpot_slo_ms) AS requests
FROM (SELECT DISTINCT run FROM requests WHERE ${ofRuns(runs)}) CROSS JOIN ttft
  LEFT JOIN met USING (run, ttft_slo_ms)
GROUP BY ALL ORDER BY run, ttft_slo_ms, tpot_slo_ms`;
}

/**
 * Share of all requests that meet both objectives, as the TTFT objective moves. The picture sums
 * the counts itself, from the signals `ttftSlo` and `tpotSlo`, which the page's sliders set.
 */
export async function attainmentChart(
  session: QuerySession,
  series: readonly Series[],
  slo: Slo,
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios' | 'extra'>,
): Promise<Chart> {
  const runs = series.flatMap((s) => s.runs);
  const sql = attainmentSql(runs, slo);
  const byRun = new Map(series.flatMap((s) => s.runs.map((run) => [run.run, { s, run }])));
  const rows = (await fetchRows(session, sql)).map((row) => {
    const own = byRun.get(textOf(row, 'run'));
    return { series: own?.s.label ?? '', ...row, of_requests: own?.run.requests ?? 0 };
  });
  return { ...head, sql, rows, draw: (layout) => draw(series, slo, layout) };
}

function draw(series: readonly Series[], slo: Slo, layout: Layout): Picture {
  const margins = {
    top: 34 + 18 * keyRows(series, layout),
    right: 16,
    bottom: 46,
    left: layout.compact ? 44 : 52,
  };
  const width = plotWidth(layout, margins);
  const height = layout.compact ? 200 : 240;
  const stops = ttftStops(slo);
  const domain = [stops[0] as number, stops[stops.length - 1] as number] as [number, number];
  const scale = { type: 'log', domain, nice: false } as const;
  const x = {
    field: 'ttft_slo_ms',
    type: 'quantitative',
    scale,
    axis: {
      title: 'TTFT objective, log scale',
      values: logTicks(...domain, layout.compact ? 5 : 9),
      labelExpr: msLabel,
      grid: true,
    },
  } as const;
  const y = {
    field: 'attainment',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: titleAbove('attainment: share of all requests', margins.left, {
      format: '.0%',
      values: [0, 0.25, 0.5, 0.75, 1],
    }),
  } as const;
  const atSlo = { filter: 'datum.ttft_slo_ms === ttftSlo' };
  const spec = {
    ...frame(margins),
    width,
    height,
    params: [
      { name: 'ttftSlo', value: slo.ttftMs },
      { name: 'tpotSlo', value: slo.tpotMs },
    ],
    transform: [
      { calculate: 'datum.tpot_slo_ms <= tpotSlo ? datum.requests : 0', as: 'meeting' },
      {
        aggregate: [
          { op: 'sum', field: 'meeting', as: 'meeting' },
          { op: 'max', field: 'of_requests', as: 'of_requests' },
        ],
        groupby: ['series', 'ttft_slo_ms'],
      },
      {
        window: [{ op: 'sum', field: 'meeting', as: 'attained' }],
        sort: [{ field: 'ttft_slo_ms' }],
        groupby: ['series'],
      },
      { calculate: 'datum.attained / datum.of_requests', as: 'attainment' },
    ],
    layer: [
      {
        data: { values: [{}] },
        mark: { type: 'rule', stroke: tones.muted.light, strokeDash: [3, 3], aria: false },
        encoding: { x: { datum: { expr: 'ttftSlo' }, type: 'quantitative', scale } },
      },
      {
        ...isolation(layout),
        mark: { type: 'line', aria: false },
        encoding: { x, y, ...seriesChannels(series, layout) },
      },
      ...series.map((s) => ({
        transform: [atSlo, { filter: { field: 'series', equal: s.label } }],
        mark: { ...seriesPoint(s), size: 70 },
        encoding: { x, y },
      })),
      ...hoverPoints(layout, { x, y }, [
        { field: 'series', title: 'run' },
        { field: 'ttft_slo_ms', title: 'TTFT at most, ms', format: ',' },
        { field: 'attainment', title: 'attainment', format: '.1%' },
      ]),
      ...seriesKey(series, layout, -margins.left + 4, -margins.top + 12),
    ],
  };
  return { spec: asSpec(spec), height: height + margins.top + margins.bottom, margins };
}

/** The sliders; they appear when a script runs. */
export function sloControls(id: string, slo: Slo): string {
  const slider = (name: string, label: string, stops: readonly number[], chosen: number) =>
    `<label>${label} <output>${formatMs(chosen)}</output><input type="range" name="${name}" min="0" max="${stops.length - 1}" value="${stops.indexOf(chosen)}" data-stops="${stops.join(' ')}" aria-valuetext="${formatMs(chosen)}"></label>`;
  return `<form class="slo" hidden data-for="${id}">${slider('ttftSlo', 'TTFT at most', ttftStops(slo), slo.ttftMs)}${slider('tpotSlo', 'TPOT at most', tpotStops(slo), slo.tpotMs)}</form>`;
}
