import { type Column, type ColumnTable, columnLength } from '../tables/columns.ts';
import { decodeTable } from '../tables/decode.ts';
import { InputError } from '../units/input-error.ts';
import type { IntLists, Labels, MediaColumns, RequestTrace } from './request-trace.ts';
import { mediaMembers, metaFrom, type RequestColumn, requestColumns } from './schema.ts';

/**
 * A trace from the bytes of an Arrow file: columns are views on those bytes where they hold no
 * nulls. Types, lengths, offsets and signs are checked here, so that every column can be indexed
 * without further tests; what the values mean is `checkTrace`'s matter.
 * @param where name of the file, for messages
 */
export function decodeRequestTrace(bytes: Uint8Array, where: string): RequestTrace {
  const table = decodeTable(bytes, where);
  const file = new FileColumns(table, where);
  const blocks = file.lists('block_ids');
  const outputBlocks = file.lists('output_block_ids');
  const name = (where.split(/[/\\]/).pop() ?? where).replace(/\.arrow$/, '');
  return {
    meta: metaFrom(table.metadata, name, where),
    count: table.rows,
    requestId: file.required('request_id') as Uint32Array,
    arrivalMs: file.required('arrival_ms') as Float64Array,
    inputTokens: file.required('input_tokens') as Int32Array,
    outputTokens: file.required('output_tokens') as Int32Array,
    blocks,
    outputBlocks,
    uniqueBlocks: 1 + Math.max(largest(blocks), largest(outputBlocks)),
    media: file.media(),
    sessionId: file.integers('session_id') as Int32Array | null,
    parentRequestId: file.integers('parent_request_id') as Int32Array | null,
    thinkMs: file.milliseconds('think_ms'),
    tenant: file.labels('tenant'),
    sloClass: file.labels('slo_class'),
    priority: file.integers('priority') as Int8Array | null,
    cancelMs: file.milliseconds('cancel_ms'),
    task: file.labels('task'),
    extra: Object.fromEntries(
      Object.entries(table.columns).filter(([column]) => !(column in requestColumns)),
    ),
  };
}

function largest(lists: IntLists | null): number {
  let max = -1;
  if (lists === null) return max;
  // An indexed loop: for-of over a typed array costs 20 times as much until it is compiled.
  const { values } = lists;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i] as number);
  return max;
}

/** Row of the first value below 0, or −1. */
function firstNegative(values: NumberValues): number {
  for (let row = 0; row < values.length; row++) if ((values[row] as number) < 0) return row;
  return -1;
}

/** Row of the first step down, or −1. */
function firstFall(offsets: Int32Array): number {
  for (let row = 1; row < offsets.length; row++) {
    if ((offsets[row] as number) < (offsets[row - 1] as number)) return row;
  }
  return -1;
}

/** The columns of one file by name, each checked as it is asked for. */
class FileColumns {
  readonly #table: ColumnTable;
  readonly #where: string;

  constructor(table: ColumnTable, where: string) {
    this.#table = table;
    this.#where = where;
  }

  required(name: RequestColumn) {
    const column = this.#typed(name);
    if (column === null) {
      const rule = `every request trace has ${name} ${requestColumns[name]}`;
      throw new InputError(`missing column ${name}`, { where: this.#where, rule });
    }
    const values = numberValues(column);
    const valid = validOf(column);
    const hole = valid ? valid.indexOf(0) : -1;
    if (hole >= 0) this.#fail(name, hole, null, 'no nulls in this column');
    return values;
  }

  integers(name: RequestColumn) {
    const column = this.#typed(name);
    return column && this.#notNegative(name, numberValues(column), validOf(column));
  }

  milliseconds(name: RequestColumn): Float64Array | null {
    const column = this.#typed(name);
    if (column === null) return null;
    const values = numberValues(column) as Float64Array;
    const valid = validOf(column);
    if (valid === undefined) return values;
    return values.map((value, row) => (valid[row] ? value : Number.NaN));
  }

  labels(name: RequestColumn): Labels | null {
    const column = this.#typed(name);
    return column && this.#dictionary(name, column);
  }

  lists(name: RequestColumn): IntLists | null {
    const column = this.#typed(name);
    if (column?.kind !== 'list') return null;
    const values = numberValues(column.child);
    const hole = column.child.kind === 'int32' ? (column.child.valid?.indexOf(0) ?? -1) : -1;
    if (hole >= 0) this.#fail(name, null, null, 'no nulls inside a list');
    const offsets = this.#offsets(name, column.offsets, column.valid, values.length);
    this.#notNegative(name, values, undefined);
    return { offsets, values: values as Int32Array };
  }

  media(): MediaColumns | null {
    const column = this.#typed('media');
    if (column?.kind !== 'list' || column.child.kind !== 'struct') return null;
    const { children, rows, valid } = column.child;
    if (valid?.includes(0)) this.#fail('media', null, null, 'no nulls inside a list');
    for (const member of Object.keys(children)) {
      if (!(member in mediaMembers)) {
        this.#fail('media', null, member, `members are ${Object.keys(mediaMembers).join(', ')}`);
      }
    }
    const member = (name: Exclude<keyof typeof mediaMembers, 'kind'>): Int32Array => {
      const child = children[name];
      if (child === undefined) return new Int32Array(rows).fill(-1);
      this.#requireType(`media.${name}`, child, mediaMembers[name], rows);
      return this.#notNegative(`media.${name}`, numberValues(child), validOf(child)) as Int32Array;
    };
    const kind = children.kind;
    if (kind === undefined) {
      throw new InputError('missing member kind', { where: `${this.#where}, column media` });
    }
    this.#requireType('media.kind', kind, mediaMembers.kind, rows);
    const { codes, labels } = this.#dictionary('media.kind', kind);
    if (codes.includes(-1)) this.#fail('media.kind', null, null, 'no nulls in this column');
    return {
      offsets: this.#offsets('media', column.offsets, column.valid, rows),
      kind: codes,
      kinds: labels,
      id: member('id'),
      width: member('width'),
      height: member('height'),
      durationMs: member('duration_ms'),
      tokens: member('tokens'),
      position: member('position'),
    };
  }

  #typed(name: RequestColumn): Column | null {
    const column = this.#table.columns[name];
    if (column === undefined) return null;
    this.#requireType(name, column, requestColumns[name], this.#table.rows);
    return column;
  }

  #requireType(name: string, column: Column, wanted: string, rows: number): void {
    const found = typeName(column);
    if (found !== wanted) {
      throw new InputError(`wrong type ${found}`, {
        where: `${this.#where}, column ${name}`,
        rule: `${name} is ${wanted}`,
      });
    }
    if (columnLength(column) !== rows) {
      throw new InputError(`${columnLength(column)} values for ${rows} rows`, {
        where: `${this.#where}, column ${name}`,
        rule: 'every column has one value a row',
      });
    }
  }

