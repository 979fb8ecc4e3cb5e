import { formatMs } from '../../units/format.ts';
import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { Series } from '../groups.ts';
import { ofRuns, type Run } from '../runs.ts';
import { logDomain, logPosition, logTicks, zeroDomain } from '../scales.ts';
import { fetchRows, numberOf, type QuerySession, type Row, textOf } from '../session.ts';
import { msLabel, tones } from '../theme.ts';
import { asSpec, frame, rimmedText, titleAbove } from './frame.ts';
import { seriesRows } from './series-rows.ts';

/** Width of a bar on the logarithmic axis: its high edge is this many times its low one. */
const widening = 1.1;

/** Inter-token gaps pooled over all requests: share of gaps by length, in equal log steps. */
export function gapHistogramSql(runs: readonly Run[]): string {
  return `WITH binned AS (
  SELECT run, floor(ln(greatest(sqrt(low_ms * high_ms), 1e-3)) / ln(${widening})) AS bin,
    sum(gaps)::DOUBLE AS gaps
  FROM gaps WHERE ${ofRuns(runs)} GROUP BY run, bin)
SELECT run, round(pow(${widening}, bin), 4) AS low_ms, round(pow(${widening}, bin + 1), 4) AS high_ms,
  gaps, gaps / sum(gaps) OVER (PARTITION BY run) AS share
FROM binned ORDER BY run, bin`;
}

/** Median, 99th percentile and longest gap per run (the longest at its bucket's upper edge). */
export function gapQuantilesSql(runs: readonly Run[]): string {
  return `SELECT run, median.itl_ms AS p50_ms, tail.itl_ms AS p99_ms, max(high_ms) AS max_ms
FROM gaps JOIN itl(0.5) AS median USING (run) JOIN itl(0.99) AS tail USING (run)
WHERE gaps > 0 AND ${ofRuns(runs)} GROUP BY ALL ORDER BY run`;
}

export interface GapQuantiles {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export async function loadGapQuantiles(
  session: QuerySession,
  runs: readonly Run[],
): Promise<Map<string, GapQuantiles>> {
  const rows = await fetchRows(session, gapQuantilesSql(runs));
  return new Map(
    rows.map((row) => [
      textOf(row, 'run'),
      {
        p50Ms: numberOf(row, 'p50_ms'),
        p99Ms: numberOf(row, 'p99_ms'),
        maxMs: numberOf(row, 'max_ms'),
      },
    ]),
  );
}

export async function gapHistogramChart(
  session: QuerySession,
  series: readonly Series[],
  quantiles: ReadonlyMap<string, GapQuantiles>,
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>,
): Promise<Chart> {
  const runs = series.flatMap((s) => s.runs);
  const sql = gapHistogramSql(runs);
  const rows = await seriesRows(session, sql, series);
  return { ...head, sql, rows, draw: (layout) => draw(rows, series, quantiles, layout) };
}

function draw(
  rows: readonly Row[],
  series: readonly Series[],
  quantiles: ReadonlyMap<string, GapQuantiles>,
  layout: Layout,
): Picture {
  const margins = { top: 30, right: 18, bottom: 46, left: layout.compact ? 44 : 52 };
  const width = plotWidth(layout, margins);
  const height = layout.compact ? 56 : 62;
  const gap = 42;
  const domain = logDomain(
    rows.flatMap((row) => [numberOf(row, 'low_ms'), numberOf(row, 'high_ms')]),
  );
  const most = zeroDomain(rows.map((row) => numberOf(row, 'share')));
  const panel = (s: Series, i: number) => {
    const isLast = i === series.length - 1;
    const { p50Ms, p99Ms, maxMs } = quantiles.get(s.runs[0]?.run ?? '') ?? noGaps;
    const x = {
      field: 'low_ms',
      type: 'quantitative',
      scale: { type: 'log', domain, nice: false, clamp: true },
      axis: {
        title: isLast ? 'gap between two tokens of a request, log scale' : null,
        labels: isLast,
        ticks: isLast,
        values: logTicks(...domain, layout.compact ? 5 : 9),
        labelExpr: msLabel,
        grid: true,
      },
    };
    const y = {
      field: 'share',
      type: 'quantitative',
      scale: { domain: most, nice: false },
      axis: titleAbove(
        panelTitle(s.label, p50Ms, p99Ms, layout.compact ? undefined : maxMs),
        margins.left,
        {
          format: '.0%',
          tickCount: 2,
          titleColor: s.textColour,
          titleFontWeight: 600,
          ...(layout.compact ? { titleFontSize: 11 } : {}),
        },
      ),
    };
    const marks = [p50Ms, p99Ms].flatMap((ms, k) => {
      if (ms === null) return [];
      const at = logPosition(ms, domain, width);
      // The median's label stands left of its line, so that the two never meet.
      const onLeft = k === 0 ? at > 30 : at > width - 30;
      return [
        {
          data: { values: [{}] },
          mark: {
            type: 'rule',
            stroke: tones.ink.light,
            strokeDash: k === 0 ? [1, 0] : [3, 2],
            aria: false,
          },
          encoding: { x: { value: at }, y: { value: 0 }, y2: { value: height } },
        },
        ...rimmedText(
          {
            align: onLeft ? 'right' : 'left',
            baseline: 'top',
            dx: onLeft ? -3 : 3,
            fontSize: 11,
            text: k === 0 ? 'p50' : 'p99',
          },
          { x: { value: at }, y: { value: 0 } },
        ),
      ];
    });
    return {
      width,
      height,
      layer: [
        {
          transform: [{ filter: { field: 'series', equal: s.label } }],
          mark: { type: 'rect', fill: s.colour, aria: false, clip: true },
          encoding: {
            x,
            x2: { field: 'high_ms' },
            y,
            y2: { datum: 0 },
            ...(layout.interactive
              ? {
                  tooltip: [
                    { field: 'low_ms', title: 'from, ms', format: ',.2f' },
                    { field: 'high_ms', title: 'to, ms', format: ',.2f' },
                    { field: 'share', title: 'share of gaps', format: '.2%' },
                    { field: 'gaps', title: 'gaps', format: ',' },
                  ],
                }
              : {}),
          },
        },
        ...marks,
      ],
    };
  };
  const spec = {
    ...frame(margins),
    vconcat: series.map(panel),
    spacing: gap,
    bounds: 'flush',
  };
  const plots = series.length * height + (series.length - 1) * gap;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}

function panelTitle(
  label: string,
  p50Ms: number | null,
  p99Ms: number | null,
  maxMs: number | null | undefined,
): string {
  const longest = maxMs === undefined ? '' : `, longest ${formatMs(maxMs)}`;
  return `${label}: p50 ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)}${longest}`;
}

const noGaps: GapQuantiles = { p50Ms: null, p99Ms: null, maxMs: null };
