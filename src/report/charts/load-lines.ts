import { formatMs } from '../../units/format.ts';
import { type Chart, type Layout, type Picture, plotWidth, spreadApart } from '../chart.ts';
import type { Series } from '../groups.ts';
import { keyFiguresSql, type Slo } from '../key-figures.ts';
import { ofRuns } from '../runs.ts';
import { logDomain, logPosition, logTicks, zeroDomain } from '../scales.ts';
import { numberOf, type QuerySession, type Row } from '../session.ts';
import { msLabel, tones } from '../theme.ts';
import {
  asSpec,
  frame,
  hoverPoints,
  keyRows,
  seriesKey,
  seriesPoint,
  titleAbove,
} from './frame.ts';
import { seriesRows } from './series-rows.ts';

/** The key figures of every run of a sweep, with the load that was offered to it. */
export function loadLinesSql(series: readonly Series[], slo: Slo): string {
  const runs = ofRuns(series.flatMap((s) => s.runs));
  const figures = keyFiguresSql(runs, slo).replace(/\nORDER BY run$/, '');
  return `SELECT run, rate_factor,
  f.requests / nullif(arrival_span_ms / 1000, 0) AS offered_per_s,
  ttft_p50_ms, ttft_p99_ms, tpot_p50_ms, tpot_p99_ms, attainment, goodput_per_s, requests_per_s
FROM (${figures.replaceAll('\n', '\n  ')}) AS f JOIN (SELECT run, rate_factor FROM runs) USING (run)
ORDER BY rate_factor, run`;
}

interface Line {
  readonly column: string;
  /** At the line's end; empty where the panel has one line. */
  readonly label: string;
  readonly dash: readonly number[];
}

interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly scale: 'ms' | 'share' | 'rate';
  readonly format: string;
}

const solid = [1, 0];
const dashed = [5, 3];

const panels: readonly Panel[] = [
  {
    title: 'TTFT, log scale',
    scale: 'ms',
    format: ',.1f',
    lines: [
      { column: 'ttft_p99_ms', label: 'p99', dash: solid },
      { column: 'ttft_p50_ms', label: 'p50', dash: dashed },
    ],
  },
  {
    title: 'TPOT, log scale',
    scale: 'ms',
    format: ',.1f',
    lines: [
      { column: 'tpot_p99_ms', label: 'p99', dash: solid },
      { column: 'tpot_p50_ms', label: 'p50', dash: dashed },
    ],
  },
  {
    title: 'attainment: share of all requests',
    scale: 'share',
    format: '.1%',
    lines: [{ column: 'attainment', label: '', dash: solid }],
  },
  {
    title: 'goodput (requests/s)',
    scale: 'rate',
    format: ',.2f',
    lines: [{ column: 'goodput_per_s', label: '', dash: solid }],
  },
];

/**
 * Latencies, attainment and goodput against offered load.
 * @param kneePerS highest offered load that still attains the objective as asked; null for none
 */
export async function loadLinesChart(
  session: QuerySession,
  series: readonly Series[],
  slo: Slo,
  kneePerS: number | null,
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>,
): Promise<Chart> {
  const sql = loadLinesSql(series, slo);
  const rows = await seriesRows(session, sql, series);
  return { ...head, sql, rows, draw: (layout) => draw(rows, series, slo, kneePerS, layout) };
}

function draw(
  rows: readonly Row[],
  series: readonly Series[],
  slo: Slo,
  kneePerS: number | null,
  layout: Layout,
): Picture {
  const many = series.length > 1;
  const left = 58;
  const margins = {
    top: 40 + (many ? 18 * keyRows(series, layout) : 0),
    right: 36,
    bottom: 46,
    left,
  };
  const gapX = 76;
  const gapY = 62;
  const columns = layout.compact ? 1 : 2;
  const width = (plotWidth(layout, margins) - (columns - 1) * gapX) / columns;
  const height = layout.compact ? 120 : 150;
  const offered = rows.map((row) => numberOf(row, 'offered_per_s'));
  const domain = zeroDomain(offered);
  const toX = (perS: number) => (perS / domain[1]) * width;

  const view = (panel: Panel, i: number) => {
    const values = panel.lines.flatMap(({ column }) => rows.map((row) => numberOf(row, column)));
    const own = scaleOf(panel, values, slo, domain);
    const isLast = i >= panels.length - columns;
    const x = {
      field: 'offered_per_s',
      type: 'quantitative',
      scale: { domain, nice: false },
      axis: { title: isLast ? 'offered load (requests/s)' : null, tickCount: 6 },
    };
    const y = (column: string) => ({
      field: column,
      type: 'quantitative',
      scale: own.scale,
      axis: titleAbove(panel.title, left, own.axis),
    });
    const toY = (value: number) => own.position(value, height);
    const lines = series.flatMap((s) =>
      panel.lines.flatMap(({ column, dash }) => {
        const mine = { filter: { field: 'series', equal: s.label } };
        const encoding = { x, y: y(column) };
        return [
          {
            transform: [mine],
            mark: {
              type: 'line',
              stroke: s.colour,
              strokeDash: [...dash],
              clip: true,
              aria: false,
            },
            encoding,
          },
          {
            transform: [mine],
            mark: { ...seriesPoint(s), size: 45 },
            encoding,
          },
        ];
      }),
    );
    return {
      width,
      height,
      layer: [
        ...own.guides.flatMap((guide) => guideLine(guide, toX, toY, width)),
        ...(kneePerS === null ? [] : kneeLine(toX(kneePerS), height, i === 0)),
        ...lines,
        ...endLabels(rows, series, panel, toX, toY, height),
        ...hoverPoints(layout, { x, y: y(panel.lines[0]?.column ?? '') }, [
          { field: 'series', title: 'system' },
          { field: 'rate_factor', title: 'rate factor' },
          { field: 'offered_per_s', title: 'offered, requests/s', format: ',.2f' },
          ...panel.lines.map(({ column, label }) => ({
            field: column,
            title: `${panel.title.replace(/[,:(].*/, '').trim()} ${label}`.trim(),
            format: panel.format,
          })),
        ]),
        ...(i === 0 && many
          ? seriesKey(series, { ...layout, interactive: false }, -left + 4, -margins.top + 12)
          : []),
      ],
    };
  };
  const spec = {
    ...frame(margins),
    concat: panels.map(view),
    columns,
    spacing: { row: gapY, column: gapX },
    bounds: 'flush',
  };
  const rowsOfPanels = panels.length / columns;
  const plots = rowsOfPanels * height + (rowsOfPanels - 1) * gapY;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}

