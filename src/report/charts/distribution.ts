import { formatMs, formatShare } from '../../units/format.ts';
import {
  type Chart,
  type Layout,
  type Picture,
  plotWidth,
  spreadApart,
  textWidth,
} from '../chart.ts';
import type { Series } from '../groups.ts';
import { ofRuns, type Run } from '../runs.ts';
import { logDomain, logPosition, logTicks } from '../scales.ts';
import { numberOf, type QuerySession, type Row } from '../session.ts';
import { msLabel, tones } from '../theme.ts';
import {
  asSpec,
  clickable,
  frame,
  hoverPoints,
  isolation,
  keyRows,
  rimmedText,
  seriesChannels,
  seriesKey,
  seriesPoint,
  titleAbove,
} from './frame.ts';
import { seriesRows } from './series-rows.ts';

/** A latency of `requests`, drawn as its distribution. */
export interface Distribution {
  readonly column: 'ttft_ms' | 'tpot_ms' | 'e2e_ms';
  readonly axisTitle: string;
  /** The objective, drawn as a vertical rule with the share that attains it; null for none. */
  readonly sloMs: number | null;
}

/**
 * Empirical distribution of a latency over all requests that can have one: those that never
 * finished never reach it, so their curve ends below 100 %.
 */
export function distributionSql(runs: readonly Run[], { column, sloMs }: Distribution): string {
  const counted =
    sloMs === null
      ? ''
      : `\n    count(*) FILTER (status = 'finished' AND ${column} <= ${sloMs}) AS attained,`;
  const share = sloMs === null ? '' : `,\n  attained / all_requests AS attained_share`;
  return `WITH counted AS (
  SELECT run,
    -- finished requests with a one-token output have no TPOT
    count(*) FILTER (status <> 'finished' OR ${column} IS NOT NULL) AS all_requests,${counted}
    count(${column}) FILTER (status = 'finished') AS with_value,
    quantile_cont(${column}, list_concat(
      list_transform(range(0, 100), lambda i: i / 100.0),
      [0.99, 0.993, 0.996, 0.998, 0.999, 1.0])) FILTER (status = 'finished') AS latencies
  FROM requests WHERE ${ofRuns(runs)} GROUP BY run)
SELECT run,
  unnest(latencies)::DOUBLE AS ${column},
  unnest(list_concat(
    list_transform(range(0, 100), lambda i: i / 100.0),
    [0.99, 0.993, 0.996, 0.998, 0.999, 1.0]))::DOUBLE * with_value / all_requests AS share${share}
FROM counted WHERE with_value > 0 ORDER BY run, share`;
}

interface Attained {
  readonly series: Series;
  readonly share: number;
}

export async function distributionChart(
  session: QuerySession,
  series: readonly Series[],
  what: Distribution,
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>,
): Promise<Chart> {
  const runs = series.flatMap((s) => s.runs);
  const sql = distributionSql(runs, what);
  const rows = await seriesRows(session, sql, series);
  const drawn = series.filter((s) => rows.some((row) => row.series === s.label));
  const attained = drawn.map((s) => {
    const own = rows.find((row) => row.series === s.label);
    return { series: s, share: numberOf(own, 'attained_share') ?? 0 };
  });
  return { ...head, sql, rows, draw: (layout) => draw(rows, attained, what, layout) };
}

function draw(
  rows: readonly Row[],
  attained: readonly Attained[],
  what: Distribution,
  layout: Layout,
): Picture {
  const { column, sloMs } = what;
  const series = attained.map((a) => a.series);
  const rowHeight = 17;
  // Names that leave no room for a figure behind them stand in a key, as all do on narrow screens.
  const keyed = layout.compact || series.some((s) => textWidth(s.label) > layout.width - 240);
  const margins = {
    top: keyed ? 34 + 18 * keyRows(series, layout) : 32 + series.length * rowHeight,
    right: 16,
    bottom: 46,
    left: layout.compact ? 44 : 52,
  };
  const width = plotWidth(layout, margins);
  const height = layout.compact ? 230 : 290;
  const values = rows.map((row) => numberOf(row, column));
  const domain = logDomain(sloMs === null ? values : [...values, sloMs]);
  const x = {
    field: column,
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false, clamp: true },
    axis: {
      title: `${what.axisTitle}, log scale`,
      values: logTicks(...domain, layout.compact ? 5 : 9),
      labelExpr: msLabel,
      labelOverlap: false,
      grid: true,
    },
  } as const;
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: titleAbove('share of requests', margins.left, {
      format: '.0%',
      values: [0, 0.25, 0.5, 0.75, 1],
    }),
  } as const;
  const tooltip = [
    { field: 'series', title: 'run' },
    { field: column, title: `${what.axisTitle.replace(/ \(.*/, '')}, ms`, format: ',.2f' },
    { field: 'share', title: 'share of requests at most that', format: '.1%' },
  ];
  const spec = {
    ...frame(margins),
    width,
    height,
    layer: [
      ...(sloMs === null ? [] : [sloRule(logPosition(sloMs, domain, width), height)]),
      {
        ...isolation(layout),
        mark: { type: 'line', interpolate: 'linear', clip: true, aria: false },
        encoding: { x, y, order: { field: 'share' }, ...seriesChannels(series, layout) },
      },
      ...(sloMs === null ? [] : shares(sloMs, attained, domain, width, height)),
      ...(keyed
        ? seriesKey(series, layout, -margins.left + 4, -margins.top + 12)
        : lineEndLabels(rows, series, column, domain, layout, width, rowHeight)),
      ...hoverPoints(layout, { x, y }, tooltip),
    ],
  };
  return { spec: asSpec(spec), height: height + margins.top + margins.bottom, margins };
}

