import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { Series } from '../groups.ts';
import { type KvPool, kvPoolsOf } from '../kv-pools.ts';
import { ofRuns, type Run } from '../runs.ts';
import { zeroDomain } from '../scales.ts';
import { numberOf, type QuerySession, type Row, sqlText } from '../session.ts';
import { tones } from '../theme.ts';
import {
  asSpec,
  frame,
  hoverPoints,
  isolation,
  keyRows,
  seriesChannels,
  seriesKey,
  titleAbove,
} from './frame.ts';
import { seriesRows } from './series-rows.ts';

/** Slices of the time axis. */
const slices = 120;

/**
 * Arrivals, waiting and running requests and KV use, averaged over equal slices of time and
 * summed over instances. A row of `steps` counts by the part of the slice it covers; KV grows by
 * one token per sequence and round within it. Idle time counts as empty. `kv_share` is of the
 * instances that decode, `kv_share_prefill` of those that only compute prompts; null without any.
 */
export function timeStripsSql(runs: readonly Run[]): string {
  const pools = runs.flatMap(kvPoolsOf);
  return `WITH pools(run, stage, from_instance, to_instance, kv_capacity_tokens) AS (VALUES
  ${pools.map(poolSql).join(',\n  ')}),
kv AS (
  SELECT run,
    sum((to_instance - from_instance) * kv_capacity_tokens) FILTER (stage = 'decode') AS decode,
    sum((to_instance - from_instance) * kv_capacity_tokens) FILTER (stage = 'prefill') AS prefill
  FROM pools GROUP BY run),
span AS (
  SELECT greatest(max(end_ms), 1e-6) / ${slices} AS slice_ms FROM steps WHERE ${ofRuns(runs)}),
covered AS (
  SELECT run, slice_ms, unnest(range(floor(start_ms / slice_ms)::BIGINT,
      least(floor(end_ms / slice_ms)::BIGINT, ${slices - 1}) + 1)) AS slice,
    start_ms, end_ms, rounds, decodes, prefill_requests, waiting, kv_tokens, stage
  FROM span, steps JOIN pools USING (run)
  WHERE instance >= from_instance AND instance < to_instance),
overlap AS (
  SELECT *,
    greatest(start_ms, slice * slice_ms) AS from_ms,
    least(end_ms, (slice + 1) * slice_ms) AS to_ms,
    kv_tokens + decodes * rounds * ((from_ms + to_ms) / 2 - start_ms)
      / nullif(end_ms - start_ms, 0) AS kv
  FROM covered),
load AS (
  SELECT run, slice,
    sum((to_ms - from_ms) / slice_ms * waiting) AS waiting,
    sum((to_ms - from_ms) / slice_ms * (decodes + prefill_requests)) AS running,
    sum((to_ms - from_ms) / slice_ms * kv) FILTER (stage = 'decode') AS kv_decode,
    sum((to_ms - from_ms) / slice_ms * kv) FILTER (stage = 'prefill') AS kv_prefill
  FROM overlap GROUP BY run, slice),
arrived AS (
  SELECT run, least(floor(arrival_ms / slice_ms)::BIGINT, ${slices - 1}) AS slice,
    count(*) / any_value(slice_ms) * 1000 AS arrivals_per_s
  FROM requests, span WHERE ${ofRuns(runs)} GROUP BY run, slice)
SELECT run, round((slice + 0.5) * slice_ms / 1000, 3)::DOUBLE AS time_s,
  round(coalesce(arrivals_per_s, 0), 4) AS arrivals_per_s,
  round(coalesce(waiting, 0), 3) AS waiting,
  round(coalesce(running, 0), 3) AS running,
  round(coalesce(kv_decode, 0) / nullif(kv.decode, 0), 5) AS kv_share,
  round(coalesce(kv_prefill, 0) / nullif(kv.prefill, 0), 5) AS kv_share_prefill
FROM kv CROSS JOIN range(${slices}) AS slices(slice) CROSS JOIN span
  LEFT JOIN load USING (run, slice) LEFT JOIN arrived USING (run, slice)
ORDER BY run, slice`;
}

function poolSql({ run, stage, from, to, capacityTokens }: KvPool): string {
  return `(${sqlText(run)}, '${stage}', ${from}, ${to}, ${capacityTokens})`;
}

const strips = [
  { column: 'arrivals_per_s', title: 'arrivals per second', format: ',.2f' },
  { column: 'waiting', title: 'waiting requests, all instances', format: ',.1f' },
  { column: 'running', title: 'running requests, all instances', format: ',.1f' },
  { column: 'kv_share', title: 'KV cache in use', format: '.1%' },
  { column: 'kv_share_prefill', title: 'KV cache in use, prefill instances', format: '.1%' },
] as const;

