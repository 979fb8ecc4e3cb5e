import type { Experiment } from '../experiment/define.ts';
import {
  type ExperimentSession,
  labelNames,
  openExperiment,
} from '../experiment/experiment-session.ts';
import { isReplay, type PlannedRun } from '../experiment/plan.ts';
import { quoteName } from '../tables/duckdb.ts';
import { formatMs, formatShare } from '../units/format.ts';
import { printAnalyses } from './analysis-view.ts';
import { bold, note, print, printTable } from './terminal.ts';

const figures = [
  ['ttft_p50_ms', 'TTFT p50'],
  ['ttft_p99_ms', 'p99'],
  ['tpot_p50_ms', 'TPOT p50'],
  ['tpot_p99_ms', 'p99'],
  ['e2e_mean_ms', 'mean e2e'],
  ['makespan_ms', 'makespan'],
] as const;
/** Traces that are named. */
const mostTraces = 5;
const mostRows = 40;

type Row = Readonly<Record<string, unknown>>;

/** An experiment: its question, what was replayed, and its cells with their key figures. */
export async function printExperiment(
  out: string,
  experiment: Experiment,
  plans: readonly PlannedRun[],
): Promise<void> {
  const session = await openExperiment(out, experiment, plans);
  try {
    print(bold(experiment.question));
    for (const trace of await tracesOf(session)) print(`trace   ${trace}`);
    if (experiment.notes) print(`system  ${experiment.notes.split('. ')[0]?.replace(/\.$/, '')}`);
    const replays = plans.filter(isReplay);
    if (replays.length > 0) await printCells(session, replays);
    await printAnalyses(session, plans);
    for (const line of await endings(session)) print(line);
    if (session.missing.length > 0) note(`${session.missing.length} runs are missing`);
    print();
  } finally {
    session.close();
  }
}

/** Cells that differ in the seed alone are one row of means; the best of each figure is bold. */
async function printCells(session: ExperimentSession, plans: readonly PlannedRun[]): Promise<void> {
  const axes = labelNames(plans).filter((name) => name !== 'seed');
  const columns = axes.map((name) => `cells.${quoteName(name)}`);
  const means = [...figures.map(([name]) => name), 'requests_per_s'].map(
    (name) => `avg(${name}) AS ${name}`,
  );
  const rows: readonly Row[] = await session.objects(`
    SELECT ${[...columns, 'count(*)::INTEGER AS seeds', ...means].join(', ')},
      sum(cached_tokens) / sum(input_tokens) AS cached
    FROM cells JOIN (SELECT *, 1000 * simulated_s AS makespan_ms FROM runs) USING (run)
    ${columns.length > 0 ? `GROUP BY ${columns.join(', ')} ORDER BY min(cells.rowid)` : ''}`);
  const shown = rows.filter((row) => row.seeds !== 0).slice(0, mostRows);
  const best = figures.map(([name]) =>
    Math.min(...rows.map((row) => numberAt(row, name) ?? Number.POSITIVE_INFINITY)),
  );
  const head = [...axes, ...(rows.some((row) => Number(row.seeds) > 1) ? ['seeds'] : [])];
  const isCached = rows.some((row) => Number(row.cached) > 0);
  const titles = [...figures.map(([, title]) => title), 'req/s', ...(isCached ? ['cached'] : [])];
  printTable(
    [
      ...head.map((title) => ({ title })),
      ...titles.map((title) => ({ title, align: 'right' as const })),
    ],
    shown.map((row) => [
      ...head.map((name) => String(row[name] ?? '')),
      ...figures.map(([name]) => formatMs(numberAt(row, name))),
      numberAt(row, 'requests_per_s')?.toFixed(2) ?? '-',
      ...(isCached ? [formatShare(numberAt(row, 'cached'))] : []),
    ]),
    {
      bold: (r, c) => {
        const figure = figures[c - head.length];
        const value = figure && numberAt(shown[r] as Row, figure[0]);
        return rows.length > 1 && value != null && value === best[c - head.length];
      },
    },
  );
  if (rows.length > mostRows) {
    print(`and ${rows.length - mostRows} more: reprise sql "FROM summary"`);
  }
}

function numberAt(row: Row, name: string): number | null {
  return typeof row[name] === 'number' ? row[name] : null;
}

/** "kimi-like (generated)": what was recorded, and what was not. */
async function tracesOf(session: ExperimentSession): Promise<string[]> {
  const rows = await session.objects(
    `SELECT DISTINCT trace, trace_kind, generated_columns FROM (
       SELECT trace, trace_kind, generated_columns FROM runs UNION ALL
       SELECT trace, trace_kind, '' FROM analyses
       WHERE trace IS NOT NULL AND trace NOT IN (SELECT trace FROM runs)) ORDER BY ALL`,
  );
  const lines = rows.map(({ trace, trace_kind, generated_columns }) => {
    const isOther = trace_kind !== 'generated' && generated_columns;
    return `${trace} (${trace_kind}${isOther ? `, but ${generated_columns} generated` : ''})`;
  });
  const left = lines.length - mostTraces;
  return left > 1 ? [...lines.slice(0, mostTraces), `and ${left} more`] : lines;
}

async function endings(session: ExperimentSession): Promise<string[]> {
  const [all] = await session.objects(
    `SELECT count(*)::INTEGER AS runs, sum(requests)::DOUBLE AS requests,
       sum(finished)::DOUBLE AS finished FROM runs`,
  );
  if (!all?.runs) return [];
  if (all.requests === all.finished) return ['all requests finished in every run'];
  const short = await session.objects(
    `SELECT cell, finished, requests FROM cells JOIN runs USING (run)
     WHERE finished < requests ORDER BY cells.rowid LIMIT 5`,
  );
  return short.map(
    ({ cell, finished, requests }) => `${cell}: ${finished} of ${requests} requests finished`,
  );
}
