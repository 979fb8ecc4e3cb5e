import type { Command } from 'commander';
import { wholeNumber } from '../number-options.ts';

interface FormsFlags {
  data: string;
  gpu?: string;
  seed: number;
  json?: boolean;
}

export function addForms(calibrate: Command): void {
  calibrate
    .command('forms')
    .description('other forms of the cost model beside its own, on rows that no fit has seen')
    .requiredOption('--data <folder>', 'measurements: .csv and .parquet files, at any depth')
    .option('--gpu <name>', 'GPU of the rows (default: the one that the files name)')
    .option('--seed <n>', 'draws the shapes held out', wholeNumber('--seed', 0), 1)
    .option('--json', 'one JSON document')
    .action(compare);
}

async function compare({ data, gpu, seed, json }: FormsFlags): Promise<void> {
  const { compareForms } = await import('../../cost/calibration/fit/compare-forms.ts');
  const { printJson, printTable } = await import('../terminal.ts');
  const forms = await compareForms({ data, gpu, seed });
  if (json) return printJson(forms);
  const right = (title: string) => ({ title, align: 'right' as const });
  printTable(
    [
      { title: 'of' },
      { title: 'form' },
      ...['rows', 'bias %', 'MAPE %', 'median %', 'P90 %'].map(right),
    ],
    forms.map(({ of, form, rows, bias, mape, median, p90 }) => [
      of,
      form,
      String(rows),
      ...[bias, mape, median, p90].map((error) => error.toFixed(1)),
    ]),
  );
}
