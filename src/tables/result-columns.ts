import { Bool, type DataType, Int64, Uint64, vectorFromArray } from 'apache-arrow';
import { arrayTypes, type Column, type NumberKind } from './columns.ts';
import type { QueryResult } from './duckdb.ts';
import type { ColumnType } from './sql-types.ts';
import type { SqlValue } from './sql-values.ts';

/** A query result as columns for `encodeTable`; texts become dictionaries, dates and times texts. */
export function resultColumns({ columns, rows }: QueryResult): Record<string, Column> {
  return Object.fromEntries(
    columns.map(({ name, arrowType }, c) => {
      const values = rows.map((row) => row[c] as SqlValue);
      return [name, columnOf(arrowType, values)];
    }),
  );
}

function columnOf(type: ColumnType, values: readonly SqlValue[]): Column {
  const valid = values.includes(null)
    ? Uint8Array.from(values, (value) => Number(value !== null))
    : undefined;
  switch (type.kind) {
    case 'list': {
      const lists = values as readonly (readonly SqlValue[] | null)[];
      const offsets = new Int32Array(values.length + 1);
      for (const [i, list] of lists.entries()) offsets[i + 1] = offsets[i]! + (list?.length ?? 0);
      const child = columnOf(
        type.item,
        lists.flatMap((list) => list ?? []),
      );
      return { kind: 'list', offsets, child, valid };
    }
    case 'struct': {
      const structs = values as readonly (Readonly<Record<string, SqlValue>> | null)[];
      const children = type.members.map(([name, memberType]) => {
        return [
          name,
          columnOf(
            memberType,
            structs.map((s) => s?.[name] ?? null),
          ),
        ] as const;
      });
      const rows = values.length;
      return { kind: 'struct', rows, children: Object.fromEntries(children), valid };
    }
    case 'bool':
      return other(values, new Bool());
    case 'int64':
      return other(bigints(values), new Int64());
    case 'uint64':
      return other(bigints(values), new Uint64());
    default:
      if (type.kind in arrayTypes) {
        const kind = type.kind as NumberKind;
        return { kind, values: arrayTypes[kind].from(values.map(Number)), valid } as Column;
      }
      return dictionary(values, valid);
  }
}

function other(values: readonly unknown[], type: DataType): Column {
  return { kind: 'other', vector: vectorFromArray(values, type) };
}

function bigints(values: readonly SqlValue[]): (bigint | null)[] {
  return values.map((value) => (value === null ? null : BigInt(value as number | string)));
}

function dictionary(values: readonly SqlValue[], valid: Uint8Array | undefined): Column {
  const known = new Map<string, number>();
  const indices = Int32Array.from(values, (value) => {
    if (value === null) return 0;
    const label = typeof value === 'string' ? value : JSON.stringify(value);
    const index = known.get(label) ?? known.size;
    known.set(label, index);
    return index;
  });
  return { kind: 'dictionary', indices, labels: [...known.keys()], valid };
}
