import type { RequestTrace } from '../request-trace.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { CsvFile } from './csv.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { countFrom } from './values.ts';

const columns = ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'] as const;

/**
 * Azure LLM inference traces of 2023 and 2024 (Azure/AzurePublicDataset): a date and two token
 * counts. Dates have up to seven digits below the second (2023) or an offset from UTC (2024);
 * arrivals count from the first.
 */
export async function importAzureLlm(
  path: string,
  options: CommonOptions = {},
): Promise<RequestTrace> {
  const intake = new Intake(path, options);
  const csv = new CsvFile(intake.file);
  const clock = new ArrivalClock();
  for await (const records of csv.blocks()) {
    csv.header.requireColumns(columns);
    const [time, context, generated] = columns.map((name) => csv.header.index(name)) as [
      number,
      number,
      number,
    ];
    for (const { fields, line } of records) {
      const at = (column: string) => ({ file: path, line, column });
      intake.add(
        {
          arrivalMs: clock.arrivalMs(fields[time] as string, at('TIMESTAMP')),
          inputTokens: countFrom(fields[context] as string, at('ContextTokens')),
          outputTokens: countFrom(fields[generated] as string, at('GeneratedTokens')),
        },
        line,
      );
    }
  }
  return intake.finish(
    { kind: 'recorded', importer: 'azure-llm', importOptions: {} },
    { fromFirst: true },
  );
}