/** A straight reference: an objective across the panel, or the offered load itself. */
interface Guide {
  readonly label: string;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

function scaleOf(
  panel: Panel,
  values: readonly (number | null)[],
  slo: Slo,
  offered: readonly [number, number],
) {
  const across = (label: string, value: number): Guide => ({
    label,
    from: [0, value],
    to: [offered[1], value],
  });
  if (panel.scale === 'ms') {
    const ms = panel.title.startsWith('TTFT') ? slo.ttftMs : slo.tpotMs;
    const domain = logDomain([...values, ms]);
    return {
      scale: { type: 'log', domain, nice: false },
      axis: { values: logTicks(...domain, 5), labelExpr: msLabel },
      position: (value: number, px: number) => px - logPosition(value, domain, px),
      guides: [across(`SLO ${formatMs(ms)}`, ms)],
    };
  }
  const domain: [number, number] = panel.scale === 'share' ? [0, 1] : zeroDomain(values);
  const share = panel.scale === 'share';
  const most = Math.min(offered[1], domain[1]);
  return {
    scale: { domain, nice: false },
    axis: share ? { format: '.0%', values: [0, 0.5, 0.9, 1] } : { tickCount: 4 },
    position: (value: number, px: number) => px * (1 - value / domain[1]),
    guides: share
      ? []
      : [{ label: 'all that is offered', from: [0, 0], to: [most, most] } as Guide],
  };
}

function guideLine(
  { label, from, to }: Guide,
  toX: (perS: number) => number,
  toY: (value: number) => number,
  width: number,
) {
  const rises = from[1] !== to[1];
  // Where the line runs along the panel's upper edge, its label goes below it.
  const below = toY(to[1]) < 14;
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', stroke: tones.muted.light, strokeDash: [3, 3], aria: false },
      encoding: {
        x: { value: toX(from[0]) },
        x2: { value: toX(to[0]) },
        y: { value: toY(from[1]) },
        y2: { value: toY(to[1]) },
      },
    },
    {
      data: { values: [{}] },
      mark: {
        type: 'text',
        align: rises ? 'right' : 'left',
        baseline: below && !rises ? 'top' : 'bottom',
        fontSize: 11,
        text: label,
        fill: tones.muted.light,
        dx: rises ? -6 : 2,
        dy: below && !rises ? 3 : -2,
        aria: false,
      },
      encoding: {
        x: { value: rises ? Math.min(width, toX(to[0])) * 0.8 : 0 },
        y: { value: rises ? toY(to[1] * 0.8) : toY(to[1]) },
      },
    },
  ];
}

function kneeLine(x: number, height: number, labelled: boolean) {
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', stroke: tones.axis.light, aria: false },
      encoding: { x: { value: x }, y: { value: 0 }, y2: { value: height } },
    },
    ...(labelled
      ? [
          {
            data: { values: [{}] },
            mark: {
              type: 'text',
              align: 'right',
              baseline: 'top',
              fontSize: 11,
              dx: -4,
              text: 'last load with 90 % attained',
              fill: tones.muted.light,
              aria: false,
            },
            encoding: { x: { value: x }, y: { value: 0 } },
          },
        ]
      : []),
  ];
}

/** p50 and p99 where the lines end. */
function endLabels(
  rows: readonly Row[],
  series: readonly Series[],
  panel: Panel,
  toX: (perS: number) => number,
  toY: (value: number) => number,
  height: number,
) {
  const ends = series.flatMap((s) => {
    const own = rows.filter((row) => row.series === s.label);
    const last = own[own.length - 1];
    return panel.lines.flatMap(({ column, label }) => {
      const perS = numberOf(last, 'offered_per_s');
      const value = numberOf(last, column);
      if (label === '' || perS === null || value === null) return [];
      return [{ s, label, x: toX(perS), y: toY(value) }];
    });
  });
  const places = spreadApart(
    ends.map((end) => end.y),
    13,
    0,
    height,
  );
  return ends.map(({ s, label, x }, i) => ({
    data: { values: [{ series: s.label }] },
    mark: {
      type: 'text',
      align: 'left',
      baseline: 'middle',
      dx: 7,
      text: label,
      fill: s.textColour,
      fontWeight: 600,
      aria: false,
    },
    encoding: { x: { value: x }, y: { value: places[i] } },
  }));
}
