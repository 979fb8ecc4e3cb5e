import type { Vector } from 'apache-arrow';

/** Number columns, named as in Arrow. */
export interface NumberArrays {
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
}
export type NumberKind = keyof NumberArrays;

/** One byte per row, 1 where a value is present; left out when every row has one. */
type Validity = { readonly valid?: Uint8Array | undefined };

export type NumberColumn = {
  [K in NumberKind]: { readonly kind: K; readonly values: NumberArrays[K] } & Validity;
}[NumberKind];

export type DictionaryColumn = {
  readonly kind: 'dictionary';
  readonly indices: Int32Array;
  readonly labels: readonly string[];
} & Validity;

/** Row i holds child rows offsets[i] … offsets[i + 1] − 1; offsets has one entry more than rows. */
export type ListColumn = {
  readonly kind: 'list';
  readonly offsets: Int32Array;
  readonly child: Column;
} & Validity;

export type StructColumn = {
  readonly kind: 'struct';
  readonly rows: number;
  readonly children: Readonly<Record<string, Column>>;
} & Validity;

export type TextColumn = { readonly kind: 'utf8'; readonly values: readonly (string | null)[] };

/** A column of a type that no code of ours computes with: carried along as it is. */
export type OtherColumn = { readonly kind: 'other'; readonly vector: Vector };

/** A table column as typed arrays: the only form in which code of ours sees Arrow data. */
export type Column =
  | NumberColumn
  | DictionaryColumn
  | ListColumn
  | StructColumn
  | TextColumn
  | OtherColumn;

export interface ColumnTable {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A number column from its array; the kind follows from the array's type. */
export function numbers(values: NumberArrays[NumberKind], valid?: Uint8Array): NumberColumn {
  const kind = (Object.entries(arrayTypes) as [NumberKind, unknown][]).find(
    ([, type]) => values.constructor === type,
  )?.[0];
  if (kind === undefined) throw new TypeError('not a typed array of a supported kind');
  return { kind, values, valid } as NumberColumn;
}

export const arrayTypes = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Rows of a column. */
export function columnLength(column: Column): number {
  switch (column.kind) {
    case 'dictionary':
      return column.indices.length;
    case 'list':
      return Math.max(0, column.offsets.length - 1);
    case 'struct':
      return column.rows;
    case 'other':
      return column.vector.length;
    default:
      return column.values.length;
  }
}
