import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import type { Provenance, RequestTrace } from '../request-trace.ts';
import type { TraceRow } from '../trace-builder.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { CsvFile, type CsvHeader } from './csv.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { badValue, countFrom, millisecondsFrom, type Place } from './values.ts';

/** Unit of the time columns; `datetime` is for arrivals only, other times are then milliseconds. */
export type TimeUnit = 'ms' | 's' | 'us' | 'ns' | 'datetime';

export interface PlainCsvOptions extends CommonOptions {
  /** `arrival_ms=ts,input_tokens=prompt,…`; a target left out is looked for by its own name. */
  map?: string | undefined;
  /** Default ms. */
  timeUnit?: TimeUnit | undefined;
  /** Count arrivals from the first one; always so for dates. */
  fromFirst?: boolean | undefined;
  /** Default recorded. */
  kind?: Provenance | undefined;
  licence?: string | undefined;
}

const requiredTargets = ['arrival_ms', 'input_tokens', 'output_tokens'] as const;
const optionalTargets = [
  'request_id',
  'session_id',
  'parent_request_id',
  'think_ms',
  'tenant',
  'slo_class',
  'priority',
  'cancel_ms',
  'task',
] as const;
const targets = [...requiredTargets, ...optionalTargets] as const;
type Target = (typeof targets)[number];

/** Power of ten from the unit to milliseconds. */
const exponents: Record<TimeUnit, number> = { ms: 0, s: 3, us: -3, ns: -6, datetime: 0 };

/** A CSV file of any layout: columns are mapped to those of the request schema by name. */
export async function importPlainCsv(
  path: string,
  options: PlainCsvOptions = {},
): Promise<RequestTrace> {
  const { timeUnit = 'ms', kind = 'recorded', licence } = options;
  const mapping = parseMapping(options.map ?? '');
  const intake = new Intake(path, options);
  const csv = new CsvFile(intake.file);
  const clock = new ArrivalClock();
  const exponent = exponents[timeUnit];
  let columns: Columns | null = null;
  for await (const records of csv.blocks()) {
    columns ??= findColumns(csv.header, mapping);
    const { index } = columns;
    for (const { fields, line } of records) {
      const at = (target: Target): Place => ({ file: path, line, column: mapping[target] });
      const field = (target: Target) => fields[index[target] as number] as string;
      const row: TraceRow = {
        arrivalMs:
          timeUnit === 'datetime'
            ? clock.arrivalMs(field('arrival_ms'), at('arrival_ms'))
            : millisecondsFrom(field('arrival_ms'), exponent, at('arrival_ms')),
        inputTokens: countFrom(field('input_tokens'), at('input_tokens')),
        outputTokens: countFrom(field('output_tokens'), at('output_tokens')),
      };
      for (const target of optionalTargets) {
        const text = fields[index[target] ?? -1] ?? '';
        if (text !== '') setOptional[target](row, text, at(target), exponent);
      }
      intake.add(row, line);
    }
  }
  const fromFirst = timeUnit === 'datetime' || (options.fromFirst ?? false);
  const ignored = columns?.ignored.slice(0, 20).join(', ');
  return intake.finish(
    {
      kind,
      licence: licence ?? null,
      importer: 'csv',
      importOptions: { map: options.map ?? '', timeUnit, fromFirst },
      notes: ignored ? `columns not imported: ${ignored}` : null,
    },
    { fromFirst },
  );
}

/** How a present value of an optional column enters a row. */
const setOptional: Record<
  (typeof optionalTargets)[number],
  (row: TraceRow, text: string, place: Place, exponent: number) => void
> = {
  request_id: (row, text, place) => {
    row.requestId = countFrom(text, place);
  },
  session_id: (row, text) => {
    row.sessionId = text;
  },
  parent_request_id: (row, text, place) => {
    row.parentRequestId = countFrom(text, place);
  },
  think_ms: (row, text, place, exponent) => {
    row.thinkMs = millisecondsFrom(text, exponent, place);
  },
  tenant: (row, text) => {
    row.tenant = text;
  },
  slo_class: (row, text) => {
    row.sloClass = text;
  },
  priority: (row, text, place) => {
    const value = countFrom(text, place);
    if (value > 127) throw badValue(text, place, 'a priority from 0 to 127');
    row.priority = value;
  },
  cancel_ms: (row, text, place, exponent) => {
    row.cancelMs = millisecondsFrom(text, exponent, place);
  },
  task: (row, text) => {
    row.task = text;
  },
};

interface Columns {
  index: Partial<Record<Target, number>>;
  /** Columns of the file that no target takes. */
  ignored: string[];
}

function findColumns(header: CsvHeader, mapping: Record<Target, string>): Columns {
  const index: Partial<Record<Target, number>> = {};
  for (const target of targets) {
    const asked = mapping[target] !== target || requiredTargets.some((name) => name === target);
    const at = asked ? header.index(mapping[target]) : header.find(target);
    if (at >= 0) index[target] = at;
  }
  const taken = new Set(Object.values(index));
  return { index, ignored: header.names.filter((_, i) => !taken.has(i)) };
}

function parseMapping(text: string): Record<Target, string> {
  const mapping = Object.fromEntries(targets.map((name) => [name, name])) as Record<Target, string>;
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [target = '', ...rest] = pair.split('=');
    const column = rest.join('=').trim();
    if (column === '') {
      const rule = 'TARGET=COLUMN pairs, joined by commas';
      throw new InputError(`bad mapping ${JSON.stringify(pair)}`, { where: '--map', rule });
    }
    const name = targets.find((known) => known === target.trim());
    if (name === undefined) throw unknownName('column of the schema', target.trim(), targets);
    mapping[name] = column;
  }
  return mapping;
}
