import { type Chart, type Layout, type Picture, plotWidth, textWidth } from '../chart.ts';
import type { Series } from '../groups.ts';
import { ofRuns, type Run } from '../runs.ts';
import { zeroDomain } from '../scales.ts';
import { numberOf, type QuerySession, type Row } from '../session.ts';
import { msLabel, msText, stageHues, tones } from '../theme.ts';
import { asSpec, frame, titleAbove } from './frame.ts';
import { seriesRows } from './series-rows.ts';

const percentiles = [10, 50, 90, 99] as const;
const stages = ['queue', 'prefill', 'handoff', 'decode'] as const;
type Stage = (typeof stages)[number];

/** As a reader knows them; `handoff` is there only where prompts decode on another instance. */
const stageNames: Readonly<Record<Stage, string>> = {
  queue: 'queue',
  prefill: 'prefill',
  handoff: 'KV transfer and wait',
  decode: 'decode',
};

/**
 * Where the time of a request goes: mean stage times of the requests whose rank by end-to-end
 * latency lies within half a percent of the percentile (at least the one at it).
 *
 * A request that decodes on another instance than its prompt was computed on is handed over from
 * the end of its prompt to the start of its first decode round. No table holds that start: it is
 * as many rounds of its instance before its finish as it has tokens from there. Where rounds do
 * not say (it was preempted), it is the end of its last KV transfer.
 */
export function requestStagesSql(runs: readonly Run[]): string {
  return `WITH rounds AS (
  SELECT run, instance, start_ms, end_ms, rounds, sum(rounds) OVER (
    PARTITION BY run, instance ORDER BY start_ms, end_ms) AS rounds_then
  FROM steps WHERE decodes > 0 AND ${ofRuns(runs)}),
sent AS (
  SELECT run, request_id, max(end_ms) AS sent_ms
  FROM transfers WHERE kind = 'kv' AND complete = 1 AND ${ofRuns(runs)} GROUP BY ALL),
moved AS (
  SELECT run, request_id, instance, preemptions, first_token_ms, prefill_ms, finish_ms,
    output_tokens - (first_token_ms <= prefill_ms)::INTEGER AS decoded
  FROM requests
  WHERE status = 'finished' AND instance <> prefill_instance AND ${ofRuns(runs)}),
handed AS (
  SELECT moved.run, moved.request_id, moved.prefill_ms,
    greatest(moved.prefill_ms, least(moved.finish_ms,
      coalesce(first.start_ms, sent_ms, moved.prefill_ms))) AS decode_from_ms
  FROM moved
    LEFT JOIN rounds AS last ON preemptions = 0 AND decoded > 0 AND last.run = moved.run
      AND last.instance = moved.instance AND last.end_ms = moved.finish_ms
    LEFT JOIN rounds AS first ON first.run = moved.run AND first.instance = moved.instance
      AND first.rounds_then - first.rounds = last.rounds_then - decoded
    LEFT JOIN sent ON sent.run = moved.run AND sent.request_id = moved.request_id),
staged AS (
  SELECT requests.run, requests.request_id, queue_ms, e2e_ms,
    coalesce(handed.prefill_ms - admitted_ms, ttft_ms - queue_ms) AS prefill_ms,
    coalesce(decode_from_ms - handed.prefill_ms, 0) AS handoff_ms
  FROM (FROM requests WHERE status = 'finished' AND ${ofRuns(runs)}) AS requests
    LEFT JOIN handed ON handed.run = requests.run AND handed.request_id = requests.request_id),
ranked AS (
  SELECT *, e2e_ms - queue_ms - prefill_ms - handoff_ms AS decode_ms,
    row_number() OVER (PARTITION BY run ORDER BY e2e_ms, request_id) AS place,
    count(*) OVER (PARTITION BY run) AS finished
  FROM staged)
SELECT run, percentile, count(*) AS requests, avg(queue_ms) AS queue_ms,
  avg(prefill_ms) AS prefill_ms, avg(handoff_ms) AS handoff_ms, avg(decode_ms) AS decode_ms,
  avg(e2e_ms) AS e2e_ms
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
  const longest = Math.max(...series.map((s) => s.label.length)) * 6.6 + 14;
  // Long names stand above their bars, as all do on narrow screens.
  const above = layout.compact || longest > layout.width * 0.35;
  const margins = {
    top: 62,
    right: 62,
    bottom: 30,
    left: above ? 8 : Math.max(60, longest),
  };
  const width = plotWidth(layout, margins);
  const band = above ? 34 : 20;
  const height = series.length * band;
  const gap = 50;
  const shown = percentiles.filter((p) => rows.some((row) => row.percentile === p));
  const passed = stages.filter(
    (stage) => stage !== 'handoff' || rows.some((row) => Number(row.handoff_ms) > 0),
  );
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
        labels: !above,
        labelColor: tones.ink.light,
        titleFontWeight: 600,
        titleColor: tones.ink.light,
      }),
    };
    const offset = above ? { yOffset: 8 } : {};
    const bar = (stage: Stage, i: number) => ({
      transform: [
        { calculate: sumOf(passed.slice(0, i)), as: 'from_ms' },
        {
          calculate: i === passed.length - 1 ? 'datum.e2e_ms' : sumOf(passed.slice(0, i + 1)),
          as: 'to_ms',
        },
      ],
      mark: {
        type: 'bar',
        fill: stageHues[stage],
        stroke: tones.paper.light,
        strokeWidth: 1,
        ...(above ? { height: 14, yOffset: 8 } : {}),
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
                ...passed.map((s) => ({
                  field: `${s}_ms`,
                  title: `${stageNames[s]}, ms`,
                  format: ',.1f',
                })),
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
        ...passed.map(bar),
        {
          transform: [{ calculate: msText('e2e_ms'), as: 'total' }],
          mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, aria: false, ...offset },
          encoding: { x: x('e2e_ms'), y, text: { field: 'total' } },
        },
        ...(above
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
        ...(percentile === shown[0] ? stageKey(passed, margins) : []),
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

/** A sum of stage times, as an expression over a row. */
function sumOf(some: readonly Stage[]): string {
  return some.map((stage) => `datum.${stage}_ms`).join(' + ') || '0';
}

function stageKey(
  passed: readonly Stage[],
  margins: { top: number; left: number },
): Record<string, unknown>[] {
  let next = -margins.left + 4;
  const y = -margins.top + 12;
  return passed.flatMap((stage) => {
    const x = next;
    next += 20 + textWidth(stageNames[stage]) + 18;
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
          text: stageNames[stage],
          fill: tones.ink.light,
          aria: false,
        },
        encoding: { x: { value: x + 20 }, y: { value: y + 1 } },
      },
    ];
  });
}
