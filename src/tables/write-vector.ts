import { type Bool, type Data, DataType, type Utf8, type Vector } from 'apache-arrow';
import type { RawBindings, RawVector } from './duckdb-raw.ts';
import type { ColumnType } from './sql-types.ts';
import { labelsPresent, writeLabels, writeText } from './write-strings.ts';

/** Validity, one bit a row from row 0 on, 1 = present, as Arrow and DuckDB both have it. */
type Bits = Uint8Array;

/**
 * Writes rows from … from + rows − 1 of an Arrow column into a DuckDB vector of the same type.
 * @param data null where the file has no such column: all rows become NULL
 * @param parent validity of the struct around the column: what it hides is NULL here too
 */
export function writeColumn(
  raw: RawBindings,
  vector: RawVector,
  type: ColumnType,
  data: Data | null,
  from: number,
  rows: number,
  parent: Bits | null = null,
): void {
  if (data === null || DataType.isNull(data.type)) {
    writeNulls(raw, vector, type, rows);
    return;
  }
  requireRows(data, type, from + rows);
  const bits = both(validBits(data, from, rows), parent, rows);
  if (bits) writeValidity(raw, vector, bits, rows);
  switch (type.kind) {
    case 'list':
      writeList(raw, vector, type.item, data, from, rows, bits);
      break;
    case 'struct':
      for (const [member, [, memberType]] of type.members.entries()) {
        const child = raw.struct_vector_get_child(vector, member);
        writeColumn(raw, child, memberType, data.children[member] as Data, from, rows, bits);
      }
      break;
    case 'utf8':
      if (DataType.isDictionary(data.type)) {
        const dictionary = data.dictionary as Vector<Utf8>;
        writeLabels(raw, vector, data.values, dictionary, from, rows, bits);
      } else {
        writeText(raw, vector, data as Data<Utf8>, from, rows, bits);
      }
      break;
    case 'bool':
      writeBytes(raw, vector, expandBits(data as Data<Bool>, from, rows));
      break;
    default:
      writeBytes(raw, vector, data.values.subarray(from, from + rows));
  }
}

/** A damaged file may claim more rows than its buffers hold. */
function requireRows(data: Data, type: ColumnType, rows: number): void {
  const { values, valueOffsets } = data;
  const held =
    type.kind === 'struct'
      ? rows
      : type.kind === 'bool'
        ? 8 * values.length - data.offset
        : valueOffsets
          ? valueOffsets.length - 1
          : values.length;
  if (held < rows) throw new RangeError('an Arrow column is shorter than its batch');
}

function writeList(
  raw: RawBindings,
  vector: RawVector,
  itemType: ColumnType,
  data: Data,
  from: number,
  rows: number,
  bits: Bits | null,
): void {
  const offsets = data.valueOffsets;
  const first = offsets[from] as number;
  const items = (offsets[from + rows] as number) - first;
  const child = data.children[0] as Data;
  // DuckDB would follow a wrong offset anywhere.
  if (!(first + items <= child.length)) throw new RangeError('a list goes beyond its items');
  // Each list is an (offset, length) pair of uint64 in the child; the high words stay 0.
  const pairs = new Uint32Array(4 * rows);
  for (let row = 0; row < rows; row++) {
    const start = offsets[from + row] as number;
    pairs[4 * row] = start - first;
    const length = (offsets[from + row + 1] as number) - start;
    if (start < first || length < 0) throw new RangeError('list offsets go backwards');
    if (!bits || isSet(bits, row)) pairs[4 * row + 2] = length;
  }
  writeBytes(raw, vector, pairs);
  raw.list_vector_reserve(vector, items);
  raw.list_vector_set_size(vector, items);
  if (items > 0) {
    writeColumn(raw, raw.list_vector_get_child(vector), itemType, child, first, items);
  }
}

function writeNulls(raw: RawBindings, vector: RawVector, type: ColumnType, rows: number): void {
  writeValidity(raw, vector, new Uint8Array((rows + 7) >> 3), rows);
  if (type.kind === 'struct') {
    for (const [member, [, memberType]] of type.members.entries()) {
      writeNulls(raw, raw.struct_vector_get_child(vector, member), memberType, rows);
    }
  } else if (type.kind === 'list' || type.kind === 'utf8') {
    // Lists and texts under a NULL are looked at all the same when a vector is copied.
    writeBytes(raw, vector, new Uint8Array(16 * rows));
    if (type.kind === 'list') raw.list_vector_set_size(vector, 0);
  }
}

/** Validity of the rows, or null when all are valid; a label that is null makes its rows null. */
function validBits(data: Data, from: number, rows: number): Bits | null {
  const bits = data.nullCount > 0 ? cutBits(data.nullBitmap, data.offset + from, rows) : null;
  const present = DataType.isDictionary(data.type)
    ? labelsPresent(data.dictionary as Vector<Utf8>)
    : null;
  if (!present) return bits;
  const kept = bits ? bits.slice() : new Uint8Array((rows + 7) >> 3).fill(255);
  for (let row = 0; row < rows; row++) {
    if (!present[data.values[from + row]]) kept[row >> 3]! &= ~(1 << (row & 7));
  }
  return kept;
}

/** `count` bits from bit `from` on, moved to bit 0; a view where they start on a byte. */
function cutBits(bitmap: Uint8Array, from: number, count: number): Bits {
  const byte = from >> 3;
  const shift = from & 7;
  const bytes = (count + 7) >> 3;
  if (shift === 0) return bitmap.subarray(byte, byte + bytes);
  const cut = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) {
    const low = (bitmap[byte + i] as number) >> shift;
    cut[i] = low | ((bitmap[byte + i + 1] ?? 0) << (8 - shift));
  }
  return cut;
}

function both(a: Bits | null, b: Bits | null, rows: number): Bits | null {
  if (!a || !b) return a ?? b;
  const bytes = (rows + 7) >> 3;
  const joined = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) joined[i] = (a[i] as number) & (b[i] as number);
  return joined;
}

function isSet(bits: Bits, row: number): boolean {
  return ((bits[row >> 3] as number) & (1 << (row & 7))) !== 0;
}

function expandBits(data: Data<Bool>, from: number, rows: number): Uint8Array {
  const bytes = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    bytes[row] = isSet(data.values, data.offset + from + row) ? 1 : 0;
  }
  return bytes;
}

function writeValidity(raw: RawBindings, vector: RawVector, bits: Bits, rows: number): void {
  raw.vector_ensure_validity_writable(vector);
  const bytes = (rows + 7) >> 3;
  const { buffer, byteOffset } = bits;
  raw.copy_data_to_vector_validity(vector, 0, buffer as ArrayBuffer, byteOffset, bytes);
}

function writeBytes(raw: RawBindings, vector: RawVector, values: ArrayBufferView): void {
  const { buffer, byteOffset, byteLength } = values;
  raw.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}
