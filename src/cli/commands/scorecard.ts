import type { Command } from 'commander';
import type { Scorecard, ScorecardOptions } from '../../experiment/claims/scorecard.ts';
import type { LoadedExperiment } from '../../experiment/load-experiments.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  runs: string;
  run: boolean;
  workers?: number;
  experiments: string;
  json?: boolean;
}

export function addScorecard(program: Command): void {
  program
    .command('scorecard')
    .description('published figures beside the replayed ones, and how each claim came out')
    .argument('[paper]', 'a paper; all if left out')
    .option('--runs <dir>', 'folder of run folders', 'runs')
    .option('--no-run', 'judge by the runs that are there')
    .option('--workers <n>', 'worker threads (default: one per core)', wholeNumber('--workers'))
    .option('--experiments <dir>', 'folder of experiments', 'experiments')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
Runs what is missing. The headline counts predicted claims only. The first comparison of each claim
is recorded in comparisons.json beside its experiment: commit it. Claims on any such record below
the folder of experiments that no experiment has any more are shown as withdrawn.

Examples:
  reprise scorecard sample
  reprise scorecard --no-run --json`,
    )
    .action(show);
}

async function show(paper: string | undefined, options: Options): Promise<void> {
  const { loadExperiments } = await import('../../experiment/load-experiments.ts');
  const { experimentsOf } = await import('../../experiment/claims/scorecard.ts');
  const { note, printJson } = await import('../terminal.ts');
  const loaded = await loadExperiments([options.experiments]);
  const card = await judged(experimentsOf(loaded, paper), loaded, options);
  if (options.json) {
    const { withdrawnRow } = await import('../../experiment/claims/withdrawn-row.ts');
    printJson([...card.rows, ...card.withdrawn.map(withdrawnRow)]);
  } else {
    const { printScorecard } = await import('./scorecard-view.ts');
    printScorecard(card);
  }
  for (const file of card.unrecorded) note(`not recorded, no permission to write: ${file}`);
  for (const { claim, constant, problem } of card.setFrom) {
    note(`${claim}: ${problem}: ${constant}; it counts as calibrated`);
  }
  for (const run of card.failed) note(`failed: ${run}`);
  if (card.failed.length > 0) process.exitCode = 1;
}

async function judged(
  experiments: readonly LoadedExperiment[],
  loaded: readonly LoadedExperiment[],
  { runs, run, workers, experiments: folder }: Options,
): Promise<Scorecard> {
  const { scorecard } = await import('../../experiment/claims/scorecard.ts');
  const { progress } = await import('../terminal.ts');
  const bar = { line: undefined as ReturnType<typeof progress> | undefined };
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted; run again to go on'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const onRun: ScorecardOptions['onRun'] = ({ done, of, plan }) => {
    bar.line ??= progress('runs', of);
    bar.line.tick(done, `${plan.experiment} ${plan.cell}`);
  };
  try {
    return await scorecard(experiments, {
      runs,
      run,
      workers,
      among: { folder, experiments: loaded },
      today: new Date().toISOString().slice(0, 10),
      onRun,
      signal: interrupt.signal,
    });
  } finally {
    bar.line?.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
