import type { ChartSpec } from 'reprise';

const rate = { field: 'rate', type: 'quantitative', title: 'requests per second' };
const level = (title: string) => ({ field: 'share', type: 'quantitative', title });

function curves(metric: 'ttft' | 'tbt', name: string, where: string, workload: string): ChartSpec {
  return {
    id: `${workload}-${metric}`,
    title: {
      sql: `SELECT 'Both within their levels, ${where}: '
          || string_agg(system || ' ' || coalesce(grid_both::VARCHAR, 'never'), ', ' ORDER BY system)
        FROM carried
        WHERE workload = '${workload}' AND clock = 'measured' AND reading = 'alone'
          AND length = '${workload.endsWith('k') ? 'hundred' : 'all'}'
          AND system IN ('3P1D', '2P2D', '4M')`,
    },
    subtitle: `P90 of ${name} over its service level (1.2 and above drawn as 1.2), generated requests`,
    sql: `SELECT system, rate, ${metric} AS share FROM points
      WHERE workload = '${workload}' AND clock = 'measured' AND reading = 'alone'
        AND length = '${workload.endsWith('k') ? 'hundred' : 'all'}' ORDER BY ALL`,
    spec: {
      mark: { type: 'line', point: true },
      encoding: { x: rate, y: level(`P90 of ${name} / level`), color: { field: 'system' } },
    },
  };
}

const drawn = [
  ['arxiv', 'ArXiv summaries'],
  ['leval', 'L-Eval'],
  ['16k', '16k tokens'],
  ['32k', '32k tokens'],
  ['64k', '64k tokens'],
  ['128k', '128k tokens'],
] as const;

/** Figures 11 and 12 anew, with the baselines of our own. */
export const throughputCharts: ChartSpec[] = drawn.flatMap(([workload, where]) => [
  curves('ttft', 'TTFT', where, workload),
  curves('tbt', 'TBT', where, workload),
]);

const shares = Array.from({ length: 99 }, (_, i) => (i + 1) / 100).join(', ');

/** Figure 13 anew, on a generated trace. */
export const realCharts: ChartSpec[] = [
  {
    id: 'tbt',
    title: {
      sql: `SELECT 'Within 0.1 s between tokens: '
          || string_agg(system || ' ' || round(100 * share, 1) || ' %', ', ' ORDER BY system)
        FROM (SELECT system, avg((coalesce(tbt_s <= 0.1, true))::INTEGER) AS share FROM latencies
          WHERE clock = 'measured' AND rate = 1 GROUP BY system)`,
    },
    subtitle: 'Mean gap of a request, by share of requests; 20 nodes; toolagent-like, generated',
    sql: `SELECT system, unnest([${shares}]) AS share,
        unnest(quantile_cont(tbt_s, [${shares}])) AS tbt_s
      FROM latencies WHERE clock = 'measured' AND rate = 1 GROUP BY system ORDER BY ALL`,
    spec: {
      mark: 'line',
      encoding: {
        x: { field: 'tbt_s', type: 'quantitative', scale: { type: 'log' }, title: 'TBT, s' },
        y: { field: 'share', type: 'quantitative', title: 'share of requests' },
        color: { field: 'system' },
      },
    },
  },
];
