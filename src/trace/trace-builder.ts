import { DenseIds, type SourceId } from './dense-ids.ts';
import { Growable } from './growable.ts';
import { newTrace, type TraceParts } from './new-trace.ts';
import type { Labels, RequestTrace, TraceMeta } from './request-trace.ts';

/** One medium of a request; what is left out is unknown. */
export interface Medium {
  kind: string;
  id?: SourceId;
  width?: number;
  height?: number;
  durationMs?: number;
  /** The source's own count of prompt tokens. */
  tokens?: number;
  /** Prompt tokens of text before the medium. */
  position?: number;
}

/** One request; what is left out is unknown. Block, media and session ids as the source has them. */
export interface TraceRow {
  arrivalMs: number;
  inputTokens: number;
  outputTokens: number;
  /** Default: the number of rows before it. */
  requestId?: number;
  blockIds?: readonly SourceId[];
  outputBlockIds?: readonly SourceId[];
  media?: readonly Medium[];
  sessionId?: SourceId;
  parentRequestId?: number;
  thinkMs?: number;
  tenant?: string;
  sloClass?: string;
  priority?: number;
  cancelMs?: number;
  task?: string;
}

/**
 * Collects requests row by row into growing columns; an optional column exists from the first row
 * that has it. `finish` orders rows by arrival (stable), then numbers block ids densely.
 */
