import type { SampleRow, TransferRow } from '../replay/serving/sink.ts';
import { transferKinds } from '../replay/serving/transfers.ts';
import { type Column, numbers } from '../tables/columns.ts';
import { StepColumns } from './step-columns.ts';

export interface ReplicaRow {
  readonly atMs: number;
  readonly rank: number;
  readonly block: number;
  readonly replicas: number;
}

/** The sink of a replay whose transfers and samples are kept too. */
export class RunRecorder extends StepColumns {
  readonly transfers: TransferRow[] = [];
  readonly samples: SampleRow[] = [];
  readonly replicaRows: ReplicaRow[] = [];

  transfer(row: TransferRow): void {
    this.transfers.push(row);
  }

  sample(row: SampleRow): void {
    this.samples.push(row);
  }

  replicas(atMs: number, rank: number, block: number, replicas: number): void {
    this.replicaRows.push({ atMs, rank, block, replicas });
  }
}

/** @param requestIdOf request_id of a task */
export function transferColumns(
  rows: readonly TransferRow[],
  requestIdOf: (task: number) => number,
): Record<string, Column> {
  return {
    kind: {
      kind: 'dictionary',
      indices: Int32Array.from(rows, (row) => row.kind),
      labels: transferKinds,
    },
    request_id: numbers(Uint32Array.from(rows, (row) => requestIdOf(row.task))),
    from_instance: int(rows, (row) => row.from),
    to_instance: int(rows, (row) => row.to),
    bytes: float(rows, (row) => row.bytes),
    start_ms: float(rows, (row) => row.startMs),
    end_ms: float(rows, (row) => row.endMs),
    complete: int(rows, (row) => (row.complete ? 1 : 0)),
  };
}

export function sampleColumns(rows: readonly SampleRow[]): Record<string, Column> {
  return {
    at_ms: float(rows, (row) => row.atMs),
    instance: int(rows, (row) => row.instance),
    waiting: int(rows, (row) => row.waiting),
    prefilling: int(rows, (row) => row.prefilling),
    decoding: int(rows, (row) => row.decoding),
    context_tokens: float(rows, (row) => row.contextTokens),
    inbound: int(rows, (row) => row.inbound),
    queued_prefill_ms: float(rows, (row) => row.queuedPrefillMs),
    round_ms: float(rows, (row) => row.roundMs),
    stored_blocks: int(rows, (row) => row.storedBlocks),
  };
}

export function replicaColumns(rows: readonly ReplicaRow[]): Record<string, Column> {
  return {
    at_ms: float(rows, (row) => row.atMs),
    rank: int(rows, (row) => row.rank),
    block_id: int(rows, (row) => row.block),
    replicas: int(rows, (row) => row.replicas),
  };
}

function int<T>(rows: readonly T[], value: (row: T) => number): Column {
  return numbers(Int32Array.from(rows, value));
}

function float<T>(rows: readonly T[], value: (row: T) => number): Column {
  return numbers(Float64Array.from(rows, value));
}
