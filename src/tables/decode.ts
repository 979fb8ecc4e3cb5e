import { type Data, DataType, Type, type Vector } from 'apache-arrow';
import { InputError } from '../units/input-error.ts';
import {
  arrayTypes,
  type Column,
  type ColumnTable,
  type NumberArrays,
  type NumberKind,
} from './columns.ts';
import { parseArrow } from './parse-arrow.ts';

/**
 * Columns of an Arrow file as typed arrays, all its batches joined (views on the file's own
 * buffer where it has one batch).
 * @param where name of the file, for the message of the InputError thrown when it is not Arrow
 */
export function decodeTable(bytes: Uint8Array, where: string): ColumnTable {
  const table = parseArrow(bytes, where);
  const columns: Record<string, Column> = {};
  for (const [index, field] of table.schema.fields.entries()) {
    const vector = table.getChildAt(index) as Vector;
    try {
      columns[field.name] = decodeVector(vector);
    } catch (cause) {
      throw new InputError(`unreadable column ${field.name}`, { where, cause });
    }
  }
  return { rows: table.numRows, columns, metadata: table.schema.metadata };
}

function decodeVector(vector: Vector): Column {
  const parts = vector.data as readonly Data[];
  const type = vector.type as DataType;
  const rows = vector.length;
  const kind = numberKind(type);
  if (kind !== undefined) {
    const values = joinNumbers(kind, parts, rows);
    return { kind, values, valid: joinValidity(parts, rows) } as Column;
  }
  if (DataType.isDictionary(type) && DataType.isUtf8(type.dictionary)) {
    return decodeDictionary(parts, rows);
  }
  if (DataType.isList(type)) return decodeList(parts, rows);
  if (DataType.isStruct(type)) {
    const children: Record<string, Column> = {};
    for (const [index, field] of type.children.entries()) {
      children[field.name] = decodeParts(parts.map((part) => part.children[index] as Data));
    }
    return { kind: 'struct', rows, children, valid: joinValidity(parts, rows) };
  }
  if (DataType.isUtf8(type)) return { kind: 'utf8', values: [...vector] as (string | null)[] };
  return { kind: 'other', vector };
}

function decodeParts(parts: readonly Data[]): Column {
  const type = parts[0]?.type as DataType;
  const rows = parts.reduce((sum, part) => sum + part.length, 0);
  const kind = numberKind(type);
  if (kind !== undefined) {
    const values = joinNumbers(kind, parts, rows);
    return { kind, values, valid: joinValidity(parts, rows) } as Column;
  }
  if (DataType.isDictionary(type)) return decodeDictionary(parts, rows);
  if (DataType.isList(type)) return decodeList(parts, rows);
  if (DataType.isStruct(type)) {
    const children: Record<string, Column> = {};
    for (const [index, field] of type.children.entries()) {
      children[field.name] = decodeParts(parts.map((part) => part.children[index] as Data));
    }
    return { kind: 'struct', rows, children, valid: joinValidity(parts, rows) };
  }
  throw new TypeError(`nested ${type} is not supported`);
}

function decodeDictionary(parts: readonly Data[], rows: number): Column {
  const indices = new Int32Array(rows);
  let labels: string[] = [];
  let at = 0;
  for (const part of parts) {
    const dictionary = part.dictionary as Vector;
    if (dictionary.length > labels.length) labels = [...dictionary] as string[];
    indices.set(part.values.subarray(0, part.length), at);
    at += part.length;
  }
  return { kind: 'dictionary', indices, labels, valid: joinValidity(parts, rows) };
}

/** Writers may leave child values before the first row's and after the last's: those are cut. */
function decodeList(parts: readonly Data[], rows: number): Column {
  const valid = joinValidity(parts, rows);
  const child = decodeParts(parts.map(listedValues));
  const only = parts[0];
  if (parts.length === 1 && only && only.valueOffsets[0] === 0) {
    return { kind: 'list', offsets: only.valueOffsets.subarray(0, rows + 1), child, valid };
  }
  const offsets = new Int32Array(rows + 1);
  let row = 0;
  let base = 0;
  for (const part of parts) {
    const source = part.valueOffsets;
    const first = source[0] ?? 0;
    for (let i = 1; i <= part.length; i++) offsets[++row] = base + (source[i] as number) - first;
    base = offsets[row] as number;
  }
  return { kind: 'list', offsets, child, valid };
}

function listedValues(part: Data): Data {
  const first = part.valueOffsets[0] ?? 0;
  const size = (part.valueOffsets[part.length] ?? 0) - first;
  const child = part.children[0] as Data;
  return first === 0 && size === child.length ? child : child.slice(first, size);
}

function joinNumbers(kind: NumberKind, parts: readonly Data[], rows: number) {
  const only = parts[0];
  if (parts.length === 1 && only) return only.values.subarray(0, rows) as NumberArrays[NumberKind];
  const values = new arrayTypes[kind](rows);
  let at = 0;
  for (const part of parts) {
    values.set(part.values.subarray(0, part.length), at);
    at += part.length;
  }
  return values;
}

function joinValidity(parts: readonly Data[], rows: number): Uint8Array | undefined {
  if (parts.every((part) => part.nullCount === 0)) return undefined;
  const valid = new Uint8Array(rows).fill(1);
  let at = 0;
  for (const part of parts) {
    const bitmap = part.nullBitmap;
    if (part.nullCount > 0 && bitmap) {
      for (let i = 0; i < part.length; i++) {
        const bit = part.offset + i;
        valid[at + i] = ((bitmap[bit >> 3] as number) >> (bit & 7)) & 1;
      }
    }
    at += part.length;
  }
  return valid;
}

function numberKind(type: DataType): NumberKind | undefined {
  if (type.typeId === Type.Int) {
    const { bitWidth, isSigned } = type as unknown as { bitWidth: number; isSigned: boolean };
    if (bitWidth > 32) return undefined;
    return `${isSigned ? '' : 'u'}int${bitWidth}` as NumberKind;
  }
  if (type.typeId === Type.Float) {
    const { precision } = type as unknown as { precision: number };
    return precision === 2 ? 'float64' : precision === 1 ? 'float32' : undefined;
  }
  return undefined;
}
