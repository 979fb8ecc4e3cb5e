import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Uint8,
  Uint16,
  Uint32,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { type Column, columnLength, type NumberKind } from './columns.ts';

const numberTypes = {
  int8: Int8,
  int16: Int16,
  int32: Int32,
  uint8: Uint8,
  uint16: Uint16,
  uint32: Uint32,
  float32: Float32,
  float64: Float64,
} as const;

/** Rows of one record batch: readers that stream hold no more than this at a time. */
const batchRows = 65_536;

/**
 * An Arrow file (IPC file format, uncompressed) of the columns, in the order given.
 * Same columns, same bytes. All columns must have the same number of rows.
 */
export function encodeTable(
  columns: Readonly<Record<string, Column>>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  return encodeChunks([columns], metadata);
}

/**
 * As encodeTable, of a table that stands in parts: each has the same columns, and dictionary
 * columns share one array of labels.
 */
export function encodeChunks(
  chunks: readonly Readonly<Record<string, Column>>[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const dictionaries = new Dictionaries();
  const parts = chunks.map((columns) =>
    Object.entries(columns).map(([name, column]) => prepare(name, column, dictionaries)),
  );
  const fields = (parts[0] ?? []).map((entry, c) => {
    const nullable = parts.some((part) => part[c]?.nullable);
    return new Field(entry.name, entry.type, nullable);
  });
  const schema = new Schema(fields, new Map(metadata));
  const batches = parts.flatMap((entries) => batchesOf(entries, fields, schema));
  return tableToIPC(new Table(schema, batches), 'file');
}

function batchesOf(entries: Prepared[], fields: Field[], schema: Schema): RecordBatch[] {
  const rows = entries[0]?.rows ?? 0;
  for (const entry of entries) {
    if (entry.rows !== rows) {
      throw new RangeError(`column ${entry.name} has ${entry.rows} rows, not ${rows}`);
    }
  }
  const batches: RecordBatch[] = [];
  for (let from = 0; from < rows || from === 0; from += batchRows) {
    const to = Math.min(rows, from + batchRows);
    const children = entries.map((entry) => entry.slice(from, to));
    const data = makeData({ type: new Struct(fields), length: to - from, nullCount: 0, children });
    batches.push(new RecordBatch(schema, data));
  }
  return batches;
}

/** Dictionaries of one file, numbered in order: Arrow's own numbers count on through a process. */
class Dictionaries {
  readonly #known = new Map<readonly string[], { type: Dictionary; labels: Vector<Utf8> }>();

  of(labels: readonly string[]): { type: Dictionary; labels: Vector<Utf8> } {
    const known = this.#known.get(labels);
    if (known) return known;
    const fresh = {
      type: new Dictionary(new Utf8(), new Int32(), this.#known.size),
      labels: vectorFromArray(labels.length > 0 ? [...labels] : [''], new Utf8()),
    };
    this.#known.set(labels, fresh);
    return fresh;
  }
}

interface Prepared {
  name: string;
  rows: number;
  type: DataType;
  nullable: boolean;
  slice: (from: number, to: number) => Data;
}

/** Fixes the Arrow type of a column once, so that all batches share one dictionary. */
function prepare(name: string, column: Column, dictionaries: Dictionaries): Prepared {
  const rows = columnLength(column);
  switch (column.kind) {
    case 'dictionary': {
      const { type, labels } = dictionaries.of(column.labels);
      const slice = (from: number, to: number) =>
        makeData({
          type,
          length: to - from,
          ...validity(column.valid, from, to),
          data: column.indices.subarray(from, to),
          dictionary: labels,
        });
      return { name, rows, type, nullable: hasNulls(column.valid), slice };
    }
    case 'list': {
      const item = prepare('item', column.child, dictionaries);
      const type = new List(new Field('item', item.type, item.nullable));
      const slice = (from: number, to: number) => {
        const offsets = column.offsets.slice(from, to + 1);
        const first = offsets[0] ?? 0;
        const last = offsets[offsets.length - 1] ?? 0;
        for (let i = 0; i < offsets.length; i++) offsets[i]! -= first;
        return makeData({
          type,
          length: to - from,
          ...validity(column.valid, from, to),
          valueOffsets: offsets,
          child: item.slice(first, last),
        });
      };
      return { name, rows, type, nullable: hasNulls(column.valid), slice };
    }
    case 'struct': {
      const members = Object.entries(column.children).map(([key, child]) =>
        prepare(key, child, dictionaries),
      );
      const type = new Struct(members.map((m) => new Field(m.name, m.type, m.nullable)));
      const slice = (from: number, to: number) =>
        makeData({
          type,
          length: to - from,
          ...validity(column.valid, from, to),
          children: members.map((member) => member.slice(from, to)),
        });
      return { name, rows, type, nullable: hasNulls(column.valid), slice };
    }
    case 'utf8': {
      const vector = vectorFromArray([...column.values], new Utf8());
      return fromVector(name, vector);
    }
    case 'other':
      return fromVector(name, column.vector);
    default: {
      const type = new numberTypes[column.kind as NumberKind]();
      const slice = (from: number, to: number) =>
        makeData({
          type,
          length: to - from,
          ...validity(column.valid, from, to),
          data: column.values.subarray(from, to),
        } as never) as Data;
      return { name, rows, type, nullable: hasNulls(column.valid), slice };
    }
  }
}

function fromVector(name: string, vector: Vector): Prepared {
  const slice = (from: number, to: number): Data => {
    const part = vector.slice(from, to);
    // A fresh copy: sliced Arrow data keeps offsets that the writer of a struct does not honour.
    const copy = vectorFromArray([...part], vector.type as never) as Vector;
    return copy.data[0] ?? emptyData(vector.type);
  };
  return { name, rows: vector.length, type: vector.type, nullable: true, slice };
}

function emptyData(type: DataType): Data {
  return makeData({ type: type as Int32, length: 0, nullCount: 0 }) as Data;
}

/** A field is nullable only where a value is missing: an array of ones says nothing. */
function hasNulls(valid: Uint8Array | undefined): boolean {
  return valid?.includes(0) ?? false;
}

function validity(valid: Uint8Array | undefined, from: number, to: number) {
  if (valid === undefined) return { nullCount: 0 };
  const bitmap = new Uint8Array(((to - from + 63) >> 6) << 3 || 8);
  let nullCount = 0;
  for (let i = from; i < to; i++) {
    if (valid[i]) bitmap[(i - from) >> 3]! |= 1 << ((i - from) & 7);
    else nullCount++;
  }
  return nullCount === 0 ? { nullCount: 0 } : { nullCount, nullBitmap: bitmap };
}
