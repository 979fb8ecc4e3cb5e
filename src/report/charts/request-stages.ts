import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { Series } from '../groups.ts';
import { ofRuns, type Run } from '../runs.ts';
import { zeroDomain } from '../scales.ts';
import { numberOf, type QuerySession, type Row } from '../session.ts';
import { msLabel, msText, stageHues, tones } from '../theme.ts';
import { asSpec, frame, titleAbove } from './frame.ts';
import { seriesRows } from './series-rows.ts';

const percentiles = [10, 50, 90, 99] as const;
const stages = ['queue', 'prefill', 'decode'] as const;

/**
 * Where the time of a request goes: mean stage times of the requests whose rank by end-to-end
 * latency lies within half a percent of the percentile (at least the one at it).
 */
export function requestStagesSql(runs: readonly Run[]): string {
  return `WITH ranked AS (
  SELECT run, queue_ms, ttft_ms - queue_ms AS prefill_ms, e2e_ms - ttft_ms AS decode_ms, e2e_ms,
    row_number() OVER (PARTITION BY run ORDER BY e2e_ms, request_id) AS place,
    count(*) OVER (PARTITION BY run) AS finished
  FROM requests WHERE status = 'finished' AND ${ofRuns(runs)})
SELECT run, percentile, count(*) AS requests, avg(queue_ms) AS queue_ms,
  avg(prefill_ms) AS prefill_ms, avg(decode_ms) AS decode_ms, avg(e2e_ms) AS e2e_ms
FROM ranked, (SELECT unnest([${percentiles.join(', ')}]) AS percentile)
WHERE abs(place - greatest(ceil(percentile / 100 * finished), 1)) <= finished * 0.005
GROUP BY run, percentile ORDER BY percentile, run`;
}

export async function requestStagesChart(
  session: QuerySession,
  series: readonly Series[],
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>,
): Promise<Chart> {
  const runs = series.flatMap((s) => s.runs);
  const sql = requestStagesSql(runs);
  const rows = await seriesRows(session, sql, series);
  return { ...head, sql, rows, draw: (layout) => draw(rows, series, layout) };
}

function draw(rows: readonly Row[], series: readonly Series[], layout: Layout): Picture {
  const longest = Math.max(...series.map((s) => s.label.length));
  const margins = {
    top: 62,
    right: 62,
    bottom: 30,
    left: layout.compact ? 8 : Math.max(60, longest * 6.6 + 14),
  };
  const width = plotWidth(layout, margins);
  const band = layout.compact ? 34 : 20;
  const height = series.length * band;
  const gap = 50;
  const shown = percentiles.filter((p) => rows.some((row) => row.percentile === p));
  const panel = (percentile: number) => {
    const own = rows.filter((row) => row.percentile === percentile);
    const domain = zeroDomain(own.map((row) => numberOf(row, 'e2e_ms')));
    const x = (field: string) => ({
      field,
      type: 'quantitative',
      scale: { domain, nice: false },
      axis: { title: null, labelExpr: msLabel, tickCount: layout.compact ? 4 : 6, grid: true },
    });
    const y = {
      field: 'series',
      type: 'nominal',
      sort: series.map((s) => s.label),
      scale: { domain: series.map((s) => s.label), paddingInner: 0.3, paddingOuter: 0.15 },
      axis: titleAbove(panelTitle(percentile), margins.left, {
        labels: !layout.compact,
        labelColor: tones.ink.light,
        titleFontWeight: 600,
        titleColor: tones.ink.light,
      }),
    };
    const offset = layout.compact ? { yOffset: 8 } : {};
    const bar = (stage: (typeof stages)[number], start: string, end: string) => ({
      transform: [
        { calculate: start, as: 'from_ms' },
        { calculate: end, as: 'to_ms' },
      ],
      mark: {
        type: 'bar',
        fill: stageHues[stage],
        stroke: tones.paper.light,
        strokeWidth: 1,
        ...(layout.compact ? { height: 14, yOffset: 8 } : {}),
        aria: false,
        tooltip: layout.interactive,
      },
      encoding: {
        x: x('from_ms'),
        x2: { field: 'to_ms' },
        y,
        ...(layout.interactive
          ? {
              tooltip: [
                { field: 'series', title: 'run' },
                ...stages.map((s) => ({ field: `${s}_ms`, title: `${s}, ms`, format: ',.1f' })),
                { field: 'e2e_ms', title: 'end to end, ms', format: ',.1f' },
                { field: 'requests', title: 'requests averaged' },
              ],
            }
          : {}),
      },
    });
    return {
      width,
      height,
      transform: [{ filter: `datum.percentile === ${percentile}` }],
      layer: [
        bar('queue', '0', 'datum.queue_ms'),
        bar('prefill', 'datum.queue_ms', 'datum.queue_ms + datum.prefill_ms'),
        bar('decode', 'datum.queue_ms + datum.prefill_ms', 'datum.e2e_ms'),
        {
          transform: [{ calculate: msText('e2e_ms'), as: 'total' }],
          mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, aria: false, ...offset },
          encoding: { x: x('e2e_ms'), y, text: { field: 'total' } },
        },
        ...(layout.compact
          ? [
              {
                mark: {
                  type: 'text',
                  align: 'left',
                  baseline: 'middle',
                  dx: 0,
                  yOffset: -8,
                  fontSize: 11,
                  aria: false,
                },
                encoding: { x: { value: 0 }, y, text: { field: 'series' } },
              },
            ]
          : []),
        ...(percentile === shown[0] ? stageKey(margins) : []),
      ],
    };
  };
  const spec = {
    ...frame(margins),
    vconcat: shown.map(panel),
    spacing: gap,
    bounds: 'flush',
  };
  const plots = shown.length * height + (shown.length - 1) * gap;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}

function panelTitle(percentile: number): string {
  return percentile === 50 ? 'p50: the median request' : `p${percentile} by end-to-end latency`;
}

function stageKey(margins: { top: number; left: number }): Record<string, unknown>[] {
  return stages.flatMap((stage, i) => {
    const x = -margins.left + 4 + i * 92;
    const y = -margins.top + 12;
    return [
      {
        data: { values: [{}] },
        mark: { type: 'rect', fill: stageHues[stage], aria: false },
        encoding: {
          x: { value: x },
          x2: { value: x + 14 },
          y: { value: y - 6 },
          y2: { value: y + 6 },
        },
      },
      {
        data: { values: [{}] },
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'middle',
          text: stage,
          fill: tones.ink.light,
          aria: false,
        },
        encoding: { x: { value: x + 20 }, y: { value: y + 1 } },
      },
    ];
  });
}
