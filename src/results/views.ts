import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { openSession, quoteName, quoteText, type Session } from '../tables/duckdb.ts';
import { filesOf, literalPattern } from '../tables/file-pattern.ts';
import { InputError } from '../units/input-error.ts';
import { type TableSchema, tableSchemas } from './schema.ts';
import { sqlMacros } from './sql-macros.ts';
import { sqlSchemas } from './sql-schemas.ts';
import { type TraceFile, traceFiles } from './trace-files.ts';

/** SQL over all runs of a folder and over the traces that they replayed. */
export interface ResultsSession extends Session {
  /** What the views leave out, and why: for the reader of the results. */
  readonly notes: readonly string[];
}

export interface ResultsOptions {
  /** Traces to see under these names, before those that the runs name. */
  readonly traces?: readonly TraceFile[] | undefined;
  /** Keys of the runs to see; all of the folder if left out. */
  readonly only?: readonly string[] | undefined;
  readonly threads?: number | undefined;
  readonly memoryLimit?: string | undefined;
}

/**
 * Opens a session with one view per result table over all finished runs in `runsDir` (no run gives
 * empty tables), `trace_requests` over their traces, and the macros of sql-macros.ts. Runs that are
 * written later are seen by later queries.
 */
export async function openResults(
  runsDir: string,
  { traces = [], only, ...options }: ResultsOptions = {},
): Promise<ResultsSession> {
  const session = await openSession({ ...options, schemas: sqlSchemas() });
  const runs = resolve(runsDir);
  try {
    for (const table of Object.keys(tableSchemas)) {
      await session.query(tableView(runs, table, { known: true, only }));
    }
    for (const table of furtherTables(runs)) {
      await session.query(tableView(runs, table, { known: false, only }));
    }
    const { files, notes } = traceFiles(runs, traces);
    const broken = await createTraceView(session, files);
    for (const { sql } of sqlMacros) await session.query(sql);
    return { ...session, notes: [...notes, ...broken] };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** What a table or view holds, and its columns' meanings; null for tables that others added. */
export function tableDoc(name: string): TableSchema | null {
  if (name === 'trace_requests') {
    return { doc: 'the requests of the traces themselves, by trace name', columns: {} };
  }
  return (tableSchemas as Record<string, TableSchema>)[name] ?? null;
}

function tableView(
  runs: string,
  table: string,
  { known, only }: { known: boolean; only: readonly string[] | undefined },
): string {
  const pattern = (run: string) =>
    quoteText(join(literalPattern(runs), run, `${literalPattern(table)}.arrow`));
  const files =
    only === undefined
      ? pattern('*')
      : `[${only
          .filter((run) => existsSync(join(runs, run, `${table}.arrow`)))
          .map(pattern)
          .join(', ')}]::VARCHAR[]`;
  const schema = known ? `, schema := ${quoteText(table)}` : '';
  return `CREATE VIEW ${quoteName(table)} AS FROM read_arrow(${files}${schema})`;
}

/** Tables beyond the known ones that some run holds. */
function furtherTables(runs: string): string[] {
  const tables = filesOf(join(literalPattern(runs), '*', '*.arrow')).map((path) =>
    basename(path, '.arrow'),
  );
  const taken = ['trace_requests', ...Object.keys(tableSchemas), ...sqlMacros.map((m) => m.name)];
  return [...new Set(tables)].filter((table) => !taken.includes(table)).sort();
}

/** Creates `trace_requests`; returns a note for each file that it cannot hold. */
async function createTraceView(
  session: Session,
  files: readonly TraceFile[],
): Promise<readonly string[]> {
  const empty = "SELECT ''::VARCHAR AS trace, * FROM read_arrow([]::VARCHAR[], schema := 'trace')";
  const parts = [empty];
  const notes: string[] = [];
  for (const { name, path } of files) {
    const file = quoteText(literalPattern(path));
    const part = `SELECT ${quoteText(name)} AS trace, * FROM read_arrow(${file}, schema := 'trace')`;
    try {
      await session.query(`DESCRIBE ${[...parts, part].join(' UNION ALL BY NAME ')}`);
      parts.push(part);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      notes.push(`trace_requests leaves out ${name}: ${error.message}`);
    }
  }
  await session.query(`CREATE VIEW trace_requests AS ${parts.join(' UNION ALL BY NAME ')}`);
  return notes;
}
