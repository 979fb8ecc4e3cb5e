import { readFileSync, statSync } from 'node:fs';
import {
  ANY,
  type DuckDBConnection,
  DuckDBListValue,
  DuckDBTableFunction,
  type DuckDBTableFunctionBindInfo,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { Data, RecordBatch, Schema } from 'apache-arrow';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import { readFooter } from './arrow-footer.ts';
import { type RawBindings, rawBindings } from './duckdb-raw.ts';
import { filesOf } from './file-pattern.ts';
import { parseArrow } from './parse-arrow.ts';
import { type ColumnType, columnType, duckType, typeText } from './sql-types.ts';
import { writeColumn } from './write-vector.ts';

/** Columns by name, in order. */
export type TableSchema = Readonly<Record<string, ColumnType>>;

/** Rows DuckDB takes at a time. */
const chunkRows = 2048;

interface FileInfo {
  readonly schema: Map<string, ColumnType>;
  readonly rows: number;
  readonly bytes: number;
  readonly changedMs: number;
}

/** What a query scans: fixed when it is bound. */
interface Bound {
  readonly files: readonly string[];
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
}

/** Where a scan stands. */
interface Scan {
  readonly bound: Bound;
  /** Column of the bound table that each output vector takes, in the query's order. */
  readonly wanted: readonly number[];
  nextFile: number;
  batches: readonly RecordBatch[];
  /** Child of a batch that each output vector takes; −1 where the file has no such column. */
  children: readonly number[];
  nextBatch: number;
  batch: RecordBatch | undefined;
  nextRow: number;
}

/**
 * Registers the table function `read_arrow(files, schema := NAME)` on the connection's database.
 *
 * `files` is a path, a pattern (file-pattern.ts) or a list of them. Files are united by column
 * name: a column that a file lacks is NULL there, a type that differs is an error that names file
 * and column. `schema` names one of `schemas`: its columns come first, whether or not a file has
 * them, and no file at all gives an empty table; without it no file is an error.
 * Only the columns that a query uses are copied. Files are read whole, one at a time.
 */
export function registerReadArrow(
  connection: DuckDBConnection,
  schemas: Readonly<Record<string, TableSchema>> = {},
): void {
  const raw = rawBindings();
  const known = new Map<string, FileInfo>();
  connection.registerTableFunction(
    DuckDBTableFunction.create({
      name: 'read_arrow',
      parameterTypes: [ANY],
      namedParameterTypes: { schema: VARCHAR },
      supportsProjectionPushdown: true,
      bindFunction: (info) => bind(info, schemas, known),
      initFunction: (info) => {
        const scan: Scan = {
          bound: info.getBindData() as Bound,
          wanted: info.getColumnIndexes(),
          nextFile: 0,
          batches: [],
          children: [],
          nextBatch: 0,
          batch: undefined,
          nextRow: 0,
        };
        info.setInitData(scan);
      },
      mainFunction: (info, chunk) => {
        const scan = info.getInitData() as Scan;
        const rows = advance(scan);
        // The size comes first: it gives the vectors their length, and 0 ends the scan.
        chunk.rowCount = rows;
        if (rows > 0) writeChunk(raw, scan, chunk.chunk, rows);
      },
    }),
  );
}

function bind(
  info: DuckDBTableFunctionBindInfo,
  schemas: Readonly<Record<string, TableSchema>>,
  known: Map<string, FileInfo>,
): void {
  const patterns = textsOf(info.getParameter(0));
  const files = [...new Set(patterns.flatMap(filesOf))];
  const name = info.getNamedParameter('schema');
  const start = typeof name === 'string' ? schemas[name] : undefined;
  if (typeof name === 'string' && !start) throw unknownName('schema', name, Object.keys(schemas));
  if (files.length === 0 && !start) {
    throw new InputError('no Arrow file', { where: patterns.join(', '), rule: 'no file matches' });
  }
  const columns = new Map<string, ColumnType>(Object.entries(start ?? {}));
  let rows = 0;
  for (const file of files) {
    const { schema, rows: fileRows } = fileInfo(file, known);
    unite(columns, schema, file);
    rows += fileRows;
  }
  if (columns.size === 0) throw new InputError('no columns', { where: patterns.join(', ') });
  for (const [column, type] of columns) info.addResultColumn(column, duckType(type));
  info.setCardinality(rows, true);
  info.setBindData({ files, columns: [...columns] } satisfies Bound);
}

function textsOf(value: DuckDBValue): string[] {
  const items = value instanceof DuckDBListValue ? value.items : [value];
  return items.map((item) => {
    if (typeof item === 'string') return item;
    throw new InputError('read_arrow takes a path, a pattern or a list of them');
  });
}

/** Schema and rows from the file's footer, read again only when the file has changed. */
function fileInfo(file: string, known: Map<string, FileInfo>): FileInfo {
  const { size: bytes, mtimeMs: changedMs } = statSync(file);
  const before = known.get(file);
  if (before?.bytes === bytes && before.changedMs === changedMs) return before;
  const footer = readFooter(file);
  const info = { schema: sqlSchema(footer.schema, file), rows: footer.rows, bytes, changedMs };
  known.set(file, info);
  return info;
}

function sqlSchema(schema: Schema, file: string): Map<string, ColumnType> {
  const columns = new Map<string, ColumnType>();
  for (const field of schema.fields) {
    const where = `${file}, column ${field.name}`;
    const type = columnType(field.type);
    if (type === null) throw new InputError(`SQL cannot read the type ${field.type}`, { where });
    if (columns.has(field.name)) throw new InputError('two columns of one name', { where });
    columns.set(field.name, type);
  }
  return columns;
}

function unite(columns: Map<string, ColumnType>, more: Map<string, ColumnType>, file: string) {
  for (const [name, type] of more) {
    const before = columns.get(name);
    if (before === undefined || before.kind === 'null') columns.set(name, type);
    else checkType(before, type, name, file);
  }
}

function checkType(expected: ColumnType, type: ColumnType, name: string, file: string): void {
  if (type.kind === 'null' || typeText(type) === typeText(expected)) return;
  throw new InputError(`column ${name} is ${typeText(type)}`, {
    where: file,
    rule: `it is ${typeText(expected)} in the files before or the known schema`,
  });
}

/** Moves on to the next rows; returns how many the chunk takes, 0 at the end of the scan. */
function advance(scan: Scan): number {
  while (scan.batch === undefined || scan.nextRow >= scan.batch.numRows) {
    scan.nextRow = 0;
    scan.batch = scan.batches[scan.nextBatch++];
    if (scan.batch === undefined && !openNextFile(scan)) return 0;
  }
  return Math.min(chunkRows, scan.batch.numRows - scan.nextRow);
}

function openNextFile(scan: Scan): boolean {
  const file = scan.bound.files[scan.nextFile++];
  if (file === undefined) return false;
  const table = parseArrow(readFileSync(file), file);
  const names = table.schema.fields.map((field) => field.name);
  scan.children = scan.wanted.map((wanted) => {
    const [name, expected] = scan.bound.columns[wanted] as (typeof scan.bound.columns)[number];
    const child = names.indexOf(name);
    // The file may have been replaced since the query was bound.
    const type = child < 0 ? null : columnType(table.schema.fields[child]!.type);
    if (type) checkType(expected, type, name, file);
    return child;
  });
  scan.batches = table.batches;
  scan.nextBatch = 0;
  return true;
}

function writeChunk(
  raw: RawBindings,
  scan: Scan,
  chunk: Parameters<RawBindings['data_chunk_get_vector']>[0],
  rows: number,
): void {
  for (const [output, wanted] of scan.wanted.entries()) {
    const [name, type] = scan.bound.columns[wanted] as (typeof scan.bound.columns)[number];
    const child = scan.children[output] as number;
    const data = child < 0 ? null : (scan.batch?.data.children[child] as Data);
    const vector = raw.data_chunk_get_vector(chunk, output);
    try {
      writeColumn(raw, vector, type, data, scan.nextRow, rows);
    } catch (cause) {
      const where = `${scan.bound.files[scan.nextFile - 1]}, column ${name}`;
      throw new InputError('broken Arrow file', { where, rule: (cause as Error).message, cause });
    }
  }
  scan.nextRow += rows;
}
