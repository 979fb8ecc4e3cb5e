import type { Command } from 'commander';
import type { FitReport } from '../../cost/calibration/fit/fit.ts';
import type { Peaks } from '../../hardware/gpus.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';
import { peaksOption } from './calibrate-peaks.ts';

interface FitFlags {
  data: string;
  output: string;
  gpu?: string;
  peaks?: Partial<Peaks>;
  seed: number;
  draws: number;
  only?: string[];
  keep?: string[];
  elementwiseOf?: string;
  json?: boolean;
}

export function addFit(calibrate: Command): void {
  calibrate
    .command('fit')
    .description('fit kernel constants on measurements, whole shapes held out')
    .requiredOption('--data <folder>', 'measurements: .csv and .parquet files, at any depth')
    .requiredOption('-o, --output <file>', 'constants as JSON, for calibrate check --constants')
    .option('--gpu <name>', 'GPU of the rows to fit (default: the one that the files name)')
    .addOption(peaksOption())
    .option(
      '--seed <n>',
      'draws the shapes held out and the bootstrap',
      wholeNumber('--seed', 0),
      1,
    )
    .option('--draws <n>', 'bootstrap samples for the intervals', wholeNumber('--draws', 0), 100)
    .option('--only <family...>', 'families to fit; others stay as the GPU has them')
    .option('--keep <constant...>', 'constants to keep however little they help, such as waves')
    .option(
      '--elementwise-of <model>',
      'fit element-wise work on the decode and prefill steps of that model, which no check may count',
    )
    .option('--json', 'one JSON document: the constants, with errors of held-out and fitted rows')
    .action(fit);
}

async function fit(flags: FitFlags): Promise<void> {
  const { data, output, gpu, peaks, seed, draws, only, keep, elementwiseOf, json } = flags;
  const { fitConstants } = await import('../../cost/calibration/fit/fit.ts');
  const { writeFileSync } = await import('node:fs');
  await refuseUnwritable(output);
  const { printJson, progress } = await import('../terminal.ts');
  let last = '';
  let bar: ReturnType<typeof progress> | undefined;
  const report = await fitConstants({
    data,
    gpu,
    peaks,
    seed,
    draws,
    only,
    keep,
    elementwiseOf,
    onProgress(family, draw) {
      if (family !== last) bar = progress(`samples of ${family}`, draws);
      last = family;
      bar?.tick(draw);
    },
  });
  bar?.end();
  writeFileSync(output, `${JSON.stringify(report.file, null, 2)}\n`);
  if (json) printJson(documentOf(report));
  else (await import('./calibrate-fit-view.ts')).printFit(report, output);
}

/** A fit takes long: what it could not write, it does not begin. */
async function refuseUnwritable(output: string): Promise<void> {
  const { accessSync, constants, statSync } = await import('node:fs');
  const { dirname } = await import('node:path');
  const rule = 'a file in a folder that can be written to';
  const folder = dirname(output);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) throw new InputError('no such folder', { where: folder, rule });
  const own = statSync(output, { throwIfNoEntry: false });
  if (own?.isDirectory()) throw new InputError('is a folder', { where: output, rule });
  try {
    accessSync(own === undefined ? folder : output, constants.W_OK);
  } catch (cause) {
    throw new InputError('cannot be written', { where: output, rule, cause });
  }
}

/** The file and what is not in it. */
function documentOf({ file, families, elementwise, hostLinks }: FitReport) {
  return {
    ...file,
    families: families.map(({ family, values, loss, heldOut, fitted, files }) => ({
      family: family.name,
      constants: values,
      loss,
      held_out: heldOut,
      fitted,
      files,
    })),
    elementwise_of_steps: elementwise,
    host_links: hostLinks,
  };
}
