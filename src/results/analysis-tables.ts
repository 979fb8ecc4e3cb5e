import type { AnalysisColumn, AnalysisColumns } from '../replay/analyser.ts';
import type { Column } from '../tables/columns.ts';
import { encodeTable } from '../tables/encode.ts';
import { type ColumnSchema, type TableName, tableSchemas, tablesVersion } from './schema.ts';

/** The bytes of a table that an analyser filled, `run` added: same columns, same bytes. */
export function encodeAnalysisTable(
  table: TableName,
  run: string,
  given: AnalysisColumns,
): Uint8Array {
  const { doc, columns: schema } = tableSchemas[table];
  const names = Object.keys(given);
  const rows = Object.values(given)[0]?.length ?? 0;
  const wanted = Object.keys(schema).filter((name) => name !== 'run');
  // A table without rows has no columns to compare.
  if (names.length > 0 && names.join() !== wanted.join()) {
    throw new Error(`columns of ${table} differ from its schema: ${names.join()}`);
  }
  const columns: Record<string, Column> = {
    run: { kind: 'dictionary', indices: new Int32Array(rows), labels: [run] },
  };
  for (const name of wanted) {
    const column = given[name] ?? [];
    if (column.length !== rows) {
      throw new Error(`${table}: ${column.length} values of ${name} for ${rows} rows`);
    }
    columns[name] = encodeColumn((schema as Record<string, ColumnSchema>)[name]!, column, name);
  }
  const metadata = new Map([
    ['reprise.table', table],
    ['reprise.tables_version', tablesVersion],
    ['reprise.doc', doc],
  ]);
  return encodeTable(columns, metadata);
}

function encodeColumn(
  { kind, nullable }: ColumnSchema,
  given: AnalysisColumn,
  name: string,
): Column {
  const missing = given.includes(null as never);
  if (missing && !nullable) throw new Error(`no value in column ${name}`);
  const valid = missing
    ? { valid: Uint8Array.from(given, (value) => (value === null ? 0 : 1)) }
    : {};
  const numeric = () => Array.from(given as readonly (number | null)[], (value) => value ?? 0);
  switch (kind) {
    case 'int32':
      return { kind, values: Int32Array.from(numeric()), ...valid };
    case 'uint32':
      return { kind, values: Uint32Array.from(numeric()), ...valid };
    case 'float64':
      return { kind, values: Float64Array.from(numeric()), ...valid };
    case 'utf8':
      return {
        kind,
        values: Array.from(given, (value) => (value === null ? null : String(value))),
      };
    case 'dictionary': {
      const labels: string[] = [];
      const places = new Map<string, number>();
      const indices = Int32Array.from(given as readonly (string | null)[], (value) => {
        const text = String(value ?? '');
        const place = places.get(text) ?? labels.push(text) - 1;
        places.set(text, place);
        return place;
      });
      return { kind, indices, labels, ...valid };
    }
  }
}
