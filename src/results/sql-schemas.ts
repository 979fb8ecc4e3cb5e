import type { TableSchema as SqlTable } from '../tables/read-arrow.ts';
import type { ColumnType, FlatKind } from '../tables/sql-types.ts';
import { mediaMembers, requestColumns } from '../trace/schema.ts';
import { type TableSchema, tableSchemas } from './schema.ts';

/** Tables that SQL knows before a file exists: those of a run, and `trace`, the request trace. */
export function sqlSchemas(): Record<string, SqlTable> {
  const schemas: Record<string, SqlTable> = {
    trace: mapValues(requestColumns, (type) => columnType(type)),
  };
  for (const [name, table] of Object.entries<TableSchema>(tableSchemas)) {
    schemas[name] = mapValues(table.columns, (column) => columnType(column.kind));
  }
  return schemas;
}

/** The type that a schema of ours writes as text. */
function columnType(text: string): ColumnType {
  if (text.startsWith('dictionary')) return { kind: 'utf8' };
  if (text === 'list<struct>') {
    const members = Object.entries(mapValues(mediaMembers, (type) => columnType(type)));
    return { kind: 'list', item: { kind: 'struct', members } };
  }
  const item = /^list<(\w+)>$/.exec(text)?.[1];
  return item ? { kind: 'list', item: columnType(item) } : { kind: text as FlatKind };
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}
