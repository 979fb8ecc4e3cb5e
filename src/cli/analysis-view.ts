import { analysisRows } from '../experiment/analysis-rows.ts';
import type { ExperimentSession } from '../experiment/experiment-session.ts';
import type { PlannedRun } from '../experiment/plan.ts';
import type { SqlValue } from '../tables/sql-values.ts';
import { print, printTable } from './terminal.ts';

const mostRows = 40;

/** The tables that the analyses of an experiment filled; nothing where it has none. */
export async function printAnalyses(
  session: ExperimentSession,
  plans: readonly PlannedRun[],
): Promise<void> {
  for (const { table, columns, rows, shared } of await analysisRows(session, plans)) {
    const common = shared.map(({ column, value }) => `${column} ${text(value)}`).join(', ');
    print(`${table}${common && `, in all rows: ${common}`}`);
    const isNumber = (name: string) => rows.some((row) => typeof row[name] === 'number');
    printTable(
      columns.map((title) => ({ title, align: isNumber(title) ? 'right' : 'left' })),
      rows.slice(0, mostRows).map((row) => columns.map((name) => text(row[name] ?? null))),
    );
    if (rows.length > mostRows) {
      print(`and ${rows.length - mostRows} more: reprise sql "FROM ${table}"`);
    }
  }
}

function text(value: SqlValue): string {
  if (value === null) return '-';
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}
