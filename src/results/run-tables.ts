import { stepKinds } from '../replay/serving/sink.ts';
import { endReasons, type TaskColumns, taskStatus } from '../replay/serving/task-columns.ts';
import type { Workload } from '../replay/serving/workload.ts';
import { type Column, type DictionaryColumn, numbers } from '../tables/columns.ts';
import { encodeChunks, encodeTable } from '../tables/encode.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { type RunRecorder, replicaColumns, sampleColumns, transferColumns } from './event-rows.ts';
import type { Gaps } from './gaps.ts';
import { type ServingTable, type TableName, tableSchemas, tablesVersion } from './schema.ts';

type Columns = Record<string, Column>;

/** A replay's outcome in the form from which its tables are made. */
export interface RunRecord {
  readonly run: string;
  readonly trace: RequestTrace;
  readonly workload: Workload;
  readonly tasks: TaskColumns;
  readonly steps: RunRecorder;
  readonly gaps: Gaps;
  /** Tokens of a KV block, by instance. */
  readonly kvBlockTokens: readonly number[];
  /** The one row of `runs`, its run key left out. */
  readonly summary: Readonly<Record<string, string | number | null>>;
}

/**
 * The bytes of every table of a run, made one at a time as they are asked for: same record, same
 * bytes.
 */
export function encodersOf(record: RunRecord): Record<ServingTable, () => Uint8Array> {
  const { run, trace, workload, steps } = record;
  const { transfers, samples, replicaRows } = steps;
  const idOf = (task: number) => trace.requestId[workload.row[task] as number] as number;
  return {
    requests: () => encode('requests', [requestColumns(record)]),
    steps: () => encode('steps', stepColumns(record)),
    transfers: () => {
      const { length } = transfers;
      return encode('transfers', [withRun(run, length, transferColumns(transfers, idOf))]);
    },
    samples: () => {
      return encode('samples', [withRun(run, samples.length, sampleColumns(samples))]);
    },
    replicas: () => {
      const { length } = replicaRows;
      return encode('replicas', [withRun(run, length, replicaColumns(replicaRows))]);
    },
    gaps: () => encode('gaps', [gapColumns(record)]),
    runs: () => encode('runs', [runColumns(record)]),
  };
}

function encode(table: TableName, chunks: Columns[]): Uint8Array {
  const schema = tableSchemas[table];
  const first = chunks[0] as Columns;
  const names = Object.keys(schema.columns);
  if (names.join() !== Object.keys(first).join()) {
    throw new Error(`columns of ${table} differ from its schema: ${Object.keys(first).join()}`);
  }
  const metadata = new Map([
    ['reprise.table', table],
    ['reprise.tables_version', tablesVersion],
    ['reprise.doc', schema.doc],
  ]);
  return chunks.length === 1 ? encodeTable(first, metadata) : encodeChunks(chunks, metadata);
}

function withRun(run: string, rows: number, columns: Columns): Columns {
  return { run: runKey([run], rows), ...columns };
}

function runKey(labels: readonly string[], rows: number): DictionaryColumn {
  return { kind: 'dictionary', indices: new Int32Array(rows), labels };
}

function requestColumns({ run, trace, workload, tasks, gaps }: RunRecord): Columns {
  const n = workload.count;
  const { arrivalMs, admittedMs, firstTokenMs, endMs, status } = tasks;
  const finished = (task: number) => status[task] === taskStatus.finished;
  const finishMs = Float64Array.from(endMs, (t, task) => (finished(task) ? t : Number.NaN));
  const since = (times: Float64Array) => times.map((t, task) => t - (arrivalMs[task] as number));
  const tpot = Float64Array.from({ length: n }, (_, task) => {
    const gapCount = (tasks.generated[task] as number) - 1;
    const span = (finishMs[task] as number) - (firstTokenMs[task] as number);
    return gapCount > 0 ? span / gapCount : Number.NaN;
  });
  const labels = ['finished', 'rejected', 'cancelled', 'unfinished'];
  return {
    run: runKey([run], n),
    request_id: numbers(Uint32Array.from(workload.row, (r) => trace.requestId[r] as number)),
    status: {
      kind: 'dictionary',
      indices: Int32Array.from(status, (s) => s - taskStatus.finished),
      labels,
    },
    reason: {
      kind: 'dictionary',
      indices: Int32Array.from(tasks.reason),
      labels: endReasons,
      valid: Uint8Array.from(tasks.reason, (reason) => (reason > 0 ? 1 : 0)),
    },
    instance: indices(tasks.instance),
    prefill_instance: indices(tasks.prefillInstance),
    slot: indices(tasks.slot),
    arrival_ms: numbers(arrivalMs),
    admitted_ms: nullable(admittedMs),
    first_token_ms: nullable(firstTokenMs),
    prefill_ms: nullable(tasks.prefillMs),
    end_ms: nullable(endMs),
    finish_ms: nullable(finishMs),
    input_tokens: numbers(workload.inputTokens),
    cached_tokens: numbers(tasks.cachedTokens),
    fetched_tokens: numbers(tasks.fetchedTokens),
    output_tokens: numbers(tasks.generated),
    preemptions: numbers(tasks.preemptions),
    ttft_ms: nullable(since(firstTokenMs)),
    tpot_ms: nullable(tpot),
    e2e_ms: nullable(since(finishMs)),
    queue_ms: nullable(since(admittedMs)),
    max_gap_ms: nullable(gaps.maxGapMs),
    tbt_top10_ms: nullable(gaps.tbtTop10Ms),
  };
}

