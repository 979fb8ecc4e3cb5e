import { createReadStream } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quoteText, type Session, type StreamedResult } from '../tables/duckdb.ts';
import { encodeTable } from '../tables/encode.ts';
import { resultColumns } from '../tables/result-columns.ts';
import type { SqlValue } from '../tables/sql-values.ts';
import { InputError } from '../units/input-error.ts';
import { says, splitStatements } from './sql-text.ts';

export const fileFormats = ['json', 'csv', 'parquet', 'arrow'] as const;
export type FileFormat = (typeof fileFormats)[number];

/**
 * Runs the SQL and writes the last statement's result: json (one array of objects) and csv
 * (RFC 4180, NULL empty) as the rows come, arrow and parquet as a whole.
 */
export async function writeResult(
  session: Session,
  sql: string,
  { format, out, source }: { format: FileFormat; out: Writable; source?: string | undefined },
): Promise<void> {
  switch (format) {
    case 'json':
      return pipe(jsonText(await session.stream(sql, { source })), out);
    case 'csv':
      return pipe(csvText(await session.stream(sql, { source })), out);
    case 'arrow':
      return pipe([encodeTable(resultColumns(await session.query(sql, { source })))], out);
    case 'parquet':
      return writeParquet(session, sql, out, source);
  }
}

/** As writeResult, into a file that appears when it is whole. */
export async function writeResultFile(
  session: Session,
  sql: string,
  path: string,
  options: { format: FileFormat; source?: string | undefined },
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    await writeResult(session, sql, { ...options, out: file.createWriteStream() });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR') throw error;
    throw new InputError('cannot write the file', {
      where: path,
      rule: String(code),
      cause: error,
    });
  }
}

async function pipe(parts: Iterable<unknown> | AsyncIterable<unknown>, out: Writable) {
  // The process's own stdout stays open for what follows.
  await pipeline(parts, out, { end: out !== process.stdout });
}

async function* jsonText({ columns, parts }: StreamedResult): AsyncGenerator<string> {
  let before = '[\n';
  for await (const rows of parts) {
    const lines = rows.map((row) => {
      const object = Object.fromEntries(columns.map(({ name }, c) => [name, row[c]]));
      return JSON.stringify(object);
    });
    if (lines.length > 0) yield before + lines.join(',\n');
    before = lines.length > 0 ? ',\n' : before;
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

async function* csvText({ columns, parts }: StreamedResult): AsyncGenerator<string> {
  yield `${columns.map((column) => csvCell(column.name)).join(',')}\n`;
  for await (const rows of parts) {
    yield rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
  }
}

function csvCell(value: SqlValue): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\n\r]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
}

async function writeParquet(
  session: Session,
  sql: string,
  out: Writable,
  source: string | undefined,
): Promise<void> {
  const { statements, rest } = splitStatements(sql);
  const all = says(rest) ? [...statements, rest] : [...statements];
  const last = all.pop();
  if (last === undefined) throw new InputError('no SQL statement', { where: source });
  for (const statement of all) await session.query(statement, { source });
  const folder = await mkdtemp(join(tmpdir(), 'reprise-sql-'));
  const file = join(folder, 'result.parquet');
  try {
    const before = 'COPY (';
    // The line break ends a comment that the statement may end with.
    const copy = `${before}${last}\n) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`;
    await session.query(copy, { source, before });
    await pipeline(createReadStream(file), out, { end: out !== process.stdout });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
