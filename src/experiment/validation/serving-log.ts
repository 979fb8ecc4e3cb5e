import { CsvFile, type CsvRecord } from '../../trace/importers/csv.ts';
import { TextFile } from '../../trace/importers/lines.ts';
import { badValue, countFrom, millisecondsFrom, type Place } from '../../trace/importers/values.ts';
import { InputError } from '../../units/input-error.ts';

/** One prompt's share of a step: tokens computed, after tokens that were there before. */
export interface PromptPart {
  readonly rows: number;
  readonly cached: number;
}

/** What one step computed. */
export interface Composition {
  readonly decodes: number;
  /** Prompts in the order in which the engine took them. */
  readonly prefills: readonly PromptPart[];
}

/** When the steps of a log ran, ms from the start of the log: all that a replay of it may know. */
export interface StepTimes {
  readonly count: number;
  readonly startMs: Float64Array;
  readonly durationMs: Float64Array;
}

export interface MeasuredStep extends Composition {
  /** Padded batch of a CUDA graph, 0 for an eager step. */
  readonly graphBatch: number;
  /** KV tokens that the decodes read, the tokens of padding included. */
  readonly decodeContext: number;
  /** Host work on the inputs, in the duration. */
  readonly preparationMs: number;
}

export interface StepLog {
  readonly file: string;
  readonly times: StepTimes;
  readonly steps: readonly MeasuredStep[];
}

/** Requests by arrival, ties as in the file; times in ms from the start of the log. */
export interface RequestLog {
  readonly file: string;
  readonly count: number;
  readonly requestId: Uint32Array;
  readonly arrivalMs: Float64Array;
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  readonly firstTokenMs: Float64Array;
  readonly finishMs: Float64Array;
}

/**
 * The steps of a serving engine, one row each, in order of time.
 * @throws InputError that names the file and the missing column, or line, column and value
 */
export async function readStepLog(file: string): Promise<StepLog> {
  const startMs: number[] = [];
  const durationMs: number[] = [];
  const steps: MeasuredStep[] = [];
  await eachRow(file, (row) => {
    const start = row.ms('start_ms');
    const before = startMs.at(-1) ?? 0;
    if (start < before) throw row.refuse('start_ms', `not before the step above, ${before} ms`);
    startMs.push(start);
    durationMs.push(row.ms('duration_ms'));
    steps.push({
      decodes: row.count('decodes'),
      graphBatch: row.count('graph_batch'),
      decodeContext: row.count('decode_context'),
      preparationMs: row.ms('input_preparation_ms'),
      prefills: row.parts('prefills_new+cached'),
    });
  });
  if (steps.length === 0) throw new InputError('no steps', { where: file, rule: 'a row for each' });
  const times = {
    count: steps.length,
    startMs: Float64Array.from(startMs),
    durationMs: Float64Array.from(durationMs),
  };
  return { file, times, steps };
}

/**
 * The requests that a serving engine finished, in order of arrival.
 * @throws InputError that names the file and the missing column, or line, column and value
 */
export async function readRequestLog(file: string): Promise<RequestLog> {
  const id: number[] = [];
  const arrival: number[] = [];
  const input: number[] = [];
  const output: number[] = [];
  const first: number[] = [];
  const finish: number[] = [];
  await eachRow(file, (row) => {
    const arrivalMs = row.ms('arrival_ms');
    const before = arrival.at(-1) ?? 0;
    if (arrivalMs < before) throw row.refuse('arrival_ms', 'rows are in order of arrival');
    id.push(row.count('request_id'));
    arrival.push(arrivalMs);
    input.push(row.positive('input_tokens'));
    output.push(row.positive('output_tokens'));
    const firstTokenMs = row.ms('first_token_ms');
    if (firstTokenMs < arrivalMs) throw row.refuse('first_token_ms', 'not before the arrival');
    first.push(firstTokenMs);
    const finishMs = row.ms('finish_ms');
    if (finishMs < firstTokenMs) throw row.refuse('finish_ms', 'not before the first token');
    finish.push(finishMs);
  });
  if (id.length === 0) throw new InputError('no requests', { where: file, rule: 'a row for each' });
  return {
    file,
    count: id.length,
    requestId: Uint32Array.from(id),
    arrivalMs: Float64Array.from(arrival),
    inputTokens: Int32Array.from(input),
    outputTokens: Int32Array.from(output),
    firstTokenMs: Float64Array.from(first),
    finishMs: Float64Array.from(finish),
  };
}

async function eachRow(file: string, take: (row: Row) => void): Promise<void> {
  const csv = new CsvFile(new TextFile(file));
  for await (const records of csv.blocks()) {
    for (const record of records) take(new Row(csv, file, record));
  }
}

/** Fields of one record by column. */
class Row {
  readonly #csv: CsvFile;
  readonly #file: string;
  readonly #record: CsvRecord;

  constructor(csv: CsvFile, file: string, record: CsvRecord) {
    this.#csv = csv;
    this.#file = file;
    this.#record = record;
  }

  ms(column: string): number {
    return millisecondsFrom(this.#text(column), 0, this.#place(column));
  }

  count(column: string): number {
    return countFrom(this.#text(column), this.#place(column));
  }

  positive(column: string): number {
    const value = this.count(column);
    if (value < 1) throw this.refuse(column, 'at least 1');
    return value;
  }

  /** `new+cached` per prompt, `|` between; nothing for a step without prompts. */
  parts(column: string): PromptPart[] {
    const text = this.#text(column);
    if (text === '') return [];
    return text.split('|').map((part) => {
      const [, rows, cached] = /^(\d+)\+(\d+)$/.exec(part) ?? [];
      if (rows === undefined || cached === undefined || Number(rows) === 0) {
        throw this.refuse(column, 'new+cached for each prompt, | between');
      }
      return { rows: Number(rows), cached: Number(cached) };
    });
  }

  refuse(column: string, rule: string): InputError {
    return badValue(this.#text(column), this.#place(column), rule);
  }

  #text(column: string): string {
    return (this.#record.fields[this.#csv.header.index(column)] as string).trim();
  }

  #place(column: string): Place {
    return { file: this.#file, line: this.#record.line, column };
  }
}
