import {
  Field,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../units/canonical.ts';
import { type Column, type ColumnTable, columnLength, numbers } from './columns.ts';
import { decodeTable } from './decode.ts';
import { encodeTable } from './encode.ts';

/** One value per row as plain JS, null where there is none: what two columns are compared by. */
function rowsOf(column: Column): unknown[] {
  const isValid = (row: number) => !('valid' in column) || column.valid?.[row] !== 0;
  return Array.from({ length: columnLength(column) }, (_, row) =>
    isValid(row) ? valueAt(column, row) : null,
  );
}

function valueAt(column: Column, row: number): unknown {
  switch (column.kind) {
    case 'dictionary':
      return column.labels[column.indices[row] as number];
    case 'list':
      return rowsOf(column.child).slice(column.offsets[row], column.offsets[row + 1]);
    case 'struct':
      return Object.fromEntries(
        Object.entries(column.children).map(([name, child]) => [name, rowsOf(child)[row]]),
      );
    case 'other':
      return column.vector.get(row);
    default:
      return column.values[row];
  }
}

/** A column with its arrays hashed: deep equality of arrays this long takes seconds. */
function digest(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  if (Array.isArray(value)) return sha256(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, digest(part)]));
}

const arrays = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

function validityOf(rows: number): fc.Arbitrary<Uint8Array | undefined> {
  const bits = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: rows, maxLength: rows });
  return fc.option(
    bits.map((list) => Uint8Array.from(list)),
    { nil: undefined },
  );
}

function numberColumn(rows: number): fc.Arbitrary<Column> {
  const value = fc.oneof(fc.integer(), fc.double({ noNaN: true }));
  return fc
    .tuple(
      fc.constantFrom(...Object.values(arrays)),
      fc.array(value, { minLength: rows, maxLength: rows }),
      validityOf(rows),
    )
    .map(([type, values, valid]) => numbers(new type(values), valid));
}

function dictionaryColumn(rows: number): fc.Arbitrary<Column> {
  return fc
    .tuple(
      fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 4 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { minLength: rows, maxLength: rows }),
      validityOf(rows),
    )
    .map(([labels, picks, valid]) => ({
      kind: 'dictionary',
      labels,
      indices: Int32Array.from(picks, (pick) => pick % labels.length),
      valid,
    }));
}

function leafColumn(rows: number): fc.Arbitrary<Column> {
  return fc.oneof(numberColumn(rows), dictionaryColumn(rows));
}

function structColumn(rows: number): fc.Arbitrary<Column> {
  return fc
    .tuple(leafColumn(rows), leafColumn(rows), validityOf(rows))
    .map(([a, b, valid]) => ({ kind: 'struct', rows, children: { a, b }, valid }));
}

function listColumn(rows: number): fc.Arbitrary<Column> {
  const sizes = fc.array(fc.nat(3), { minLength: rows, maxLength: rows });
  return sizes.chain((lengths) => {
    const offsets = new Int32Array(rows + 1);
    for (const [row, size] of lengths.entries()) offsets[row + 1] = (offsets[row] as number) + size;
    const total = offsets[rows] as number;
    return fc
      .tuple(fc.oneof(leafColumn(total), structColumn(total)), validityOf(rows))
      .map(([child, valid]) => ({ kind: 'list', offsets, child, valid }) as Column);
  });
}

function textColumn(rows: number): fc.Arbitrary<Column> {
  const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 6 }));
  return fc
    .array(text, { minLength: rows, maxLength: rows })
    .map((values) => ({ kind: 'utf8', values }));
}

const anyTable = fc.nat(12).chain((rows) =>
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 5 }).filter((name) => name !== '__proto__'),
    fc.oneof(leafColumn(rows), structColumn(rows), listColumn(rows), textColumn(rows)),
    { minKeys: 1, maxKeys: 4 },
  ),
);

function roundTrip(columns: Readonly<Record<string, Column>>): ColumnTable {
  return decodeTable(encodeTable(columns), 'a test');
}

function expectSameRows(columns: Readonly<Record<string, Column>>): void {
  const { columns: read } = roundTrip(columns);
  expect(Object.keys(read)).toEqual(Object.keys(columns));
  for (const [name, column] of Object.entries(columns)) {
    expect(rowsOf(read[name] as Column)).toEqual(rowsOf(column));
  }
}

