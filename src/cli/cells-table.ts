import type { Experiment } from '../experiment/define.ts';
import { labelNames, openExperiment } from '../experiment/experiment-session.ts';
import type { PlannedRun } from '../experiment/plan.ts';
import { quoteName } from '../tables/duckdb.ts';
import { formatMs } from '../units/format.ts';
import { note, print, printTable } from './terminal.ts';

const figures = ['ttft_p50_ms', 'ttft_p99_ms', 'tpot_p50_ms', 'tpot_p99_ms', 'e2e_mean_ms'];
const titles = ['TTFT p50', 'p99', 'TPOT p50', 'p99', 'mean e2e', 'req/s'];
const mostRows = 40;

/** The cells of an experiment with their key figures, means over seeds; the best of each bold. */
export async function printCells(
  out: string,
  experiment: Experiment,
  plans: readonly PlannedRun[],
): Promise<void> {
  const axes = labelNames(plans).filter((name) => name !== 'seed');
  const session = await openExperiment(out, experiment, plans);
  try {
    const columns = axes.map(quoteName);
    const order = 'min(cells.rowid)';
    const found = await session.objects(`
      SELECT ${[...columns.map((name) => `cells.${name}`), 'count(*) AS seeds'].join(', ')},
        ${[...figures, 'requests_per_s'].map((name) => `avg(${name}) AS ${name}`).join(', ')}
      FROM cells JOIN runs USING (run)
      ${columns.length > 0 ? `GROUP BY ${columns.map((name) => `cells.${name}`).join(', ')}` : ''}
      ${columns.length > 0 ? `ORDER BY ${order}` : ''}`);
    const rows = found.filter((row) => row.seeds !== 0);
    const value = (row: (typeof rows)[number], name: string) => row[name] as number | null;
    const best = figures.map((name) =>
      Math.min(...rows.map((row) => value(row, name) ?? Number.POSITIVE_INFINITY)),
    );
    const repeated = rows.some((row) => row.seeds !== 1);
    const head = [...axes, ...(repeated ? ['seeds'] : [])];
    printTable(
      [
        ...head.map((title) => ({ title })),
        ...titles.map((title) => ({ title, align: 'right' as const })),
      ],
      rows
        .slice(0, mostRows)
        .map((row) => [
          ...head.map((name) => String(row[name] ?? '')),
          ...figures.map((name) => formatMs(value(row, name))),
          value(row, 'requests_per_s')?.toFixed(2) ?? '-',
        ]),
      {
        bold: (r, c) => {
          const figure = c - head.length;
          const name = figures[figure];
          const own = name === undefined ? null : value(rows[r] as (typeof rows)[number], name);
          return rows.length > 1 && own !== null && own === best[figure];
        },
      },
    );
    if (rows.length > mostRows)
      print(`and ${rows.length - mostRows} more: reprise sql "FROM summary"`);
    if (session.missing.length > 0) note(`${session.missing.length} runs are missing`);
  } finally {
    session.close();
  }
}
