import { basename } from 'node:path';
import { InputError } from '../../units/input-error.ts';
import type { RequestTrace, TraceMeta } from '../request-trace.ts';
import { TraceBuilder, type TraceRow } from '../trace-builder.ts';
import { TextFile } from './lines.ts';

/** What every importer understands. */
export interface CommonOptions {
  /** Leave out requests without output (failed ones, in most sources); else they are refused. */
  dropEmptyOutputs?: boolean | undefined;
  /** Order the rows by arrival; else input out of order is refused. */
  sort?: boolean | undefined;
  /** Name of the trace; default: the file's. */
  name?: string | undefined;
}

/** How many line numbers a message lists. */
const listed = 10;

/**
 * What all importers do with a row: refuse or drop empty outputs, refuse or sort rows out of
 * order, refuse an empty input, and note the source in the metadata.
 */
export class Intake {
  readonly file: TextFile;
  readonly #options: CommonOptions;
  readonly #builder = new TraceBuilder();
  #latestMs = 0;
  #emptyOutputs = 0;
  readonly #emptyLines: number[] = [];

  constructor(path: string, options: CommonOptions) {
    this.file = new TextFile(path);
    this.#options = options;
  }

  add(row: TraceRow, line: number): void {
    if (row.outputTokens === 0) {
      this.#emptyOutputs++;
      if (this.#emptyLines.length < listed) this.#emptyLines.push(line);
      return;
    }
    if (row.arrivalMs < this.#latestMs && !this.#options.sort) {
      throw new InputError(`arrival ${row.arrivalMs} ms after ${this.#latestMs} ms`, {
        where: `${this.file.path}, line ${line}`,
        rule: 'rows are in order of arrival (--sort orders them)',
      });
    }
    this.#latestMs = Math.max(this.#latestMs, row.arrivalMs);
    this.#builder.add(row);
  }

  /**
   * @param meta what the importer knows of the source; options as they were in force
   * @param options.fromFirst arrivals count from the first one, as the source gives dates
   */
  finish(
    meta: Partial<TraceMeta> & Pick<TraceMeta, 'kind' | 'importer' | 'importOptions'>,
    { fromFirst = false } = {},
  ): RequestTrace {
    const { path } = this.file;
    const { dropEmptyOutputs, sort, name } = this.#options;
    if (this.#emptyOutputs > 0 && !dropEmptyOutputs) {
      const more = this.#emptyOutputs > listed ? ' …' : '';
      throw new InputError(`${this.#emptyOutputs} rows with 0 output tokens`, {
        where: `${path}, lines ${this.#emptyLines.join(', ')}${more}`,
        rule: 'every request has output (--drop-empty-outputs leaves those rows out)',
      });
    }
    if (this.#builder.count === 0) {
      throw new InputError('no requests', { where: path, rule: 'at least one row' });
    }
    const dropped =
      this.#emptyOutputs > 0 ? `${this.#emptyOutputs} rows without output left out` : '';
    const notes = [meta.notes, dropped].filter(Boolean).join('; ');
    const common = {
      ...(dropEmptyOutputs ? { dropEmptyOutputs } : {}),
      ...(sort ? { sort } : {}),
    };
    return this.#builder.finish(
      {
        ...meta,
        name: name ?? baseName(path),
        source: { path: basename(path), sha256: this.file.sha256(), ...meta.source },
        importOptions: { ...meta.importOptions, ...common },
        notes: notes || null,
      },
      { fromFirst },
    );
  }
}

/** A file's name without its endings. */
export function baseName(path: string): string {
  return basename(path).replace(/(\.(jsonl|csv|txt|json|arrow|gz))+$/i, '');
}
