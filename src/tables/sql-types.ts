import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBArrayType,
  DuckDBListType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  FLOAT,
  INTEGER,
  LIST,
  SMALLINT,
  SQLNULL,
  STRUCT,
  TIMESTAMP,
  TIMESTAMP_MS,
  TIMESTAMP_NS,
  TIMESTAMP_S,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { DataType, TimeUnit } from 'apache-arrow';

/** DuckDB type of a column without children. */
const flatTypes = {
  null: SQLNULL,
  bool: BOOLEAN,
  int8: TINYINT,
  int16: SMALLINT,
  int32: INTEGER,
  int64: BIGINT,
  uint8: UTINYINT,
  uint16: USMALLINT,
  uint32: UINTEGER,
  uint64: UBIGINT,
  float32: FLOAT,
  float64: DOUBLE,
  utf8: VARCHAR,
  date: DATE,
  timestamp_s: TIMESTAMP_S,
  timestamp_ms: TIMESTAMP_MS,
  timestamp_us: TIMESTAMP,
  timestamp_ns: TIMESTAMP_NS,
} as const;
export type FlatKind = keyof typeof flatTypes;

/** Type of a column as both Arrow and DuckDB have it; a dictionary is the text it stands for. */
export type ColumnType =
  | { readonly kind: FlatKind }
  | { readonly kind: 'list'; readonly item: ColumnType }
  | { readonly kind: 'struct'; readonly members: readonly (readonly [string, ColumnType])[] };

export function duckType(type: ColumnType): DuckDBType {
  if (type.kind === 'list') return LIST(duckType(type.item));
  if (type.kind === 'struct') {
    return STRUCT(Object.fromEntries(type.members.map(([name, t]) => [name, duckType(t)])));
  }
  return flatTypes[type.kind];
}

/** The type as SQL writes it; equal texts are equal types. */
export function typeText(type: ColumnType): string {
  return duckType(type).toString();
}

/** The Arrow side of a result column: 128-bit integers and decimals are doubles, the rest texts. */
export function arrowTypeOf(duck: DuckDBType): ColumnType {
  if (duck instanceof DuckDBListType || duck instanceof DuckDBArrayType) {
    return { kind: 'list', item: arrowTypeOf(duck.valueType) };
  }
  if (duck instanceof DuckDBStructType) {
    const types = duck.entryTypes.map(arrowTypeOf);
    return { kind: 'struct', members: duck.entryNames.map((name, i) => [name, types[i]!]) };
  }
  const wide = [DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT, DuckDBTypeId.DECIMAL];
  if (wide.includes(duck.typeId)) return { kind: 'float64' };
  const kinds = Object.keys(flatTypes) as FlatKind[];
  const kind = kinds.find((name) => flatTypes[name].typeId === duck.typeId);
  return { kind: kind === undefined || /^(date|timestamp|null)/.test(kind) ? 'utf8' : kind };
}

/** The type of an Arrow column, or null where SQL cannot read it. */
export function columnType(arrow: DataType): ColumnType | null {
  if (DataType.isDictionary(arrow)) {
    const readable = DataType.isUtf8(arrow.dictionary) && arrow.indices.bitWidth <= 32;
    return readable ? { kind: 'utf8' } : null;
  }
  if (DataType.isList(arrow)) {
    const item = arrow.children[0] && columnType(arrow.children[0].type);
    return item ? { kind: 'list', item } : null;
  }
  if (DataType.isStruct(arrow)) {
    const members: (readonly [string, ColumnType])[] = [];
    for (const child of arrow.children) {
      const member = columnType(child.type);
      if (member === null) return null;
      members.push([child.name, member]);
    }
    return members.length > 0 ? { kind: 'struct', members } : null;
  }
  const kind = flatKind(arrow);
  return kind === null ? null : { kind };
}

function flatKind(arrow: DataType): FlatKind | null {
  if (DataType.isInt(arrow)) return `${arrow.isSigned ? 'int' : 'uint'}${arrow.bitWidth}`;
  if (DataType.isFloat(arrow)) {
    return arrow.precision === 2 ? 'float64' : arrow.precision === 1 ? 'float32' : null;
  }
  if (DataType.isUtf8(arrow)) return 'utf8';
  if (DataType.isBool(arrow)) return 'bool';
  if (DataType.isNull(arrow)) return 'null';
  if (DataType.isDate(arrow)) return arrow.unit === 0 ? 'date' : 'timestamp_ms';
  if (DataType.isTimestamp(arrow)) return timestampKinds[arrow.unit];
  return null;
}

const timestampKinds = {
  [TimeUnit.SECOND]: 'timestamp_s',
  [TimeUnit.MILLISECOND]: 'timestamp_ms',
  [TimeUnit.MICROSECOND]: 'timestamp_us',
  [TimeUnit.NANOSECOND]: 'timestamp_ns',
} as const;
