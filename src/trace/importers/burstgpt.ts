import { InputError } from '../../units/input-error.ts';
import type { RequestTrace } from '../request-trace.ts';
import { CsvFile } from './csv.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { countFrom, millisecondsFrom, type Place } from './values.ts';

const required = [
  'Timestamp',
  'Model',
  'Request tokens',
  'Response tokens',
  'Total tokens',
  'Log Type',
] as const;
const optional = ['Session ID', 'Elapsed time'] as const;
type ColumnName = (typeof required)[number] | (typeof optional)[number];

/**
 * BurstGPT (HPMLL/BurstGPT, arXiv 2401.17644): seconds since midnight of the first day, the model
 * called (becomes the tenant), token counts and the kind of log (becomes the task); later releases
 * add sessions and the elapsed time, which is not imported. Failed requests have 0 response tokens.
 */
export async function importBurstGpt(
  path: string,
  options: CommonOptions = {},
): Promise<RequestTrace> {
  const intake = new Intake(path, options);
  const csv = new CsvFile(intake.file);
  for await (const records of csv.blocks()) {
    csv.header.requireColumns(required, optional);
    const session = csv.header.find('Session ID');
    const index = Object.fromEntries(
      required.map((name) => [name, csv.header.index(name)]),
    ) as Record<ColumnName, number>;
    for (const { fields, line } of records) {
      const at = (column: ColumnName): Place => ({ file: path, line, column });
      const text = (column: ColumnName) => fields[index[column]] as string;
      const count = (column: ColumnName) => countFrom(text(column), at(column));
      const inputTokens = count('Request tokens');
      const outputTokens = count('Response tokens');
      const total = count('Total tokens');
      if (total !== inputTokens + outputTokens) {
        throw new InputError(`bad value ${total}`, {
          where: `${path}, line ${line}, column Total tokens`,
          rule: `the sum of request and response tokens, ${inputTokens} + ${outputTokens}`,
        });
      }
      const sessionId = fields[session] ?? '';
      intake.add(
        {
          arrivalMs: millisecondsFrom(text('Timestamp'), 3, at('Timestamp')),
          inputTokens,
          outputTokens,
          tenant: text('Model'),
          task: text('Log Type'),
          ...(sessionId === '' ? {} : { sessionId }),
        },
        line,
      );
    }
  }
  return intake.finish({
    kind: 'recorded',
    importer: 'burstgpt',
    importOptions: {},
    notes: 'tenant: the model called; task: the log type',
  });
}
