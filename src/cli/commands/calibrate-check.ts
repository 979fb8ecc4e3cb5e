import { type Command, Option } from 'commander';
import type { CheckOptions, CheckResult } from '../../cost/calibration/check/check.ts';
import type { Peaks } from '../../hardware/gpus.ts';
import { peaksOption } from './calibrate-peaks.ts';

interface CheckFlags {
  data: string;
  profile?: string;
  constants?: string;
  page?: string;
  record?: string;
  of?: string;
  peaks?: Partial<Peaks>;
  json?: boolean;
}

export function addCalibrateCheck(calibrate: Command): void {
  calibrate
    .command('check')
    .description('predicted against measured: kernels by family, whole steps by engine and model')
    .requiredOption('--data <folder>', 'measurements: .csv and .parquet files, at any depth')
    .addOption(
      new Option(
        '--profile <gpu>',
        'price every row on this GPU (default: the one that the files name, else a100)',
      ).conflicts('constants'),
    )
    .option('--constants <file>', 'kernel constants that calibrate fit wrote')
    .addOption(peaksOption())
    .option('--page <file>', 'a page of charts: predicted against measured, error by shape (HTML)')
    .option('--record <file>', 'keep the figures, without any measured row (JSON)')
    .option('--of <gpu>', 'GPUs to record, by the beginning of their names (default: all)')
    .option('--json', 'one JSON document')
    .action(check);
}

async function check(flags: CheckFlags): Promise<void> {
  const { data, profile, constants, peaks, page, record, json } = flags;
  const { checkCalibration, isScored } = await import('../../cost/calibration/check/check.ts');
  const { readConstantsFile } = await import('../../cost/calibration/constants-file.ts');
  const options: CheckOptions = {
    data,
    profile,
    peaks,
    constants: constants === undefined ? undefined : readConstantsFile(constants),
  };
  const checked = await checkCalibration(options);
  if (json) {
    const { printJson } = await import('../terminal.ts');
    printJson(checked.result);
  } else {
    const { printCheck } = await import('./calibrate-check-view.ts');
    printCheck(checked.result);
  }
  const { note } = await import('../terminal.ts');
  if (!isScored(checked.result)) {
    note(await whyNothing(checked.result));
    process.exitCode = 1;
    return;
  }
  if (page !== undefined) {
    const { writeCheckPage } = await import('../../report/site/clock-check-page.ts');
    const bytes = await writeCheckPage(checked, { output: page, command: commandOf(flags) });
    note(`wrote ${page} (${(bytes / 1e6).toFixed(1)} MB)`);
  }
  if (record !== undefined) {
    await writeRecord(record, checked.result, options, flags);
    note(`wrote ${record}`);
  }
}

/** Why no row was held against a prediction, in one sentence. */
async function whyNothing({ skipped, files }: CheckResult): Promise<string> {
  const { peaksRule } = await import('../../cost/calibration/peaks.ts');
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const unknownGpu = reasons.some((reason) => reason.startsWith('unknown GPU'));
  if (unknownGpu) reasons.push(peaksRule);
  if (reasons.length === 0) {
    const rows = files.some((file) => file.note === undefined && file.rows > 0);
    reasons.push(rows ? 'no row has a form' : 'the files hold no rows that are scored');
  }
  return `nothing was scored: ${reasons.join('; ')}`;
}

async function writeRecord(
  file: string,
  result: CheckResult,
  options: CheckOptions,
  flags: CheckFlags,
): Promise<void> {
  const { recordOf } = await import('../../cost/calibration/recorded/record.ts');
  const { sourcesOf } = await import('../../cost/calibration/recorded/sources.ts');
  const { writeFileSync } = await import('node:fs');
  const kept = recordOf(result, {
    command: commandOf(flags),
    date: new Date().toISOString().slice(0, 10),
    sources: await sourcesOf(options.data, options, flags.of),
    gpus: flags.of,
  });
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
}

/** The command without the folders of this machine. */
function commandOf({ profile, constants, of, record, peaks }: CheckFlags): string {
  const options = [
    ['--profile', profile],
    ['--constants', constants && 'FILE'],
    ['--peaks', peaks && 'PEAKS'],
    ['--of', of],
    ['--record', record && 'FILE'],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return ['reprise calibrate check --data DATA', ...options].join(' ');
}
