import type { RequestTrace } from '../trace/request-trace.ts';
import { InputError } from '../units/input-error.ts';
import { RandomStream } from '../units/random.ts';
import { BlockStream } from './cache/block-stream.ts';
import type { ArrivalSpec } from './scenario.ts';
import type { ArrivalMode, Workload } from './serving/workload.ts';

/** Rows of the trace that take part and when they arrive, by arrival. */
interface Selected {
  row: Int32Array;
  arrivalMs: Float64Array;
}

export interface ArrivalOptions {
  readonly seed: number;
  /** Only the first so many requests; null: all. */
  readonly limit: number | null;
}

/**
 * The workload that a trace becomes under an arrival specification: window and first rows, then
 * de-quantising, then the rate, then the mode.
 * @throws InputError for whatever keeps the trace from being replayed so
 */
export function buildWorkload(
  trace: RequestTrace,
  spec: ArrivalSpec,
  options: ArrivalOptions,
): Workload {
  const stream = new RandomStream(options.seed, 'arrivals');
  let selected = select(trace, spec, options.limit);
  if (spec.dequantise) selected = dequantise(selected, stream.split('dequantise'));
  selected = changeRate(selected, spec.rate, stream.split('rate'));
  const { row } = selected;
  const mediaTokens = trace.media === null ? null : tokensOfMedia(trace);
  const inputTokens = Int32Array.from(
    row,
    (r) => (trace.inputTokens[r] as number) + (mediaTokens?.[r] ?? 0),
  );
  refuseEmptyPrompts(trace, row, inputTokens);
  const resampled = spec.rate.by === 'resample';
  const inferred = spec.sessions === 'inferred';
  const pick = (column: Float64Array | null) =>
    column === null ? null : Float64Array.from(row, (r) => column[r] as number);
  return {
    ...selected,
    count: row.length,
    inputTokens,
    outputTokens: Int32Array.from(row, (r) => trace.outputTokens[r] as number),
    cancelAfterMs: pick(trace.cancelMs),
    parent: resampled ? null : inferred ? inferredParents(trace, row) : parents(trace, row),
    thinkMs: resampled || inferred ? null : pick(trace.thinkMs),
    priority: trace.priority === null ? null : codes(row, trace.priority),
    tenant: trace.tenant === null ? null : codes(row, trace.tenant.codes),
    blocks: trace.blocks,
    blockTokens: trace.meta.blockSize ?? 1,
    uniqueBlocks: trace.uniqueBlocks,
    hasMedia: mediaTokens?.some((tokens) => tokens > 0) ?? false,
    arrivals: modeOf(trace, spec),
  };
}

/** A column of codes for the selected rows; 0 where a row has none. */
function codes(row: Int32Array, column: ArrayLike<number>): Int32Array {
  return Int32Array.from(row, (r) => Math.max(0, column[r] as number));
}

function modeOf(trace: RequestTrace, spec: ArrivalSpec): ArrivalMode {
  if (spec.mode === 'closed') return { mode: 'closed', concurrency: spec.concurrency };
  if (spec.sessions === 'inferred' && trace.blocks === null) {
    const rule = 'sessions are inferred from block_ids';
    throw new InputError(`trace ${trace.meta.name} has no blocks`, {
      where: 'arrivals.sessions',
      rule,
    });
  }
  if (spec.mode === 'session' && spec.sessions === 'recorded' && trace.parentRequestId === null) {
    const rule = 'session arrivals need a trace with parent_request_id, or sessions: inferred';
    throw new InputError(`trace ${trace.meta.name} has no sessions`, {
      where: 'arrivals.mode',
      rule,
    });
  }
  if (spec.mode === 'session' && spec.rate.by === 'resample') {
    const rule = 'resampled requests have no sessions: compress or thin';
    throw new InputError('session arrivals resampled', { where: 'arrivals.rate.by', rule });
  }
  return { mode: spec.mode };
}

function select(trace: RequestTrace, spec: ArrivalSpec, limit: number | null): Selected {
  const from = spec.window?.fromMs ?? 0;
  const to = spec.window?.toMs ?? Number.POSITIVE_INFINITY;
  const rows = new Int32Array(trace.count);
  const most = limit ?? trace.count;
  let count = 0;
  for (let r = 0; r < trace.count && count < most; r++) {
    const at = trace.arrivalMs[r] as number;
    if (at >= from && at < to) rows[count++] = r;
  }
  const row = rows.slice(0, count);
  return { row, arrivalMs: Float64Array.from(row, (r) => (trace.arrivalMs[r] as number) - from) };
}