type Strip = Omit<(typeof strips)[number], 'title'> & { readonly title: string };

/** The strips that these rows fill; KV memory by stage where some instances only do prompts. */
function stripsOf(rows: readonly Row[], { arrivals }: { readonly arrivals: boolean }): Strip[] {
  const isSplit = rows.some((row) => row.kv_share_prefill !== null);
  return strips
    .filter(({ column }) => arrivals || column !== 'arrivals_per_s')
    .filter(({ column }) => isSplit || column !== 'kv_share_prefill')
    .map((strip) =>
      isSplit && strip.column === 'kv_share'
        ? { ...strip, title: `${strip.title}, decode instances` }
        : strip,
    );
}

export async function timeStripsChart(
  session: QuerySession,
  series: readonly Series[],
  head: Pick<Chart, 'id' | 'title' | 'subtitle' | 'provenance' | 'scenarios'>,
  options: { readonly arrivals: boolean },
): Promise<Chart> {
  const runs = series.flatMap((s) => s.runs);
  const sql = timeStripsSql(runs);
  const rows = await seriesRows(session, sql, series);
  const shown = stripsOf(rows, options);
  return { ...head, sql, rows, draw: (layout) => draw(rows, series, shown, layout) };
}

function draw(
  rows: readonly Row[],
  series: readonly Series[],
  shown: readonly Strip[],
  layout: Layout,
): Picture {
  const margins = {
    top: 36 + 18 * keyRows(series, layout),
    right: 18,
    bottom: 44,
    left: layout.compact ? 44 : 52,
  };
  const width = plotWidth(layout, margins);
  const height = layout.compact ? 70 : 84;
  const gap = 34;
  const end = rows.reduce((most, row) => Math.max(most, numberOf(row, 'time_s') ?? 0), 0);
  const minutes = end > 600;
  const domain = [0, (end * slices) / (slices - 0.5)];
  const panel = ({ column, title, format }: Strip, i: number) => {
    const isLast = i === shown.length - 1;
    const x = {
      field: 'time_s',
      type: 'quantitative',
      scale: { domain, nice: false },
      axis: {
        title: isLast ? `time since the first arrival (${minutes ? 'min' : 's'})` : null,
        labels: isLast,
        ticks: isLast,
        tickCount: layout.compact ? 5 : 9,
        ...(minutes
          ? { values: minuteTicks(end), labelExpr: "format(datum.value / 60, ',')" }
          : {}),
      },
    };
    const share = column.startsWith('kv_share');
    const most = zeroDomain(rows.map((row) => numberOf(row, column)));
    const y = {
      field: column,
      type: 'quantitative',
      scale: {
        domain: share ? [0, 1] : most,
        nice: false,
      },
      axis: titleAbove(
        title,
        margins.left,
        share
          ? { format: '.0%', values: [0, 0.5, 1] }
          : { tickCount: 3, format: most[1] > 3 ? ',.0f' : '.1f' },
      ),
    };
    return {
      width,
      height,
      layer: [
        {
          name: `strip-${column}`,
          mark: { type: 'line', strokeWidth: 1.5, clip: true, aria: false },
          ...(column === 'arrivals_per_s' && sameArrivals(series)
            ? {
                transform: [{ filter: { field: 'series', equal: series[0]?.label ?? '' } }],
                encoding: { x, y, color: { value: tones.muted.light } },
              }
            : { encoding: { x, y, ...seriesChannels(series, layout) } }),
        },
        ...hoverPoints(layout, { x, y }, [
          { field: 'series', title: 'run' },
          { field: 'time_s', title: 'time, s', format: ',.1f' },
          { field: column, title, format },
        ]),
        ...(i === 0 ? seriesKey(series, layout, -margins.left + 4, -margins.top + 12) : []),
      ],
    };
  };
  const spec = {
    ...frame(margins),
    ...isolation(
      layout,
      shown.map(({ column }) => `strip-${column}`),
    ),
    vconcat: shown.map(panel),
    spacing: gap,
    bounds: 'flush',
  };
  const plots = shown.length * height + (shown.length - 1) * gap;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}

/** Whether all runs see the same arrivals, so that one line tells them all. */
function sameArrivals(series: readonly Series[]): boolean {
  const of = ({ runs }: Series) => `${runs[0]?.arrivalMode} ${runs[0]?.rateFactor}`;
  return new Set(series.map(of)).size === 1 && series[0]?.runs[0]?.arrivalMode === 'open';
}

function minuteTicks(endS: number): number[] {
  const minutes = endS / 60;
  const step =
    [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720].find((s) => minutes / s <= 8) ?? 1440;
  return Array.from({ length: Math.floor(minutes / step) + 1 }, (_, i) => i * step * 60);
}
