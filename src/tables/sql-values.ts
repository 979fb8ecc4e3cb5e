import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** A value of a query result: what JSON can hold, and the doubles that it cannot. */
export type SqlValue =
  | null
  | boolean
  | number
  | string
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue };

/**
 * A DuckDB value as a plain one. Integers beyond ±2^53 become text, so that no digit is lost;
 * decimals become the nearest double; lists become arrays, structs objects, maps arrays of
 * { key, value }; dates, times, intervals, blobs and the rest become the text DuckDB prints.
 */
export function plainValue(value: DuckDBValue): SqlValue {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
      return value;
    case 'bigint': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    }
    case 'undefined':
      return null;
  }
  if (value === null) return null;
  if (value instanceof DuckDBDecimalValue) return Number(value.toString());
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map(plainValue);
  }
  if (value instanceof DuckDBStructValue) {
    const entries = Object.entries(value.entries);
    return Object.fromEntries(entries.map(([name, entry]) => [name, plainValue(entry)]));
  }
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((e) => ({ key: plainValue(e.key), value: plainValue(e.value) }));
  }
  if (value instanceof DuckDBUnionValue) return plainValue(value.value);
  return value.toString();
}
