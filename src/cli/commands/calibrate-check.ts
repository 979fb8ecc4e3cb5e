import { type Command, Option } from 'commander';

interface CheckFlags {
  data: string;
  profile?: string;
  constants?: string;
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
    .option('--json', 'one JSON document')
    .action(check);
}

async function check({ data, profile, constants, json }: CheckFlags): Promise<void> {
  const { checkCalibration } = await import('../../cost/calibration/check/check.ts');
  const { readConstantsFile } = await import('../../cost/calibration/constants-file.ts');
  const { result } = await checkCalibration({
    data,
    profile,
    constants: constants === undefined ? undefined : readConstantsFile(constants),
  });
  if (json) {
    const { printJson } = await import('../terminal.ts');
    printJson(result);
    return;
  }
  const { printCheck } = await import('./calibrate-check-view.ts');
  printCheck(result);
}
