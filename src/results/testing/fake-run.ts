import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Column } from '../../tables/columns.ts';
import { encodeTable } from '../../tables/encode.ts';
import { type ColumnSchema, type TableName, tableSchemas } from '../schema.ts';

export type FakeRow = Readonly<Record<string, number | string | null>>;
export type FakeTables = Partial<Record<TableName, readonly FakeRow[]>>;

/** Writes a run folder as a replay would: a row gives the columns that matter, the rest are 0. */
export function writeFakeRun(runsDir: string, run: string, tables: FakeTables = {}): void {
  for (const name of Object.keys(tableSchemas) as TableName[]) {
    const rows = (tables[name] ?? (name === 'runs' ? [{}] : [])).map((row) => ({ run, ...row }));
    writeTable(join(runsDir, run, `${name}.arrow`), rows, tableSchemas[name].columns);
  }
}

/** Writes an Arrow file of the columns. */
export function writeTable(
  path: string,
  rows: readonly FakeRow[],
  schema: Readonly<Record<string, ColumnSchema>>,
): void {
  const columns = Object.entries(schema).map(([name, { kind, nullable }]) => {
    const values = rows.map((row) => row[name] ?? (nullable || name in row ? null : 0));
    return [name, columnOf(kind, values)] as const;
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeTable(Object.fromEntries(columns)));
}

function columnOf(kind: ColumnSchema['kind'], values: readonly FakeRow[string][]): Column {
  const valid = values.includes(null)
    ? Uint8Array.from(values, (value) => Number(value !== null))
    : undefined;
  if (kind === 'utf8') return { kind, values: values.map((v) => (v === null ? null : String(v))) };
  if (kind === 'dictionary') {
    const labels = [...new Set(values.map(String))];
    const indices = Int32Array.from(values, (value) => labels.indexOf(String(value)));
    return { kind, indices, labels, valid };
  }
  const arrays = { int32: Int32Array, uint32: Uint32Array, float64: Float64Array };
  return { kind, values: arrays[kind].from(values.map(Number)), valid } as Column;
}
