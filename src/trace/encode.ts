import { type Column, numbers } from '../tables/columns.ts';
import { encodeTable } from '../tables/encode.ts';
import type { IntLists, Labels, MediaColumns, RequestTrace } from './request-trace.ts';
import { metadataOf, type RequestColumn, requestColumns } from './schema.ts';

/** A trace as the bytes of an Arrow file, in the request schema. Same trace, same bytes. */
export function encodeRequestTrace(trace: RequestTrace): Uint8Array {
  const columns: Partial<Record<RequestColumn, Column | null>> = {
    request_id: numbers(trace.requestId),
    arrival_ms: numbers(trace.arrivalMs),
    input_tokens: numbers(trace.inputTokens),
    output_tokens: numbers(trace.outputTokens),
    block_ids: lists(trace.blocks),
    output_block_ids: lists(trace.outputBlocks),
    media: media(trace.media),
    session_id: integers(trace.sessionId),
    parent_request_id: integers(trace.parentRequestId),
    think_ms: milliseconds(trace.thinkMs),
    tenant: labels(trace.tenant),
    slo_class: labels(trace.sloClass),
    priority: integers(trace.priority),
    cancel_ms: milliseconds(trace.cancelMs),
    task: labels(trace.task),
  };
  const present: Record<string, Column> = {};
  for (const name of Object.keys(requestColumns) as RequestColumn[]) {
    const column = columns[name];
    if (column) present[name] = column;
  }
  for (const [name, column] of Object.entries(trace.extra)) {
    if (name in requestColumns) throw new RangeError(`extra column ${name} is in the schema`);
    present[name] = column;
  }
  return encodeTable(present, metadataOf(trace.meta));
}

function lists(column: IntLists | null): Column | null {
  return column && { kind: 'list', offsets: column.offsets, child: numbers(column.values) };
}

/** −1 becomes null. */
function integers(values: Int32Array | Int8Array | null): Column | null {
  return (
    values &&
    numbers(
      values,
      validity(values.length, (row) => values[row] !== -1),
    )
  );
}

/** NaN becomes null. */
function milliseconds(values: Float64Array | null): Column | null {
  return (
    values &&
    numbers(
      values,
      validity(values.length, (row) => !Number.isNaN(values[row])),
    )
  );
}

function labels(column: Labels | null): Column | null {
  return column && dictionary(column.codes, column.labels);
}

function dictionary(indices: Int32Array, names: readonly string[]): Column {
  const valid = validity(indices.length, (row) => (indices[row] as number) >= 0);
  // Null slots hold index 0: readers that look up before they test the null must not fail.
  const safe = valid ? indices.map((index) => Math.max(0, index)) : indices;
  return { kind: 'dictionary', indices: safe, labels: names, valid };
}

function media(column: MediaColumns | null): Column | null {
  if (column === null) return null;
  return {
    kind: 'list',
    offsets: column.offsets,
    child: {
      kind: 'struct',
      rows: column.kind.length,
      children: {
        kind: dictionary(column.kind, column.kinds),
        id: integers(column.id) as Column,
        width: integers(column.width) as Column,
        height: integers(column.height) as Column,
        duration_ms: integers(column.durationMs) as Column,
        tokens: integers(column.tokens) as Column,
        position: integers(column.position) as Column,
      },
    },
  };
}

function validity(rows: number, present: (row: number) => boolean): Uint8Array | undefined {
  let valid: Uint8Array | undefined;
  for (let row = 0; row < rows; row++) {
    if (present(row)) continue;
    valid ??= new Uint8Array(rows).fill(1);
    valid[row] = 0;
  }
  return valid;
}
