import type { Series } from '../groups.ts';
import { fetchRows, type QuerySession, type Row, textOf } from '../session.ts';

/** Rows of a query that has a column `run`, each with the label of its run's series. */
export async function seriesRows(
  session: QuerySession,
  sql: string,
  series: readonly Series[],
): Promise<Row[]> {
  const labels = new Map(series.flatMap((s) => s.runs.map((run) => [run.run, s.label])));
  const rows = await fetchRows(session, sql);
  return rows.map((row) => ({ series: labels.get(textOf(row, 'run')) ?? '', ...row }));
}
