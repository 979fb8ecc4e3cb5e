import type { ChartSpec } from 'reprise';
import { workloads } from './published.ts';

const standIn: Readonly<Record<string, string>> = {
  conversation: 'recorded',
  synthetic: 'as released',
  toolagent: 'toolagent-like, generated',
};

/** Shares by limit, ours beside the published ones; and how near each rate comes. */
export const charts: ChartSpec[] = Object.keys(workloads).flatMap((workload): ChartSpec[] => [
  {
    id: `${workload}-shares`,
    title: {
      sql: `SELECT 'Within 100 ms, ${workload}: '
          || string_agg(system || ' ' || round(100 * share, 1) || ' %', ', ' ORDER BY system)
        FROM served WHERE workload = '${workload}' AND clock = 'measured' AND rate = 1
          AND limit_ms = 100`,
    },
    subtitle: `Share of requests with TBT within the limit and TTFT within 30 s; ${standIn[workload]}; dashed: published`,
    sql: `SELECT system, 'replayed' AS source, limit_ms, share FROM served
        WHERE workload = '${workload}' AND clock = 'measured' AND rate = 1
      UNION ALL SELECT if(system = 'mooncake', '8P8D', system), 'published', limit_ms, share
        FROM published WHERE workload = '${workload}' ORDER BY ALL`,
    spec: {
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'limit_ms',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'limit of TBT, ms',
        },
        y: { field: 'share', type: 'quantitative', title: 'share of requests' },
        color: { field: 'system' },
        strokeDash: { field: 'source' },
      },
    },
  },
  {
    id: `${workload}-rates`,
    title: {
      sql: `SELECT 'Nearest to the published shares, ${workload}: '
          || string_agg(system || ' at ' || rate || 'x', ', ' ORDER BY system)
        FROM (SELECT system, arg_min(rate, distance) AS rate FROM distances
          WHERE workload = '${workload}' AND clock = 'measured' GROUP BY system)`,
    },
    subtitle: `Mean distance from the published shares, by rate of the trace; ${standIn[workload]}`,
    sql: `SELECT system, rate, distance FROM distances
      WHERE workload = '${workload}' AND clock = 'measured' ORDER BY ALL`,
    spec: {
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'rate', type: 'quantitative', title: 'rate, multiples of the trace' },
        y: { field: 'distance', type: 'quantitative', title: 'mean distance' },
        color: { field: 'system' },
      },
    },
  },
]);