describe('encodeTable and decodeTable', () => {
  it('return every value, null, list and struct', () => {
    fc.assert(fc.property(anyTable, expectSameRows));
  });

  it('give the same bytes for the same columns, also for columns just decoded', () => {
    fc.assert(
      fc.property(anyTable, (columns) => {
        const bytes = encodeTable(columns);
        const again = encodeTable(columns);
        expect(Buffer.compare(bytes, again)).toBe(0);
        const { columns: read } = decodeTable(bytes, 'a test');
        const once = encodeTable(read);
        expect(Buffer.compare(once, bytes)).toBe(0);
      }),
    );
  });

  it('keep metadata', () => {
    const metadata = new Map([
      ['name', 'a trace'],
      ['größe', '512 ✓'],
    ]);
    const bytes = encodeTable({ a: numbers(Int32Array.of(1)) }, metadata);
    expect(decodeTable(bytes, 'a test').metadata).toEqual(metadata);
  });

  it('keep the columns of a table without rows', () => {
    const columns: Record<string, Column> = {
      a: numbers(new Float64Array(0)),
      b: { kind: 'list', offsets: Int32Array.of(0), child: numbers(new Int32Array(0)) },
      c: { kind: 'dictionary', indices: new Int32Array(0), labels: [] },
      d: { kind: 'utf8', values: [] },
    };
    const read = roundTrip(columns);
    expect(read.rows).toBe(0);
    expect(Object.keys(read.columns)).toEqual(['a', 'b', 'c', 'd']);
    for (const column of Object.values(read.columns)) expect(columnLength(column)).toBe(0);
  });

  it('join the batches of a table of more than 65,536 rows', () => {
    const rows = 2 * 65_536 + 7;
    const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => 2 * row - (row >> 1));
    const items = offsets[rows] as number;
    const every = (n: number, length: number) =>
      Uint8Array.from({ length }, (_, i) => (i % n === 0 ? 0 : 1));
    const item: Column = {
      kind: 'struct',
      rows: items,
      children: {
        kind: {
          kind: 'dictionary',
          labels: ['image', 'audio'],
          indices: Int32Array.from({ length: items }, (_, i) => i % 2),
          valid: every(7, items),
        },
        size: numbers(Int32Array.from({ length: items }, (_, i) => i)),
      },
    };
    const columns: Record<string, Column> = {
      number: numbers(
        Float64Array.from({ length: rows }, (_, row) => row / 3),
        every(5, rows),
      ),
      list: { kind: 'list', offsets, child: item, valid: every(11, rows) },
      label: {
        kind: 'dictionary',
        labels: ['a', 'b', 'c'],
        indices: Int32Array.from({ length: rows }, (_, row) => row % 3),
      },
      text: { kind: 'utf8', values: Array.from({ length: rows }, (_, row) => `t${row % 100}`) },
    };
    const { columns: read } = roundTrip(columns);
    for (const name of Object.keys(columns)) {
      expect(digest(read[name] as Column)).toEqual(digest(columns[name] as Column));
    }
  });

  it('reads lists that leave child values unused before, between and after', () => {
    const item = new Field('item', new Int32(), false);
    const type = new List(item);
    const batch = (offsets: number[], values: number[]) => {
      const data = makeData({
        type,
        length: offsets.length - 1,
        nullCount: 0,
        valueOffsets: Int32Array.from(offsets),
        child: vectorFromArray(values, new Int32()).data[0] as never,
      });
      const fields = [new Field('list', type, false)];
      const struct = makeData({
        type: new Struct(fields),
        length: offsets.length - 1,
        children: [data],
      });
      return new RecordBatch(new Schema(fields), struct);
    };
    const batches = [batch([2, 3, 5], [9, 9, 1, 2, 3, 9]), batch([1, 1, 2], [9, 4, 9])];
    const bytes = tableToIPC(new Table(batches), 'file');
    const { columns } = decodeTable(bytes, 'a test');
    expect(rowsOf(columns.list as Column)).toEqual([[1], [2, 3], [], [4]]);
  });

  it('names the file that is not Arrow', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeTable(bytes, 'some.arrow')).toThrow(/some\.arrow/);
      }),
    );
  });

  it('names the file that is cut short', () => {
    const bytes = encodeTable({ a: numbers(Int32Array.of(1, 2, 3)) });
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => decodeTable(bytes.subarray(0, length), 'cut.arrow')).toThrow(/cut\.arrow/);
    }
  });

  it('refuses columns of different lengths', () => {
    const columns = { a: numbers(Int32Array.of(1)), b: numbers(Int32Array.of(1, 2)) };
    expect(() => encodeTable(columns)).toThrow('column b has 2 rows, not 1');
  });
});
