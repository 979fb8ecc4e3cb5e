import { createRequire } from 'node:module';
import type { DuckDBDataChunk } from '@duckdb/node-api';

/** Handle of a DuckDB vector; only the functions below look inside. */
export interface RawVector {
  readonly __duckdb_type: 'duckdb_vector';
}

/**
 * The calls of DuckDB's C API that node-api does not wrap: unchecked writes into vectors. A wrong
 * offset or size corrupts memory, so only write-vector.ts and write-strings.ts call them.
 */
export interface RawBindings {
  library_version(): string;
  data_chunk_get_vector(chunk: DuckDBDataChunk['chunk'], column: number): RawVector;
  /** A copy of the vector's first bytes. */
  vector_get_data(vector: RawVector, bytes: number): Uint8Array;
  vector_ensure_validity_writable(vector: RawVector): void;
  vector_assign_string_element_len(vector: RawVector, row: number, text: Uint8Array): void;
  list_vector_get_child(vector: RawVector): RawVector;
  list_vector_reserve(vector: RawVector, rows: number): void;
  list_vector_set_size(vector: RawVector, rows: number): void;
  struct_vector_get_child(vector: RawVector, member: number): RawVector;
  copy_data_to_vector: CopyBytes;
  copy_data_to_vector_validity: CopyBytes;
}

type CopyBytes = (
  target: RawVector,
  targetOffset: number,
  source: ArrayBuffer,
  sourceOffset: number,
  bytes: number,
) => void;

const functions = [
  'library_version',
  'data_chunk_get_vector',
  'vector_get_data',
  'vector_ensure_validity_writable',
  'vector_assign_string_element_len',
  'list_vector_get_child',
  'list_vector_reserve',
  'list_vector_set_size',
  'struct_vector_get_child',
  'copy_data_to_vector',
  'copy_data_to_vector_validity',
] as const satisfies readonly (keyof RawBindings)[];

/** The release whose vector layout (sizes, string cells, validity bits) the writers follow. */
const release = /^v1\.5\./;

let loaded: RawBindings | undefined;

/**
 * The bindings below node-api, resolved from it so that both are one version.
 * @throws Error when DuckDB is not of the release that this code was written for
 */
export function rawBindings(): RawBindings {
  if (loaded) return loaded;
  const nodeApi = createRequire(import.meta.url).resolve('@duckdb/node-api');
  const bindings = createRequire(nodeApi)('@duckdb/node-bindings') as RawBindings;
  const missing = functions.find((name) => typeof bindings[name] !== 'function');
  if (missing) throw new Error(`@duckdb/node-bindings has no ${missing}: read_arrow needs it`);
  const version = bindings.library_version();
  if (!release.test(version)) {
    throw new Error(
      `read_arrow is written for DuckDB 1.5, not ${version}: check its writers first`,
    );
  }
  loaded = bindings;
  return loaded;
}
