import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { Series } from '../groups.ts';
import { ofRuns, type Run } from '../runs.ts';
import { zeroDomain } from '../scales.ts';
import { numberOf, type QuerySession, type Row } from '../session.ts';
import { msLabel, msText, tones } from '../theme.ts';
import { asSpec, frame, titleAbove } from './frame.ts';
import { seriesRows } from './series-rows.ts';

/** When the backlog is done, and when a request is done on average. */
export function makespanSql(runs: readonly Run[]): string {
  return `SELECT run, max(finish_ms) - min(arrival_ms) AS makespan_ms,
  avg(e2e_ms) FILTER (status = 'finished') AS mean_e2e_ms
FROM requests WHERE ${ofRuns(runs)} GROUP BY run ORDER BY run`;
}

const panels = [
  { column: 'makespan_ms', title: 'makespan: until the last request is done' },
  { column: 'mean_e2e_ms', title: 'mean end-to-end latency of a request' },
] as const;

export async function makespanChart(
  session: QuerySession,
  series: readonly Series[],
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>,
): Promise<Chart> {
  const runs = series.flatMap((s) => s.runs);
  const sql = makespanSql(runs);
  const rows = await seriesRows(session, sql, series);
  return { ...head, sql, rows, draw: (layout) => draw(rows, series, layout) };
}

function draw(rows: readonly Row[], series: readonly Series[], layout: Layout): Picture {
  const longest = Math.max(...series.map((s) => s.label.length));
  const margins = { top: 28, right: 66, bottom: 28, left: Math.max(60, longest * 6.8 + 14) };
  const width = plotWidth(layout, margins);
  const height = series.length * 26;
  const gap = 56;
  const panel = ({ column, title }: (typeof panels)[number]) => {
    const domain = zeroDomain(rows.map((row) => numberOf(row, column)));
    const x = {
      field: column,
      type: 'quantitative',
      scale: { domain, nice: false },
      axis: { title: null, labelExpr: msLabel, tickCount: layout.compact ? 3 : 6, grid: true },
    };
    const y = {
      field: 'series',
      type: 'nominal',
      scale: { domain: series.map((s) => s.label), paddingInner: 0.35, paddingOuter: 0.2 },
      axis: titleAbove(title, margins.left, {
        labelColor: tones.ink.light,
        titleFontWeight: 600,
        titleColor: tones.ink.light,
      }),
    };
    return {
      width,
      height,
      layer: [
        ...series.map((s) => ({
          transform: [{ filter: { field: 'series', equal: s.label } }],
          mark: { type: 'bar', fill: s.colour, aria: false },
          encoding: { x, y },
        })),
        {
          transform: [{ calculate: msText(column), as: 'written' }],
          mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, aria: false },
          encoding: { x, y, text: { field: 'written' } },
        },
      ],
    };
  };
  const spec = {
    ...frame(margins),
    vconcat: panels.map(panel),
    spacing: gap,
    bounds: 'flush',
  };
  const plots = panels.length * height + (panels.length - 1) * gap;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}
