import type { ChartSpec } from '../../experiment/define.ts';
import { formatCount, formatShare } from '../../units/format.ts';
import { sqlText } from '../session.ts';
import type { TraceFacts } from './trace-facts.ts';

/** Slices of the time axis. */
const slices = 100;

/** What a trace is like, in pictures: lengths, arrivals, and reuse where it has blocks. */
export function tracePictures(facts: TraceFacts): ChartSpec[] {
  return [
    lengths(facts),
    ...(facts.spanMs > 0 ? [arrivals(facts)] : []),
    ...(facts.blocks === null ? [] : [reuse(facts, facts.blocks)]),
  ];
}

const tokens = (value: number | null) => (value === null ? '-' : formatCount(Math.round(value)));

function lengths({ name, input, output }: TraceFacts): ChartSpec {
  return {
    id: 'lengths',
    title: `Half of the prompts hold ${tokens(input.p50)} tokens or more, one in a hundred more than ${tokens(input.p99)}; outputs ${tokens(output.p50)} and ${tokens(output.p99)}`,
    subtitle: 'Share of requests whose prompt (text only) or output is at most that long',
    interval: 'all requests of the trace, no interval',
    sql: `WITH shares AS (SELECT list_transform(range(0, 201), lambda i: i / 200.0) AS points),
asked AS (
  SELECT quantile_cont(input_tokens, list_transform(range(0, 201), lambda i: i / 200.0)) AS input,
    quantile_cont(output_tokens, list_transform(range(0, 201), lambda i: i / 200.0)) AS output
  FROM trace_requests WHERE trace = ${sqlText(name)})
SELECT 'prompt' AS tokens_of, unnest(points)::DOUBLE AS share, greatest(unnest(input), 1)::DOUBLE AS tokens
FROM asked, shares
UNION ALL
SELECT 'output', unnest(points)::DOUBLE, greatest(unnest(output), 1)::DOUBLE FROM asked, shares`,
    spec: {
      mark: { type: 'line', interpolate: 'linear' },
      encoding: {
        x: {
          field: 'tokens',
          type: 'quantitative',
          scale: { type: 'log', nice: false },
          axis: { title: 'tokens, log scale', format: '~s', grid: true },
        },
        y: {
          field: 'share',
          type: 'quantitative',
          axis: { title: 'share of requests', format: '.0%', tickCount: 5 },
        },
        color: { field: 'tokens_of', type: 'nominal' },
      },
    },
  };
}

function arrivals({ name, requests, spanMs }: TraceFacts): ChartSpec {
  const sliceS = spanMs / slices / 1000;
  const minutes = spanMs > 600_000;
  const where = `trace = ${sqlText(name)}`;
  const rates = `WITH span AS (
  SELECT min(arrival_ms) AS from_ms, (max(arrival_ms) - min(arrival_ms)) / ${slices} AS slice_ms
  FROM trace_requests WHERE ${where}),
arrived AS (
  SELECT least(floor((arrival_ms - from_ms) / slice_ms), ${slices - 1})::BIGINT AS slice, count(*) AS n
  FROM trace_requests, span WHERE ${where} GROUP BY slice)
SELECT round((slice + 0.5) * slice_ms / ${minutes ? 60_000 : 1000}, 4)::DOUBLE AS time,
  round(coalesce(n, 0) / slice_ms * 1000, 4)::DOUBLE AS requests_per_s
FROM span CROSS JOIN range(${slices}) AS all_slices(slice) LEFT JOIN arrived USING (slice)
ORDER BY time`;
  const mean = (requests / (spanMs / 1000)).toFixed(2);
  return {
    id: 'arrivals',
    title: {
      sql: `SELECT 'On average ${mean} requests/s; the busiest ${sliceS.toFixed(sliceS < 10 ? 1 : 0)} s bring ' || format('{:.2f}', max(requests_per_s)) || ', the quietest ' || format('{:.2f}', min(requests_per_s)) FROM (${rates})`,
    },
    subtitle: `Requests per second in ${slices} equal slices of the trace`,
    interval: 'all requests of the trace, no interval',
    sql: rates,
    spec: {
      height: 180,
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: {
          field: 'time',
          type: 'quantitative',
          scale: { nice: false },
          axis: { title: `time since the first arrival (${minutes ? 'min' : 's'})`, tickCount: 8 },
        },
        y: {
          field: 'requests_per_s',
          type: 'quantitative',
          scale: { zero: true },
          axis: { title: 'arrivals per second', tickCount: 4 },
        },
      },
    },
  };
}

function reuse(
  { name }: TraceFacts,
  { references, unique }: NonNullable<TraceFacts['blocks']>,
): ChartSpec {
  const again = formatShare(1 - unique / references);
  return {
    id: 'reuse',
    title: `${again} of the prompt blocks stood in an earlier request: what a cache without end could save at most`,
    subtitle: `Share of block references that an earlier request made before, per ${100 / slices} % of the requests and so far`,
    interval: 'all requests of the trace, no interval',
    sql: `WITH refs AS (
  SELECT request_id, arrival_ms, unnest(block_ids) AS block,
    floor((row_number() OVER (ORDER BY arrival_ms, request_id) - 1) * ${slices} / count(*) OVER ()) AS slice
  FROM trace_requests WHERE trace = ${sqlText(name)}),
met AS (
  SELECT slice, row_number() OVER (PARTITION BY block ORDER BY arrival_ms, request_id) > 1 AS again
  FROM refs),
sliced AS (SELECT slice, count(*) AS n, count(*) FILTER (again) AS hits FROM met GROUP BY slice)
SELECT (slice + 1) / ${slices} AS requests_share, 'in this slice' AS over, hits / n AS reused FROM sliced
UNION ALL
SELECT (slice + 1) / ${slices}, 'so far', sum(hits) OVER upto / sum(n) OVER upto
FROM sliced WINDOW upto AS (ORDER BY slice)
ORDER BY over, requests_share`,
    spec: {
      height: 180,
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: {
          field: 'requests_share',
          type: 'quantitative',
          axis: { title: 'requests, in order of arrival', format: '.0%' },
        },
        y: {
          field: 'reused',
          type: 'quantitative',
          scale: { domain: [0, 1] },
          axis: { title: 'share of blocks met before', format: '.0%', tickCount: 4 },
        },
        color: { field: 'over', type: 'nominal' },
      },
    },
  };
}
