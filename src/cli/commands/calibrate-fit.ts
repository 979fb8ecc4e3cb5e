import type { Command } from 'commander';
import type { FitReport } from '../../cost/calibration/fit/fit.ts';
import { wholeNumber } from '../number-options.ts';

interface FitFlags {
  data: string;
  output: string;
  gpu?: string;
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
  const { data, output, gpu, seed, draws, only, keep, elementwiseOf, json } = flags;
  const { fitConstants } = await import('../../cost/calibration/fit/fit.ts');
  const { writeFileSync } = await import('node:fs');
  const { printJson, progress } = await import('../terminal.ts');
  let last = '';
  let bar: ReturnType<typeof progress> | undefined;
  const report = await fitConstants({
    data,
    gpu,
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
