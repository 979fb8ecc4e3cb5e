import { InputError } from '../units/input-error.ts';
import type { Provenance, TraceMeta } from './request-trace.ts';

/** Version of the request schema, under the metadata key `reprise_schema`. */
export const requestSchema = 'requests/1';

/**
 * Columns of the request schema in file order, with their Arrow types. The first four are required
 * and have no nulls; the others are left out of a file where the trace has none.
 */
export const requestColumns = {
  request_id: 'uint32',
  arrival_ms: 'float64',
  input_tokens: 'int32',
  output_tokens: 'int32',
  block_ids: 'list<int32>',
  output_block_ids: 'list<int32>',
  media: 'list<struct>',
  session_id: 'int32',
  parent_request_id: 'int32',
  think_ms: 'float64',
  tenant: 'dictionary<utf8>',
  slo_class: 'dictionary<utf8>',
  priority: 'int8',
  cancel_ms: 'float64',
  task: 'dictionary<utf8>',
} as const;
export type RequestColumn = keyof typeof requestColumns;

/** Members of one medium, with their Arrow types; all but the kind may be null. */
export const mediaMembers = {
  kind: 'dictionary<utf8>',
  id: 'int32',
  width: 'int32',
  height: 'int32',
  duration_ms: 'int32',
  tokens: 'int32',
  position: 'int32',
} as const;

const provenances: readonly string[] = ['recorded', 'sampled', 'generated'] satisfies Provenance[];

/** The metadata map of a trace file; members without a value are left out. */
export function metadataOf(meta: TraceMeta): Map<string, string> {
  const entries: [string, string | null][] = [
    ['reprise_schema', requestSchema],
    ['name', meta.name],
    ['kind', meta.kind],
    ['column_kinds', jsonOf(meta.columnKinds)],
    ['source', jsonOf(meta.source)],
    ['licence', meta.licence],
    ['block_size', meta.blockSize === null ? null : String(meta.blockSize)],
    ['tokenizer', meta.tokenizer],
    ['importer', meta.importer],
    ['importer_options', jsonOf(meta.importOptions)],
    ['seed', meta.seed === null ? null : String(meta.seed)],
    ['notes', meta.notes],
  ];
  return new Map(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

/**
 * The metadata of a trace file. A file that does not say its kind counts as generated, so that
 * nothing of unknown origin passes as recorded.
 */
export function metaFrom(
  metadata: ReadonlyMap<string, string>,
  fallbackName: string,
  where: string,
): TraceMeta {
  const version = metadata.get('reprise_schema');
  if (version !== undefined && version !== requestSchema) {
    const rule = `this version reads ${requestSchema}`;
    throw new InputError(`unknown trace schema ${JSON.stringify(version)}`, { where, rule });
  }
  const reader = { metadata, where };
  return {
    name: metadata.get('name') ?? fallbackName,
    kind: provenance(metadata.get('kind') ?? 'generated', 'kind', where),
    columnKinds: Object.fromEntries(
      Object.entries(object(reader, 'column_kinds')).map(([column, kind]) => [
        column,
        provenance(kind, `column_kinds, ${column}`, where),
      ]),
    ),
    source: object(reader, 'source') as TraceMeta['source'],
    licence: metadata.get('licence') ?? null,
    blockSize: integer(reader, 'block_size', 1),
    tokenizer: metadata.get('tokenizer') ?? null,
    importer: metadata.get('importer') ?? null,
    importOptions: object(reader, 'importer_options'),
    seed: integer(reader, 'seed', Number.MIN_SAFE_INTEGER),
    notes: metadata.get('notes') ?? null,
  };
}

interface Reader {
  metadata: ReadonlyMap<string, string>;
  where: string;
}

function jsonOf(value: object): string | null {
  return Object.keys(value).length === 0 ? null : JSON.stringify(value);
}

function provenance(value: unknown, key: string, where: string): Provenance {
  if (typeof value === 'string' && provenances.includes(value)) return value as Provenance;
  const rule = `one of ${provenances.join(', ')}`;
  throw new InputError(`bad value ${JSON.stringify(value)}`, {
    where: `${where}, metadata ${key}`,
    rule,
  });
}

function object({ metadata, where }: Reader, key: string): Record<string, unknown> {
  const text = metadata.get(key);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Reported below, as any other value that is not an object.
  }
  throw new InputError(`bad value ${JSON.stringify(text.slice(0, 80))}`, {
    where: `${where}, metadata ${key}`,
    rule: 'a JSON object',
  });
}

function integer({ metadata, where }: Reader, key: string, least: number): number | null {
  const text = metadata.get(key);
  if (text === undefined) return null;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new InputError(`bad value ${JSON.stringify(text)}`, {
    where: `${where}, metadata ${key}`,
    rule: least === 1 ? 'a positive whole number' : 'a whole number',
  });
}