/** Arrivals that share a time are spread, in order, up to the next time that occurs. */
function dequantise({ row, arrivalMs }: Selected, stream: RandomStream): Selected {
  const spread = Float64Array.from(arrivalMs);
  for (let i = 0; i < row.length; ) {
    let j = i;
    while (j < row.length && arrivalMs[j] === arrivalMs[i]) j++;
    const tick = arrivalMs[i] as number;
    const before = i > 0 ? (arrivalMs[i - 1] as number) : Number.NaN;
    // The last tick is as wide as the one before it.
    const width = j < row.length ? (arrivalMs[j] as number) - tick : tick - before;
    if (j - i > 1 && width > 0) {
      const offsets = Float64Array.from({ length: j - i }, () => stream.uniform() * width).sort();
      for (let k = i; k < j; k++) spread[k] = tick + (offsets[k - i] as number);
    }
    i = j;
  }
  return { row, arrivalMs: spread };
}

function changeRate(selected: Selected, rate: ArrivalSpec['rate'], stream: RandomStream): Selected {
  const { row, arrivalMs } = selected;
  const { factor, by } = rate;
  if (by === 'resample') return resample(selected, factor, stream);
  if (factor === 1) return selected;
  if (by === 'compress') return { row, arrivalMs: arrivalMs.map((t) => t / factor) };
  if (factor > 1) {
    const rule = 'thinning keeps a share of the requests: at most 1';
    throw new InputError(`rate factor ${factor}`, { where: 'arrivals.rate', rule });
  }
  const kept = Array.from(row.keys()).filter(() => stream.uniform() < factor);
  return {
    row: Int32Array.from(kept, (i) => row[i] as number),
    arrivalMs: Float64Array.from(kept, (i) => arrivalMs[i] as number),
  };
}

/**
 * Poisson arrivals over the same span at `factor` times the mean rate, each with the lengths of
 * a request drawn with replacement.
 */
function resample({ row, arrivalMs }: Selected, factor: number, stream: RandomStream): Selected {
  if (row.length === 0) return { row, arrivalMs };
  const spanMs = arrivalMs[row.length - 1] as number;
  const meanMs = spanMs / row.length / factor;
  const times: number[] = [];
  const rows: number[] = [];
  for (let at = stream.exponential(meanMs); at < spanMs; at += stream.exponential(meanMs)) {
    times.push(at);
    rows.push(row[stream.integer(row.length)] as number);
  }
  return { row: Int32Array.from(rows), arrivalMs: Float64Array.from(times) };
}

function tokensOfMedia(trace: RequestTrace): Int32Array {
  const { offsets, tokens } = trace.media as NonNullable<RequestTrace['media']>;
  const sums = new Int32Array(trace.count);
  for (let r = 0; r < trace.count; r++) {
    for (let i = offsets[r] as number; i < (offsets[r + 1] as number); i++) {
      const count = tokens[i] as number;
      if (count < 0) {
        const where = `trace ${trace.meta.name}, row ${r}`;
        throw new InputError('a medium without tokens', { where, rule: 'its count of tokens' });
      }
      sums[r]! += count;
    }
  }
  return sums;
}

function refuseEmptyPrompts(trace: RequestTrace, row: Int32Array, inputTokens: Int32Array): void {
  const empty = inputTokens.findIndex((tokens) => tokens < 1);
  if (empty < 0) return;
  const where = `trace ${trace.meta.name}, row ${row[empty]}`;
  throw new InputError(`prompt of ${inputTokens[empty]} tokens`, { where, rule: 'at least 1' });
}

/** Task of each task's parent, −1 where it has none among the selected rows. */
function parents(trace: RequestTrace, row: Int32Array): Int32Array | null {
  if (trace.parentRequestId === null) return null;
  const taskOf = new Map<number, number>();
  for (const [task, r] of row.entries()) taskOf.set(trace.requestId[r] as number, task);
  return Int32Array.from(row, (r, task) => {
    const parent = (trace.parentRequestId as Int32Array)[r] as number;
    const found = parent < 0 ? undefined : taskOf.get(parent);
    return found !== undefined && found < task ? found : -1;
  });
}

/** The same, by the blocks that prompts share; see sessionsOf. */
function inferredParents(trace: RequestTrace, row: Int32Array): Int32Array {
  const { session } = new BlockStream(trace).sessions();
  const latest = new Map<number, number>();
  return Int32Array.from(row, (r, task) => {
    const own = session[r] as number;
    const parent = latest.get(own) ?? -1;
    latest.set(own, task);
    return parent;
  });
}