type Loose = Record<string, unknown>;

function sloRule(x: number, height: number): Loose {
  return {
    data: { values: [{}] },
    mark: { type: 'rule', stroke: tones.muted.light, strokeDash: [3, 3], aria: false },
    encoding: { x: { value: x }, y: { value: 0 }, y2: { value: height } },
  };
}

/** The objective's value, and each curve's share where it crosses the rule. */
function shares(
  sloMs: number,
  attained: readonly Attained[],
  domain: readonly [number, number],
  width: number,
  height: number,
): Loose[] {
  const x = logPosition(sloMs, domain, width);
  const left = x > width * 0.75;
  const sorted = [...attained].sort((a, b) => b.share - a.share);
  const places = spreadApart(
    sorted.map((a) => height * (1 - a.share)),
    15,
    8,
    // The value of the objective stands below them.
    height - 26,
  );
  const beside = { align: left ? 'right' : 'left', dx: left ? -9 : 9 };
  return [
    ...rimmedText(
      { ...beside, text: `SLO ${formatMs(sloMs)}`, fill: tones.muted.light },
      { x: { value: x }, y: { value: height - 9 } },
    ),
    ...sorted.flatMap(({ series, share }, i) => [
      {
        data: { values: [{ series: series.label }] },
        mark: { ...seriesPoint(series), size: 60 },
        encoding: { x: { value: x }, y: { value: height * (1 - share) } },
      },
      ...rimmedText(
        { ...beside, text: formatShare(share), fill: series.textColour, fontWeight: 600 },
        { x: { value: x }, y: { value: places[i] } },
        { series: series.label },
      ),
    ]),
  ];
}

/**
 * Labels at the line ends. All curves end at the top, so their ends are led up to one row each:
 * the shortest line's row is the lowest, and no leader crosses a text.
 */
function lineEndLabels(
  rows: readonly Row[],
  series: readonly Series[],
  column: string,
  domain: readonly [number, number],
  layout: Layout,
  width: number,
  rowHeight: number,
): Loose[] {
  const click = clickable(layout);
  const ends = series.map((s) => {
    const own = rows.filter((row) => row.series === s.label);
    const last = own[own.length - 1];
    return {
      s,
      max: numberOf(last, column) ?? domain[1],
      x: logPosition(numberOf(last, column) ?? domain[1], domain, width),
    };
  });
  ends.sort((a, b) => a.x - b.x);
  return ends.flatMap(({ s, x, max }, i) => {
    const text = `${s.label}, up to ${formatMs(max)}`;
    const y = -12 - i * rowHeight;
    const right = Math.max(x - 7, Math.min(width, textWidth(text) + 10));
    return [
      {
        data: { values: [{ series: s.label }] },
        mark: {
          type: 'rule',
          stroke: s.colour,
          strokeDash: [...s.dash],
          strokeWidth: 1.5,
          aria: false,
        },
        encoding: { x: { value: x }, y: { value: 0 }, y2: { value: y } },
      },
      {
        data: { values: [{ series: s.label }] },
        mark: { ...seriesPoint(s), size: 50 },
        encoding: { x: { value: x }, y: { value: y } },
      },
      {
        data: { values: [{ series: s.label }] },
        mark: {
          type: 'text',
          align: 'right',
          baseline: 'middle',
          text,
          fill: s.textColour,
          fontWeight: 600,
          ...click.mark,
        },
        encoding: { x: { value: right }, y: { value: y + 1 }, ...click.encoding },
      },
    ];
  });
}
