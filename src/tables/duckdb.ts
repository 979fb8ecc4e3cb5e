import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
import { InputError } from '../units/input-error.ts';
import { queryError } from './duckdb-error.ts';
import { registerReadArrow, type TableSchema } from './read-arrow.ts';
import { plainValue, type SqlValue } from './sql-values.ts';

export interface ResultColumn {
  /** As in the query; a name that comes twice gets a number. */
  readonly name: string;
  /** As SQL writes it, such as DOUBLE or INTEGER[]. */
  readonly type: string;
}

export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** A result that comes in parts; read it to its end, or stop, before the session's next query. */
export interface StreamedResult {
  readonly columns: readonly ResultColumn[];
  readonly parts: AsyncIterable<readonly (readonly SqlValue[])[]>;
}

export interface QueryOptions {
  /** What errors call the query, such as the name of its file. */
  readonly source?: string | undefined;
}

/** An in-memory DuckDB that can read Arrow files; every error of a query is an InputError. */
export interface Session {
  /** Runs one or more statements; the result is the last one's. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** As `query`, the rows as objects by column name. */
  objects(sql: string, options?: QueryOptions): Promise<Record<string, SqlValue>[]>;
  /** As `query`, for results that need not fit into memory. */
  stream(sql: string, options?: QueryOptions): Promise<StreamedResult>;
  close(): void;
}

export interface SessionOptions {
  /**
   * Threads of DuckDB (default 1). With more, floating-point sums are added up in another order
   * each time and differ in their last digits from run to run.
   */
  readonly threads?: number | undefined;
  /** As DuckDB writes it, such as `4GB` (default: 80 % of the machine's). Beyond it DuckDB spills. */
  readonly memoryLimit?: string | undefined;
  /** Tables that `read_arrow(…, schema := NAME)` knows before it sees a file. */
  readonly schemas?: Readonly<Record<string, TableSchema>> | undefined;
}

export async function openSession({
  threads = 1,
  memoryLimit,
  schemas = {},
}: SessionOptions = {}): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    // Where an in-memory database spills by default is a folder in the working directory.
    temp_directory: join(tmpdir(), `reprise-duckdb-${process.pid}`),
    // Results must not depend on what a machine has downloaded, nor wait for a network.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    errors_as_json: 'true',
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  registerReadArrow(connection, schemas);
  return sessionOn(connection, instance);
}

function sessionOn(connection: DuckDBConnection, instance: DuckDBInstance): Session {
  const session: Session = {
    async query(sql, options) {
      const { columns, parts } = await session.stream(sql, options);
      const rows: (readonly SqlValue[])[] = [];
      for await (const part of parts) for (const row of part) rows.push(row);
      return { columns, rows };
    },
    async objects(sql, options) {
      return rowObjects(await session.query(sql, options));
    },
    async stream(sql, { source } = {}) {
      try {
        const { count } = await connection.extractStatements(sql);
        if (count === 0) throw new InputError('no SQL statement', { where: source });
        const result = await connection.stream(sql);
        return { columns: columnsOf(result), parts: plainParts(result, sql, source) };
      } catch (error) {
        throw error instanceof InputError ? error : queryError(error, sql, source);
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
  return session;
}

/** The rows of a result as objects by column name. */
export function rowObjects(result: QueryResult): Record<string, SqlValue>[] {
  const names = result.columns.map((column) => column.name);
  return result.rows.map((row) =>
    Object.fromEntries(names.map((name, c) => [name, row[c] as SqlValue])),
  );
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result
    .deduplicatedColumnNames()
    .map((name, c) => ({ name, type: types[c]?.toString() ?? '' }));
}

async function* plainParts(result: DuckDBResult, sql: string, source: string | undefined) {
  try {
    for await (const rows of result.yieldRows()) {
      yield rows.map((row) => row.map(plainValue));
    }
  } catch (error) {
    throw queryError(error, sql, source);
  }
}

/** A text as SQL writes it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL writes it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
