import type { Command } from 'commander';
import type { AbsoluteSlo } from '../../experiment/define.ts';
import type { ExperimentComparison } from '../../experiment/statistics/compare-experiment.ts';
import type { MetricComparison, RunComparison } from '../../experiment/statistics/compare-runs.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  runs: string;
  slo?: string;
  draws?: number;
  clockDraws?: number;
  workers?: number;
  json?: boolean;
}

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('runs side by side, each against the first; or the cells of an experiment')
    .argument('<runs...>', 'runs by id, beginning of an id, or label; or one experiment file')
    .option('--runs <dir>', 'folder of run folders', 'runs')
    .option('--slo <limits>', 'for attainment and goodput: ttft=2000,tpot=100, also e2e, gap (ms)')
    .option('--draws <n>', 'resamples of an interval (default: 1000)', wholeNumber('--draws', 20))
    .option(
      '--clock-draws <n>',
      'of an experiment: run every cell under n draws of the clock as well',
      wholeNumber('--clock-draws', 2),
    )
    .option('--workers <n>', 'worker threads (default: one per core)', wholeNumber('--workers'))
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
Runs of the same trace are compared request by request: both are taken in the same resamples of the
sessions, so that what the workload does to both cancels. An experiment is compared over the runs
that are there, every cell against the experiment's baselines; cells with several seeds seed by
seed. --clock-draws says how far figures and ranking depend on the cost model: its constants are drawn
from their intervals, and the admissible engine profiles take turns.

Examples:
  reprise compare 3f2a 91bc
  reprise compare 3f2a 91bc --slo ttft=2000,tpot=100 --json
  reprise compare experiments/start/chat-service.experiment.ts
  reprise compare experiments/start/chat-service.experiment.ts --clock-draws 20`,
    )
    .action(compare);
}

async function compare(names: string[], options: Options): Promise<void> {
  const { parseSlo } = await import('../../experiment/slo.ts');
  const slo = options.slo === undefined ? undefined : parseSlo(options.slo);
  const [first = ''] = names;
  if (/\.experiment\.\w+$/.test(first)) {
    if (names.length > 1) {
      throw new InputError(`${names.length} names`, { rule: 'one experiment file, or runs' });
    }
    return compareCells(first, slo, options);
  }
  if (names.length < 2) {
    const rule = 'two or more runs, or NAME.experiment.ts';
    throw new InputError('nothing to compare with', { where: first, rule });
  }
  return compareRunsByName(names, slo, options);
}

async function compareRunsByName(
  names: readonly string[],
  limits: AbsoluteSlo | undefined,
  options: Options,
): Promise<void> {
  const { openResults } = await import('../../results/views.ts');
  const { findRun } = await import('../../report/runs.ts');
  const { compareRuns } = await import('../../experiment/statistics/compare-runs.ts');
  const { note, printJson } = await import('../terminal.ts');
  const session = await openResults(options.runs);
  try {
    const runs: import('../../report/runs.ts').Run[] = [];
    for (const name of names) runs.push(await findRun(session, name));
    const [baseline, ...others] = runs;
    const twice = runs.find((run, i) => runs.findIndex((one) => one.run === run.run) !== i);
    if (baseline === undefined || twice) {
      throw new InputError(`run ${twice?.run} is named twice`, { rule: 'different runs' });
    }
    const slo = limits && { limits };
    const compared: RunComparison[] = [];
    for (const { run } of others) {
      const { draws } = options;
      compared.push(await compareRuns(session, { baseline: baseline.run, run }, { slo, draws }));
    }
    for (const remark of session.notes) note(remark);
    if (options.json) {
      printJson({
        slo: limits ?? null,
        runs: runs.map(({ run, label, trace, gpu, gpus }) => ({ run, label, trace, gpu, gpus })),
        comparisons: compared.map(runJson),
      });
      return;
    }
    const { printRunComparisons } = await import('./compare-view.ts');
    printRunComparisons(runs, compared, slo);
  } finally {
    session.close();
  }
}

async function compareCells(
  file: string,
  limits: AbsoluteSlo | undefined,
  { runs, draws, json, clockDraws, workers }: Options,
): Promise<void> {
  if (clockDraws !== undefined && limits !== undefined) {
    const rule = 'one of them: a clock study keeps summaries alone, which hold no attainment';
    throw new InputError('--slo and --clock-draws', { rule });
  }
  const { loadExperiments } = await import('../../experiment/load-experiments.ts');
  const { planExperiment, TraceShelf } = await import('../../experiment/plan.ts');
  const { compareExperiment } = await import('../../experiment/statistics/compare-experiment.ts');
  const { note, printJson } = await import('../terminal.ts');
  const [loaded] = await loadExperiments([file]);
  const { experiment } = loaded as NonNullable<typeof loaded>;
  const traces = new TraceShelf();
  const plans = await planExperiment(experiment, traces);
  if (clockDraws !== undefined) {
    const { studyClock } = await import('../../experiment/statistics/clock-study.ts');
    const { printClockStudy } = await import('./clock-study-view.ts');
    const { progress } = await import('../terminal.ts');
    let bar: ReturnType<typeof progress> | undefined;
    const study = await studyClock(experiment, plans, {
      out: runs,
      traces,
      workers,
      draws: clockDraws,
      onRun: ({ done, of, plan }) => {
        bar ??= progress('runs', of);
        bar.tick(done, plan.cell);
      },
    });
    bar?.end();
    if (json) printJson(study);
    else printClockStudy(study);
    return;
  }
  const { shownMetrics, printExperimentComparison } = await import('./compare-view.ts');
  const comparison = await compareExperiment(experiment, plans, {
    runsDir: runs,
    traces,
    draws,
    slo: limits && { limits },
    only: json ? undefined : shownMetrics,
  });
  for (const remark of comparison.notes) note(remark);
  if (json) printJson(experimentJson(comparison));
  else printExperimentComparison(comparison, file);
}

function runJson({
  baseline,
  run,
  sameTrace,
  equalGpus,
  paired,
  unpaired,
  ...more
}: RunComparison) {
  return {
    baseline,
    run,
    same_trace: sameTrace,
    equal_gpus: equalGpus,
    paired_requests: paired,
    unpaired_requests: unpaired,
    resampled: more.units,
    metrics: more.metrics.map(metricJson),
  };
}

function experimentJson({ experiment, comparisons, slo, missing }: ExperimentComparison) {
  return {
    experiment,
    slo: slo && 'limits' in slo ? slo.limits : slo,
    missing: missing.map(({ run, cell }) => ({ run, cell })),
    comparisons: comparisons.map(
      ({ baselineCell, equalGpus, pairs, seedsAlike, metrics, ...cell }) => ({
        ...cell,
        baseline_cell: baselineCell,
        equal_gpus: equalGpus,
        pairs: pairs.map(({ run, baselineRun }) => ({ run, baseline_run: baselineRun })),
        seeds_alike: seedsAlike,
        metrics: metrics.map(metricJson),
      }),
    ),
  };
}

function metricJson({ metric, ...figures }: MetricComparison) {
  return { metric: metric.name, unit: metric.unit, better: metric.better, ...figures };
}
