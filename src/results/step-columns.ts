import type { ServingSink, StepRow } from '../replay/serving/sink.ts';

const chunkRows = 1 << 16;
const float = () => new Float64Array(chunkRows);
const int = () => new Int32Array(chunkRows);

function newChunk() {
  return {
    instance: int(),
    kind: int(),
    startMs: float(),
    endMs: float(),
    rounds: int(),
    firstMs: float(),
    slopeMs: float(),
    decodes: int(),
    prefillRequests: int(),
    prefillTokens: int(),
    prefillPastTokens: int(),
    contextTokens: float(),
    usedBlocks: int(),
    cachedBlocks: int(),
    waiting: int(),
  };
}

/** Chunks that a run of this thread has left: a sweep would allocate megabytes for each run. */
const spare: StepChunk[] = [];
const mostSpare = 4;

/** Up to 65,536 step rows, one typed array per column. */
export type StepChunk = ReturnType<typeof newChunk>;

/** Stays of requests in decode batches, one column each (ServingSink.stay). */
export interface StayColumns {
  task: Int32Array;
  instance: Int32Array;
  firstRow: Int32Array;
  endRow: Int32Array;
  sinceMs: Float64Array;
}

/** The sink of a replay: appends rows to columns, in chunks that are never copied. */
export class StepColumns implements ServingSink {
  readonly chunks: StepChunk[] = [];
  rows = 0;
  stays = 0;
  #chunk: StepChunk | undefined;
  #stays: StayColumns;

  constructor(expectedStays: number) {
    this.#stays = newStays(Math.max(16, expectedStays));
  }

  step(row: StepRow): void {
    const at = this.rows & (chunkRows - 1);
    let chunk = this.#chunk;
    if (at === 0 || chunk === undefined) {
      chunk = spare.pop() ?? newChunk();
      this.#chunk = chunk;
      this.chunks.push(chunk);
    }
    chunk.instance[at] = row.instance;
    chunk.kind[at] = row.kind;
    chunk.startMs[at] = row.startMs;
    chunk.endMs[at] = row.endMs;
    chunk.rounds[at] = row.rounds;
    chunk.firstMs[at] = row.firstMs;
    chunk.slopeMs[at] = row.slopeMs;
    chunk.decodes[at] = row.decodes;
    chunk.prefillRequests[at] = row.prefillRequests;
    chunk.prefillTokens[at] = row.prefillTokens;
    chunk.prefillPastTokens[at] = row.prefillPastTokens;
    chunk.contextTokens[at] = row.contextTokens;
    chunk.usedBlocks[at] = row.usedBlocks;
    chunk.cachedBlocks[at] = row.cachedBlocks;
    chunk.waiting[at] = row.waiting;
    this.rows++;
  }

  stay(task: number, instance: number, firstRow: number, endRow: number, sinceMs: number): void {
    if (this.stays === this.#stays.task.length) this.#stays = grown(this.#stays);
    const at = this.stays++;
    this.#stays.task[at] = task;
    this.#stays.instance[at] = instance;
    this.#stays.firstRow[at] = firstRow;
    this.#stays.endRow[at] = endRow;
    this.#stays.sinceMs[at] = sinceMs;
  }

  get stayColumns(): StayColumns {
    return this.#stays;
  }

  /** Gives the chunks back once nothing reads them any more. */
  release(): void {
    for (const chunk of this.chunks.splice(0)) {
      if (spare.length < mostSpare) spare.push(chunk);
    }
    this.rows = 0;
    this.#chunk = undefined;
  }

  /** Rows of a chunk that are in use. */
  rowsOf(chunk: number): number {
    return Math.min(chunkRows, this.rows - chunk * chunkRows);
  }

  /** Chunk and place of a row. */
  chunkAt(row: number): StepChunk {
    return this.chunks[row >> 16] as StepChunk;
  }
}

function newStays(size: number): StayColumns {
  return {
    task: new Int32Array(size),
    instance: new Int32Array(size),
    firstRow: new Int32Array(size),
    endRow: new Int32Array(size),
    sinceMs: new Float64Array(size),
  };
}

function grown(old: StayColumns): StayColumns {
  const columns = newStays(Math.ceil(old.task.length * 1.5));
  columns.task.set(old.task);
  columns.instance.set(old.instance);
  columns.firstRow.set(old.firstRow);
  columns.endRow.set(old.endRow);
  columns.sinceMs.set(old.sinceMs);
  return columns;
}
