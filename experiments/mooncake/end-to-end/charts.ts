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
