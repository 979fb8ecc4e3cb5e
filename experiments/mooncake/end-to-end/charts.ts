import type { ChartSpec } from 'reprise';
import { isSimulated } from './published.ts';

function curves(workload: string, where: string): ChartSpec {
  const length = isSimulated(workload) ? 'hundred' : 'all';
  const from = `workload = '${workload}' AND length = '${length}' AND clock = 'measured'
        AND reading = 'alone'`;
  return {
    id: workload,
    title: {
      sql: `SELECT '${where}, highest tested rate within both levels: '
          || string_agg(system || ' ' || coalesce(grid_both::VARCHAR, 'none'), ', ' ORDER BY system)
        FROM carried WHERE ${from} AND system IN ('3P1D', '2P2D', '4M', '4M-chunked')`,
    },
    subtitle:
      'P90 over its service level; 1.2 and above is drawn as 1.2; generated requests, measured clock',
    sql: `UNPIVOT (SELECT system, rate, ttft AS "TTFT", tbt AS "TBT" FROM points WHERE ${from})
      ON "TTFT", "TBT" INTO NAME metric VALUE share ORDER BY ALL`,
    spec: {
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'rate', type: 'quantitative', title: 'requests per second' },
        y: { field: 'share', type: 'quantitative', title: 'P90 / level' },
        color: { field: 'system' },
        column: { field: 'metric', type: 'nominal' },
      },
    },
  };
}

/** Figures 11 and 12 anew, with the baselines of our own. */
export const throughputCharts: ChartSpec[] = [
  curves('arxiv', 'ArXiv summaries'),
  curves('leval', 'L-Eval'),
  curves('16k', '16k tokens'),
  curves('32k', '32k tokens'),
  curves('64k', '64k tokens'),
  curves('128k', '128k tokens'),
];

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
