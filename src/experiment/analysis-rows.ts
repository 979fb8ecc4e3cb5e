import { type TableName, tableSchemas } from '../results/schema.ts';
import { quoteName } from '../tables/duckdb.ts';
import type { SqlValue } from '../tables/sql-values.ts';
import { type ExperimentSession, labelNames } from './experiment-session.ts';
import { isReplay, type PlannedRun } from './plan.ts';

/** The rows of one table that the analyses of an experiment filled, as a reader needs them. */
export interface AnalysisRows {
  readonly table: TableName;
  readonly sql: string;
  /** Labels of cells and columns of the table whose values differ between the rows. */
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, SqlValue>>[];
  /** Columns with one value in all rows. */
  readonly shared: readonly { readonly column: string; readonly value: SqlValue }[];
}

/** The tables of the analyses that are there, in the order of cells and of their own rows. */
export async function analysisRows(
  session: ExperimentSession,
  plans: readonly PlannedRun[],
): Promise<AnalysisRows[]> {
  const analyses = plans.filter((plan) => !isReplay(plan));
  const tables = new Set(analyses.flatMap((plan) => plan.tables));
  tables.delete('analyses');
  const found: AnalysisRows[] = [];
  for (const table of tables) {
    const own = Object.keys(tableSchemas[table].columns).filter((name) => name !== 'run');
    const labels = labelNames(analyses).filter((name) => !own.includes(name));
    const columns = [
      ...labels.map((name) => `cells.${quoteName(name)}`),
      ...own.map((name) => `t.${quoteName(name)}`),
    ];
    const sql = `SELECT ${columns.join(', ')}
FROM cells JOIN (SELECT *, row_number() OVER () AS place FROM ${table}) t USING (run)
ORDER BY cells.rowid, place`;
    const rows = await session.objects(sql);
    if (rows.length === 0) continue;
    const names = [...labels, ...own];
    const varies = (name: string) => rows.some((row) => row[name] !== rows[0]?.[name]);
    const shared = names.flatMap((column) => {
      const value = rows[0]?.[column] ?? null;
      return varies(column) || value === null ? [] : [{ column, value }];
    });
    const shown = rows.length === 1 ? names.slice(-own.length) : names.filter(varies);
    found.push({ table, sql, columns: shown, rows, shared: rows.length === 1 ? [] : shared });
  }
  return found;
}