export class TraceBuilder {
  #count = 0;
  readonly #requestId = new Growable('uint32');
  readonly #arrivalMs = new Growable('float64');
  readonly #inputTokens = new Growable('int32');
  readonly #outputTokens = new Growable('int32');
  readonly #blockIds = new DenseIds();
  readonly #mediaIds = new DenseIds();
  readonly #sessionIds = new DenseIds();
  readonly #blocks = new OptionalLists();
  readonly #outputBlocks = new OptionalLists();
  readonly #mediaOffsets = new OptionalLists();
  readonly #media = {
    kind: new LabelColumn(),
    id: new Growable('int32'),
    width: new Growable('int32'),
    height: new Growable('int32'),
    durationMs: new Growable('int32'),
    tokens: new Growable('int32'),
    position: new Growable('int32'),
  };
  readonly #sessionId = new OptionalColumn('int32', -1);
  readonly #parentRequestId = new OptionalColumn('int32', -1);
  readonly #thinkMs = new OptionalColumn('float64', Number.NaN);
  readonly #priority = new OptionalColumn('int8', -1);
  readonly #cancelMs = new OptionalColumn('float64', Number.NaN);
  readonly #tenant = new LabelColumn();
  readonly #sloClass = new LabelColumn();
  readonly #task = new LabelColumn();

  get count(): number {
    return this.#count;
  }

  add(row: TraceRow): void {
    const at = this.#count++;
    this.#requestId.push(row.requestId ?? at);
    this.#arrivalMs.push(row.arrivalMs);
    this.#inputTokens.push(row.inputTokens);
    this.#outputTokens.push(row.outputTokens);
    this.#blocks.add(at, row.blockIds, (id) => this.#blockIds.idOf(id));
    this.#outputBlocks.add(at, row.outputBlockIds, (id) => this.#blockIds.idOf(id));
    this.#mediaOffsets.add(at, row.media, (medium) => this.#addMedium(medium));
    this.#sessionId.add(
      at,
      row.sessionId === undefined ? undefined : this.#sessionIds.idOf(row.sessionId),
    );
    this.#parentRequestId.add(at, row.parentRequestId);
    this.#thinkMs.add(at, row.thinkMs);
    this.#priority.add(at, row.priority);
    this.#cancelMs.add(at, row.cancelMs);
    this.#tenant.add(at, row.tenant);
    this.#sloClass.add(at, row.sloClass);
    this.#task.add(at, row.task);
  }

  /**
   * The trace of the rows so far, ordered by arrival with ties in the order added.
   * @param options.fromFirst arrivals count from the first one
   */
  finish(
    meta: Partial<TraceMeta> & Pick<TraceMeta, 'name' | 'kind'>,
    { fromFirst = false } = {},
  ): RequestTrace {
    const arrivals = this.#arrivalMs.toArray();
    if (fromFirst) shiftToZero(arrivals);
    const order = arrivalOrder(arrivals);
    const rows = this.#count;
    const blocks = reorderLists(this.#blocks.finish(rows), order);
    const outputBlocks = reorderLists(this.#outputBlocks.finish(rows), order);
    if (order) renumber(rows, blocks, outputBlocks, this.#blockIds.count);
    const parts: TraceParts = {
      ...meta,
      requestId: reorder(this.#requestId.toArray(), order),
      arrivalMs: reorder(arrivals, order),
      inputTokens: reorder(this.#inputTokens.toArray(), order),
      outputTokens: reorder(this.#outputTokens.toArray(), order),
      blocks,
      outputBlocks,
      uniqueBlocks: this.#blockIds.count,
      media: this.#finishMedia(order),
      sessionId: optional(this.#sessionId.finish(rows), order),
      parentRequestId: optional(this.#parentRequestId.finish(rows), order),
      thinkMs: optional(this.#thinkMs.finish(rows), order),
      priority: optional(this.#priority.finish(rows), order),
      cancelMs: optional(this.#cancelMs.finish(rows), order),
      tenant: reorderLabels(this.#tenant.finish(rows), order),
      sloClass: reorderLabels(this.#sloClass.finish(rows), order),
      task: reorderLabels(this.#task.finish(rows), order),
    };
    return newTrace(parts);
  }

  #addMedium(medium: Medium): number {
    const at = this.#media.tokens.length;
    this.#media.kind.add(at, medium.kind);
    this.#media.id.push(medium.id === undefined ? -1 : this.#mediaIds.idOf(medium.id));
    this.#media.width.push(medium.width ?? -1);
    this.#media.height.push(medium.height ?? -1);
    this.#media.durationMs.push(medium.durationMs ?? -1);
    this.#media.tokens.push(medium.tokens ?? -1);
    this.#media.position.push(medium.position ?? -1);
    return at;
  }

  #finishMedia(order: Uint32Array | null) {
    // The "values" of these lists are the numbers of the media, so reordering them yields the order.
    const lists = reorderLists(this.#mediaOffsets.finish(this.#count), order);
    if (lists === null) return null;
    const { offsets, values } = lists;
    const pick = (column: Growable<'int32'>) => {
      const source = column.toArray();
      return values.map((at) => source[at] as number);
    };
    const kinds = this.#media.kind.finish(this.#media.tokens.length) ?? empty;
    return {
      offsets,
      kind: values.map((at) => kinds.codes[at] as number),
      kinds: kinds.labels,
      id: pick(this.#media.id),
      width: pick(this.#media.width),
      height: pick(this.#media.height),
      durationMs: pick(this.#media.durationMs),
      tokens: pick(this.#media.tokens),
      position: pick(this.#media.position),
    };
  }
}

const empty: Labels = { codes: new Int32Array(0), labels: [] };

/** A column that starts to exist when a row first has a value. */
class OptionalColumn<K extends 'int8' | 'int32' | 'float64'> {
  readonly #kind: K;
  readonly #missing: number;
  #column: Growable<K> | null = null;

  constructor(kind: K, missing: number) {
    this.#kind = kind;
    this.#missing = missing;
  }

  add(row: number, value: number | undefined): void {
    if (value === undefined) return;
    this.#column ??= new Growable(this.#kind);
    this.#column.padTo(row, this.#missing);
    this.#column.push(value);
  }

  finish(rows: number) {
    this.#column?.padTo(rows, this.#missing);
    return this.#column?.toArray() ?? null;
  }
}

class LabelColumn {
  readonly #codes = new OptionalColumn('int32', -1);
  readonly #labels = new Map<string, number>();

  add(row: number, label: string | undefined): void {
    if (label === undefined) return;
    const code = this.#labels.get(label) ?? this.#labels.size;
    this.#labels.set(label, code);
    this.#codes.add(row, code);
  }

  finish(rows: number): Labels | null {
    const codes = this.#codes.finish(rows);
    return codes && { codes, labels: [...this.#labels.keys()] };
  }
}

class OptionalLists {
  #ends: Growable<'int32'> | null = null;
  readonly #values = new Growable('int32');

  add<T>(row: number, values: readonly T[] | undefined, idOf: (value: T) => number): void {
    if (values === undefined) return;
    this.#ends ??= new Growable('int32');
    this.#ends.padTo(row, this.#values.length);
    for (const value of values) this.#values.push(idOf(value));
    this.#ends.push(this.#values.length);
  }

  finish(rows: number) {
    if (this.#ends === null) return null;
    this.#ends.padTo(rows, this.#values.length);
    const offsets = new Int32Array(rows + 1);
    offsets.set(this.#ends.toArray(), 1);
    return { offsets, values: this.#values.toArray() };
  }
}

function shiftToZero(arrivalMs: Float64Array): void {
  let first = Number.POSITIVE_INFINITY;
  for (const ms of arrivalMs) first = Math.min(first, ms);
  for (let row = 0; row < arrivalMs.length; row++) arrivalMs[row]! -= first;
}

/** Row order by arrival, ties in source order; null where the rows are in order already. */
function arrivalOrder(arrivalMs: Float64Array): Uint32Array | null {
  let sorted = true;
  for (let row = 1; row < arrivalMs.length && sorted; row++) {
    sorted = (arrivalMs[row - 1] as number) <= (arrivalMs[row] as number);
  }
  if (sorted) return null;
  return Uint32Array.from(arrivalMs.keys()).sort(
    (a, b) => (arrivalMs[a] as number) - (arrivalMs[b] as number) || a - b,
  );
}

function reorder<T extends Int8Array | Int32Array | Uint32Array | Float64Array>(
  values: T,
  order: Uint32Array | null,
): T {
  return order ? (values.map((_, row) => values[order[row] as number] as number) as T) : values;
}

function optional<T extends Int8Array | Int32Array | Float64Array>(
  values: T | null,
  order: Uint32Array | null,
): T | null {
  return values && reorder(values, order);
}

function reorderLabels(column: Labels | null, order: Uint32Array | null): Labels | null {
  return column && { codes: reorder(column.codes, order), labels: column.labels };
}

function reorderLists(
  lists: { offsets: Int32Array; values: Int32Array } | null,
  order: Uint32Array | null,
) {
  if (lists === null || order === null) return lists;
  const offsets = new Int32Array(lists.offsets.length);
  const values = new Int32Array(lists.values.length);
  let at = 0;
  for (const [row, source] of order.entries()) {
    const part = lists.values.subarray(lists.offsets[source], lists.offsets[source + 1]);
    values.set(part, at);
    at += part.length;
    offsets[row + 1] = at;
  }
  return { offsets, values };
}

/** Numbers block ids by first appearance in row order: of a row the prompt's, then the output's. */
function renumber(
  rows: number,
  blocks: { offsets: Int32Array; values: Int32Array } | null,
  outputBlocks: { offsets: Int32Array; values: Int32Array } | null,
  unique: number,
): void {
  const numbers = new Int32Array(unique).fill(-1);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (const lists of [blocks, outputBlocks]) {
      if (lists === null) continue;
      const end = lists.offsets[row + 1] as number;
      for (let i = lists.offsets[row] as number; i < end; i++) {
        const id = lists.values[i] as number;
        if (numbers[id] === -1) numbers[id] = next++;
        lists.values[i] = numbers[id] as number;
      }
    }
  }
}
