import type { Command } from 'commander';

interface Options {
  out: string;
  report: string;
  json?: boolean;
}

export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the experiments of experiments/start and write the report (npm start)')
    .option('--out <dir>', 'folder of run folders', 'runs')
    .option('--report <dir>', 'folder of the report', 'report')
    .option('--json', 'one JSON document on stdout')
    .action(start);
}

async function start(options: Options): Promise<void> {
  const { join } = await import('node:path');
  const { loadExperiments } = await import('../../experiment/load-experiments.ts');
  const { planExperiment, TraceShelf } = await import('../../experiment/plan.ts');
  const { pendingRuns, runSweep } = await import('../../experiment/sweep/run-sweep.ts');
  const { writeSite } = await import('../../report/site/write-site.ts');
  const { packageRoot } = await import('../../trace/locate.ts');
  const { bold, print, printJson, progress } = await import('../terminal.ts');
  const { printExperiment } = await import('../experiment-view.ts');
  const traces = new TraceShelf();
  const loaded = await loadExperiments([join(packageRoot(), 'experiments', 'start')]);
  const studies = [];
  for (const one of loaded) {
    studies.push({ ...one, plans: await planExperiment(one.experiment, traces, one.file) });
  }
  const plans = studies.flatMap((study) => study.plans);
  const bar = progress('runs', pendingRuns(options.out, plans).length);
  const outcome = await runSweep(plans, {
    out: options.out,
    traces,
    onRun: ({ done, plan }) => bar.tick(done, `${plan.experiment} ${plan.cell}`),
  });
  bar.end();
  const [failure] = outcome.failed;
  if (failure)
    throw new Error(`${failure.plan.experiment} ${failure.plan.cell}: ${failure.message}`);
  if (!options.json) {
    for (const { experiment, plans: own } of studies) {
      await printExperiment(options.out, experiment, own);
    }
  }
  const site = await writeSite({
    runs: options.out,
    experiments: studies,
    traces,
    output: options.report,
    otherRuns: false,
  });
  if (options.json) {
    const { ran, skipped } = outcome;
    const runs = plans.map(({ experiment, cell, run }) => ({ experiment, cell, run }));
    return printJson({ report: site.index, ran, skipped, runs });
  }
  print(`${bold('Report')}  ${site.index}`);
  print();
  print('Next: reprise sql "FROM summary"            every run, in SQL');
  print('      reprise traces list                  the recorded traces are one fetch away');
  print('      reprise replay --help                your own system on any of them');
  print('      experiments/start/                   how these three were asked');
}
