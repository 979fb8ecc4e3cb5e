import type { RequestTrace, TraceMeta } from './request-trace.ts';

type Optional<T> = { -readonly [K in keyof T]?: T[K] | undefined };
type Columns = Omit<RequestTrace, 'meta' | 'count' | 'arrivalMs' | 'inputTokens' | 'outputTokens'>;

/** A trace in parts: the three columns that every trace has, and what else there is. */
export interface TraceParts extends Optional<TraceMeta>, Optional<Columns> {
  arrivalMs: ArrayLike<number>;
  inputTokens: ArrayLike<number>;
  outputTokens: ArrayLike<number>;
}

/**
 * A request trace from its parts. Left out: the name is `unnamed`, the kind `generated`,
 * request ids count from 0, uniqueBlocks follows from the largest block id, the rest is null.
 */
export function newTrace(parts: TraceParts): RequestTrace {
  const count = parts.arrivalMs.length;
  const blocks = parts.blocks ?? null;
  const outputBlocks = parts.outputBlocks ?? null;
  const trace: RequestTrace = {
    meta: {
      name: parts.name ?? 'unnamed',
      kind: parts.kind ?? 'generated',
      columnKinds: parts.columnKinds ?? {},
      source: parts.source ?? {},
      licence: parts.licence ?? null,
      blockSize: parts.blockSize ?? null,
      tokenizer: parts.tokenizer ?? null,
      importer: parts.importer ?? null,
      importOptions: parts.importOptions ?? {},
      seed: parts.seed ?? null,
      notes: parts.notes ?? null,
    },
    count,
    requestId: parts.requestId ?? Uint32Array.from({ length: count }, (_, row) => row),
    arrivalMs: as(Float64Array, parts.arrivalMs),
    inputTokens: as(Int32Array, parts.inputTokens),
    outputTokens: as(Int32Array, parts.outputTokens),
    blocks,
    outputBlocks,
    uniqueBlocks:
      parts.uniqueBlocks ?? 1 + Math.max(largest(blocks?.values), largest(outputBlocks?.values)),
    media: parts.media ?? null,
    sessionId: parts.sessionId ?? null,
    parentRequestId: parts.parentRequestId ?? null,
    thinkMs: parts.thinkMs ?? null,
    tenant: parts.tenant ?? null,
    sloClass: parts.sloClass ?? null,
    priority: parts.priority ?? null,
    cancelMs: parts.cancelMs ?? null,
    task: parts.task ?? null,
    extra: parts.extra ?? {},
  };
  requireEqualLengths(trace);
  return trace;
}

function as<T extends Float64Array | Int32Array>(
  type: { new (values: ArrayLike<number>): T },
  values: ArrayLike<number>,
): T {
  return values instanceof type ? values : new type(values);
}

/** −1 where there is none, so that a trace without blocks has 0 unique ones. */
function largest(values: Int32Array | undefined): number {
  let max = -1;
  for (const value of values ?? []) if (value > max) max = value;
  return max;
}

function requireEqualLengths(trace: RequestTrace): void {
  const { count } = trace;
  const lengths: [string, number | undefined][] = [
    ['requestId', trace.requestId.length],
    ['inputTokens', trace.inputTokens.length],
    ['outputTokens', trace.outputTokens.length],
    ['blocks', trace.blocks ? trace.blocks.offsets.length - 1 : undefined],
    ['outputBlocks', trace.outputBlocks ? trace.outputBlocks.offsets.length - 1 : undefined],
    ['media', trace.media ? trace.media.offsets.length - 1 : undefined],
    ['sessionId', trace.sessionId?.length],
    ['parentRequestId', trace.parentRequestId?.length],
    ['thinkMs', trace.thinkMs?.length],
    ['tenant', trace.tenant?.codes.length],
    ['sloClass', trace.sloClass?.codes.length],
    ['priority', trace.priority?.length],
    ['cancelMs', trace.cancelMs?.length],
    ['task', trace.task?.codes.length],
  ];
  for (const [name, length] of lengths) {
    if (length !== undefined && length !== count) {
      throw new RangeError(`${name} has ${length} rows, not ${count}`);
    }
  }
}