/** A column of instances or slots in which −1 is written as a missing value. */
function indices(values: Int32Array): Column {
  return numbers(
    values,
    Uint8Array.from(values, (i) => (i >= 0 ? 1 : 0)),
  );
}

/** A column of milliseconds in which NaN is written as a missing value. */
function nullable(values: Float64Array): Column {
  let missing = 0;
  const valid = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) missing++;
    else valid[i] = 1;
  }
  return missing === 0 ? numbers(values) : numbers(values, valid);
}

function stepColumns({ run, steps, kvBlockTokens }: RunRecord): Columns[] {
  const runLabels = [run];
  const chunks = steps.chunks.length > 0 ? steps.chunks : [new EmptyChunk()];
  return chunks.map((chunk, i): Columns => {
    const rows = steps.chunks.length > 0 ? steps.rowsOf(i) : 0;
    const part = <T extends Int32Array | Float64Array>(column: T) =>
      numbers(column.subarray(0, rows) as T);
    const tokens = (blocks: Int32Array) =>
      numbers(
        blocks
          .subarray(0, rows)
          .map((n, row) => n * (kvBlockTokens[chunk.instance[row] as number] as number)),
      );
    return {
      run: runKey(runLabels, rows),
      instance: part(chunk.instance),
      kind: {
        kind: 'dictionary',
        indices: chunk.kind.subarray(0, rows),
        labels: stepKinds,
      },
      start_ms: part(chunk.startMs),
      end_ms: part(chunk.endMs),
      rounds: part(chunk.rounds),
      first_ms: part(chunk.firstMs),
      slope_ms: part(chunk.slopeMs),
      decodes: part(chunk.decodes),
      prefill_requests: part(chunk.prefillRequests),
      prefill_tokens: part(chunk.prefillTokens),
      prefill_past_tokens: part(chunk.prefillPastTokens),
      context_tokens: part(chunk.contextTokens),
      kv_tokens: tokens(chunk.usedBlocks),
      cached_kv_tokens: tokens(chunk.cachedBlocks),
      waiting: part(chunk.waiting),
    };
  });
}

class EmptyChunk {
  readonly instance = new Int32Array();
  readonly kind = new Int32Array();
  readonly startMs = new Float64Array();
  readonly endMs = new Float64Array();
  readonly rounds = new Int32Array();
  readonly firstMs = new Float64Array();
  readonly slopeMs = new Float64Array();
  readonly decodes = new Int32Array();
  readonly prefillRequests = new Int32Array();
  readonly prefillTokens = new Int32Array();
  readonly prefillPastTokens = new Int32Array();
  readonly contextTokens = new Float64Array();
  readonly usedBlocks = new Int32Array();
  readonly cachedBlocks = new Int32Array();
  readonly waiting = new Int32Array();
}

function gapColumns({ run, gaps }: RunRecord): Columns {
  const { lowMs, highMs, gaps: counts, sumMs } = gaps.histogram.buckets();
  return {
    run: runKey([run], lowMs.length),
    low_ms: numbers(lowMs),
    high_ms: numbers(highMs),
    gaps: numbers(counts),
    sum_ms: numbers(sumMs),
  };
}

function runColumns({ run, summary }: RunRecord): Columns {
  const schema: Record<string, { kind: string }> = tableSchemas.runs.columns;
  const columns: Columns = {};
  for (const [name, { kind }] of Object.entries(schema)) {
    const value = name === 'run' ? run : summary[name];
    if (value === undefined) throw new Error(`no value for column ${name} of runs`);
    columns[name] = oneValue(kind, value);
  }
  return columns;
}

/** A column of one row. */
function oneValue(kind: string, value: string | number | null): Column {
  const valid = value === null ? { valid: Uint8Array.of(0) } : {};
  if (kind === 'int32') return { ...numbers(Int32Array.of(Number(value ?? 0))), ...valid };
  if (kind === 'float64') return { ...numbers(Float64Array.of(Number(value ?? 0))), ...valid };
  if (kind === 'utf8') return { kind: 'utf8', values: [String(value)] };
  return {
    kind: 'dictionary',
    indices: new Int32Array(1),
    labels: [String(value ?? '')],
    ...valid,
  };
}
