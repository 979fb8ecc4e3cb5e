import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBType,
} from '@duckdb/node-api';
import { InputError } from '../units/input-error.ts';
import { queryError } from './duckdb-error.ts';
import { registerReadArrow, type TableSchema } from './read-arrow.ts';
import { arrowTypeOf, type ColumnType } from './sql-types.ts';
import { plainValue, type SqlValue } from './sql-values.ts';

export interface ResultColumn {
  /** As in the query; a name that comes twice gets a number. */
  readonly name: string;
  /** As SQL writes it, such as DOUBLE or INTEGER[]. */
  readonly type: string;
  /** The same as Arrow has it; types that Arrow columns of ours do not have are texts. */
  readonly arrowType: ColumnType;
}

export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/**
 * A result that comes in parts. The session's next query ends it: reading on is an error then.
 */
export interface StreamedResult {
  readonly columns: readonly ResultColumn[];
  readonly parts: AsyncIterable<readonly (readonly SqlValue[])[]>;
}

export interface QueryOptions {
  /** What errors call the query, such as the name of its file. */
  readonly source?: string | undefined;
  /** Beginning of the SQL that is not the user's: places in errors are counted from its end. */
  readonly before?: string | undefined;
}

/** An in-memory DuckDB that can read Arrow files; every error of a query is an InputError. */
export interface Session {
  /** Runs one or more statements; the result is the last one's. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** As `query`, the rows as objects by column name. */
  objects(sql: string, options?: QueryOptions): Promise<Record<string, SqlValue>[]>;
  /** As `query`, for results that need not fit into memory. */
  stream(sql: string, options?: QueryOptions): Promise<StreamedResult>;
  /**
   * From here on SQL reaches no file but through `read_arrow`: no COPY, ATTACH, LOAD, read_csv and
   * their kin, and no setting changes any more.
   */
  lock(): Promise<void>;
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
  // DuckDB ends a streamed result, without a word, when its connection gets another query.
  let latest = 0;
  const failing = async <T>(sql: string, options: QueryOptions, work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw queryError(error, sql, options.source, options.before);
    }
  };
  async function* partsOf(result: DuckDBResult, id: number, sql: string, options: QueryOptions) {
    const rows = result.yieldRows();
    for (;;) {
      const { value, done } = await failing(sql, options, () => rows.next());
      if (id !== latest) throw new Error('another query ended a result that was still read');
      if (done) return;
      yield value.map((row) => row.map(plainValue));
    }
  }
  const session: Session = {
    async query(sql, options = {}) {
      latest++;
      const result = await failing(sql, options, async () => {
        const last = await runUntilLast(connection, sql, options);
        return last.run().finally(() => last.destroySync());
      });
      const rows = await result.getRows();
      return { columns: columnsOf(result), rows: rows.map((row) => row.map(plainValue)) };
    },
    async objects(sql, options) {
      const { columns, rows } = await session.query(sql, options);
      const names = columns.map((column) => column.name);
      return rows.map((row) =>
        Object.fromEntries(names.map((name, c) => [name, row[c] as SqlValue])),
      );
    },
    async stream(sql, options = {}) {
      const id = ++latest;
      const result = await failing(sql, options, async () => {
        const last = await runUntilLast(connection, sql, options);
        return last.stream().finally(() => last.destroySync());
      });
      return { columns: columnsOf(result), parts: partsOf(result, id, sql, options) };
    },
    async lock() {
      await session.query('SET enable_external_access = false; SET lock_configuration = true');
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
  return session;
}

/** Runs all statements but the last, which it returns. */
async function runUntilLast(
  connection: DuckDBConnection,
  sql: string,
  { source }: QueryOptions,
): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql).catch((error: Error) => {
    if (error.message.includes('exception_type')) throw error;
    // DuckDB's own error for a text without a statement says nothing.
    throw new InputError('no SQL statement', { where: source, cause: error });
  });
  for (let i = 0; i < statements.count - 1; i++) {
    const statement = await statements.prepare(i);
    await statement.run().finally(() => statement.destroySync());
  }
  return statements.prepare(statements.count - 1);
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result.deduplicatedColumnNames().map((name, c) => {
    const type = types[c] as DuckDBType;
    return { name, type: type.toString(), arrowType: arrowTypeOf(type) };
  });
}

/** A text as SQL writes it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL writes it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
