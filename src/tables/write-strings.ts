import { isUtf8 } from 'node:buffer';
import type { Data, Utf8, Vector } from 'apache-arrow';
import type { RawBindings, RawVector } from './duckdb-raw.ts';

/**
 * DuckDB keeps a text of a vector in a cell of 16 bytes: its length (uint32), then the text itself
 * where it has at most 12 bytes (zero-filled), else its first 4 bytes and a pointer. Short texts are
 * written here as finished cells; long ones get theirs from DuckDB, one call per distinct text and
 * chunk, and equal rows share the cell. Writing indices of an ENUM instead would be as fast, but
 * needs one dictionary for all files and the width DuckDB chooses for it.
 */
const cellWords = 4;
const inlineBytes = 12;

/** Texts of a dictionary, in Arrow's own bytes, with the finished cells of the short ones. */
interface Labels {
  readonly bytes: readonly Uint8Array[];
  readonly cells: Uint32Array;
  /** False where the dictionary holds a null. */
  readonly present: readonly boolean[] | null;
  /** Row of the chunk that holds the cell of a long label; −1 before it is met. */
  readonly rowOf: Int32Array;
}

const labelsOf = new WeakMap<Vector, Labels>();

/** Rows of a plain text column. Bits: validity of the rows written, null when all are valid. */
export function writeText(
  raw: RawBindings,
  vector: RawVector,
  data: Data<Utf8>,
  from: number,
  rows: number,
  bits: Uint8Array | null,
): void {
  const cells = new Uint32Array(rows * cellWords);
  const long: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (bits && !((bits[row >> 3] as number) & (1 << (row & 7)))) continue;
    const text = textAt(data, from + row);
    if (text.length <= inlineBytes) writeInline(cells, row, text);
    else {
      raw.vector_assign_string_element_len(vector, row, text);
      long.push(row);
    }
  }
  if (long.length > 0) {
    const assigned = assignedCells(raw, vector, rows);
    for (const row of long) copyCell(cells, row, assigned, row);
  }
  copyCells(raw, vector, cells);
}

/** Rows of a dictionary column, as the texts they stand for; clears the bits of null labels. */
export function writeLabels(
  raw: RawBindings,
  vector: RawVector,
  indices: ArrayLike<number>,
  dictionary: Vector<Utf8>,
  from: number,
  rows: number,
  bits: Uint8Array | null,
): void {
  const labels = prepareLabels(dictionary);
  const cells = new Uint32Array(rows * cellWords);
  const met: number[] = [];
  const long: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (bits && !((bits[row >> 3] as number) & (1 << (row & 7)))) continue;
    const label = indices[from + row] as number;
    if (!(label >= 0 && label < labels.bytes.length)) {
      throw new RangeError('a dictionary index has no label');
    }
    if ((labels.cells[label * cellWords] as number) <= inlineBytes) {
      copyCell(cells, row, labels.cells, label);
      continue;
    }
    if (labels.rowOf[label] === -1) {
      raw.vector_assign_string_element_len(vector, row, labels.bytes[label] as Uint8Array);
      labels.rowOf[label] = row;
      met.push(label);
    }
    long.push(row);
  }
  if (long.length > 0) {
    const assigned = assignedCells(raw, vector, rows);
    for (const row of long) {
      copyCell(cells, row, assigned, labels.rowOf[indices[from + row] as number] as number);
    }
    for (const label of met) labels.rowOf[label] = -1;
  }
  copyCells(raw, vector, cells);
}

/** Which labels of a dictionary are not null; null when all are. */
export function labelsPresent(dictionary: Vector<Utf8>): readonly boolean[] | null {
  return prepareLabels(dictionary).present;
}

function prepareLabels(dictionary: Vector<Utf8>): Labels {
  const known = labelsOf.get(dictionary);
  if (known) return known;
  const bytes: Uint8Array[] = [];
  for (const part of dictionary.data as readonly Data<Utf8>[]) {
    const held = part.valueOffsets.length - 1;
    if (part.length > held) throw new RangeError('an Arrow dictionary is shorter than it claims');
    for (let i = 0; i < part.length; i++) bytes.push(textAt(part, i));
  }
  const cells = new Uint32Array(bytes.length * cellWords);
  for (const [label, text] of bytes.entries()) {
    if (text.length <= inlineBytes) writeInline(cells, label, text);
    else cells[label * cellWords] = text.length;
  }
  const present = dictionary.nullCount > 0 ? bytes.map((_, i) => dictionary.isValid(i)) : null;
  const labels = { bytes, cells, present, rowOf: new Int32Array(bytes.length).fill(-1) };
  labelsOf.set(dictionary, labels);
  return labels;
}

function textAt(data: Data<Utf8>, row: number): Uint8Array {
  const offsets = data.valueOffsets;
  const text = data.values.subarray(offsets[row], offsets[row + 1]);
  // DuckDB assigns nothing for other bytes: the cell would keep a stray pointer.
  if (!isUtf8(text)) throw new RangeError('a text is not UTF-8');
  return text;
}

function writeInline(cells: Uint32Array, row: number, text: Uint8Array): void {
  cells[row * cellWords] = text.length;
  new Uint8Array(cells.buffer, row * 16 + 4, inlineBytes).set(text);
}

function copyCell(target: Uint32Array, to: number, source: Uint32Array, from: number): void {
  const a = to * cellWords;
  const b = from * cellWords;
  target[a] = source[b] as number;
  target[a + 1] = source[b + 1] as number;
  target[a + 2] = source[b + 2] as number;
  target[a + 3] = source[b + 3] as number;
}

function assignedCells(raw: RawBindings, vector: RawVector, rows: number): Uint32Array {
  const bytes = raw.vector_get_data(vector, rows * cellWords * 4);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, rows * cellWords);
}

function copyCells(raw: RawBindings, vector: RawVector, cells: Uint32Array): void {
  raw.copy_data_to_vector(vector, 0, cells.buffer as ArrayBuffer, 0, cells.byteLength);
}