  /** The values with −1 for null; the array itself where its null slots already hold −1. */
  #notNegative(name: string, values: NumberValues, valid: Uint8Array | undefined): NumberValues {
    if (valid === undefined) {
      const row = firstNegative(values);
      if (row >= 0) this.#fail(name, row, values[row], 'not negative; null where there is none');
      return values;
    }
    let result = values;
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      if (valid[row] === 0) {
        if (value === -1) continue;
        if (result === values) result = values.slice();
        result[row] = -1;
      } else if (value < 0) {
        this.#fail(name, row, value, 'not negative; null where there is none');
      }
    }
    return result;
  }

  #dictionary(name: string, column: Column): Labels {
    if (column.kind !== 'dictionary') return { codes: new Int32Array(0), labels: [] };
    const { indices, labels, valid } = column;
    if (labels.some((label) => typeof label !== 'string')) {
      this.#fail(name, null, null, 'labels of a dictionary are text');
    }
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row] as number;
      if (valid?.[row] !== 0 && (index < 0 || index >= labels.length)) {
        this.#fail(name, row, index, `an index of the dictionary (${labels.length} labels)`);
      }
    }
    const codes = valid ? indices.map((index, row) => (valid[row] ? index : -1)) : indices;
    return { codes, labels };
  }

  /** Offsets that rise from 0 to the number of values, so that rows tile the flat column. */
  #offsets(
    name: string,
    offsets: Int32Array,
    valid: Uint8Array | undefined,
    values: number,
  ): Int32Array {
    if (offsets.length === 0) return new Int32Array(1);
    const rule = 'list offsets rise from 0 to the number of values';
    if (offsets[0] !== 0 || offsets[offsets.length - 1] !== values) {
      this.#fail(name, null, offsets[offsets.length - 1] ?? null, rule);
    }
    const fall = firstFall(offsets);
    if (fall >= 0) this.#fail(name, fall - 1, offsets[fall], rule);
    for (let row = 0; valid !== undefined && row < valid.length; row++) {
      const size = (offsets[row + 1] as number) - (offsets[row] as number);
      if (size > 0 && valid[row] === 0) this.#fail(name, row, size, 'a null list holds no values');
    }
    return offsets;
  }

  #fail(name: string, row: number | null, value: unknown, rule: string): never {
    const at = row === null ? '' : `, row ${row}`;
    throw new InputError(`bad value ${JSON.stringify(value)}`, {
      where: `${this.#where}${at}, column ${name}`,
      rule,
    });
  }
}

type NumberValues = Int8Array | Int32Array | Uint32Array | Float64Array;

function numberValues(column: Column): NumberValues {
  return 'values' in column ? (column.values as NumberValues) : new Int32Array(0);
}

function validOf(column: Column): Uint8Array | undefined {
  return 'valid' in column ? column.valid : undefined;
}

function typeName(column: Column): string {
  switch (column.kind) {
    case 'dictionary':
      return 'dictionary<utf8>';
    case 'list':
      return column.child.kind === 'struct' ? 'list<struct>' : `list<${typeName(column.child)}>`;
    case 'other':
      return String(column.vector.type);
    default:
      return column.kind;
  }
}
