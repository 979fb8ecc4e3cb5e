import type { Command } from 'commander';
import type { Capacity } from '../../experiment/capacity/find-capacities.ts';
import type { Experiment } from '../../experiment/define.ts';
import type { LoadedExperiment } from '../../experiment/load-experiments.ts';
import type { PlannedRun, TraceShelf } from '../../experiment/plan.ts';
import type { RunEvent, SweepOutcome } from '../../experiment/sweep/run-sweep.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  workers?: number;
  only?: string;
  shard?: string;
  queue?: string | true;
  dryRun?: boolean;
  out: string;
  json?: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('run the scenarios of experiments: what is there already is skipped')
    .argument('<experiments...>', 'NAME.experiment.ts or .json, or folders of them')
    .option('--workers <n>', 'worker threads (default: one per core)', wholeNumber('--workers'))
    .option('--only <glob>', 'cells whose PAPER/NAME/CELL matches, such as "*rate=2*"')
    .option('--shard <i/n>', 'every n-th run, from 0: for arrays of jobs')
    .option('--queue [name]', 'through a queue that `reprise worker` serves (REPRISE_REDIS_URL)')
    .option('--dry-run', 'list what would run')
    .option('--out <dir>', 'folder of run folders', 'runs')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
Everything that can be wrong with an experiment, its scenarios or its traces is found before
anything runs. A run is written as a whole, so an interrupted sweep resumes where it was.
Capacities are scanned where an experiment runs as a whole: not with --only, --shard or --queue.

Examples:
  reprise run experiments/start
  reprise run experiments/start --only "*chunked*" --dry-run
  reprise run experiments/start --shard 0/4 --out shards/0     then: reprise merge shards/* -o runs`,
    )
    .action(run);
}

async function run(paths: string[], options: Options): Promise<void> {
  const { loadExperiments } = await import('../../experiment/load-experiments.ts');
  const { TraceShelf, planExperiment } = await import('../../experiment/plan.ts');
  const { pendingRuns } = await import('../../experiment/sweep/run-sweep.ts');
  const { checkExperiment } = await import('../../experiment/check-experiment.ts');
  const { printJson } = await import('../terminal.ts');
  const started = performance.now();
  const experiments = await loadExperiments(paths);
  const traces = new TraceShelf();
  const all: PlannedRun[] = [];
  for (const loaded of experiments) {
    const own = await planExperiment(loaded.experiment, traces, loaded.file);
    await checkExperiment(loaded, own, traces);
    all.push(...own);
  }
  const plans = await chosen(all, options);
  if (options.dryRun) return dryRun(plans, pendingRuns(options.out, plans), options);
  const outcome = await sweep(plans, traces, options);
  const { ran, skipped, failed } = outcome;
  const capacities = await scans(experiments, all, traces, options);
  const wall = (performance.now() - started) / 1000;
  if (options.json) {
    printJson({
      experiments: experiments.length,
      scenarios: plans.length,
      ran,
      skipped,
      failed: failed.length,
      wall_s: wall,
      capacities: capacityRows(capacities),
      failures: failed.map(({ plan, message }) => ({
        experiment: plan.experiment,
        cell: plan.cell,
        run: plan.run,
        message,
      })),
    });
  } else {
    await printOutcome(experiments, plans, outcome, { out: options.out, wall, capacities });
  }
  if (failed.length > 0) process.exitCode = 1;
}

async function chosen(plans: PlannedRun[], { only, shard }: Options): Promise<PlannedRun[]> {
  const { InputError } = await import('../../units/input-error.ts');
  const { matchesGlob } = await import('../../units/glob.ts');
  let wanted = plans;
  if (only !== undefined) {
    wanted = plans.filter((plan) => matchesGlob(`${plan.experiment}/${plan.cell}`, only));
    if (wanted.length === 0) {
      const example = `${plans[0]?.experiment}/${plans[0]?.cell}`;
      throw new InputError('no cell matches', { where: only, rule: `cells are named ${example}` });
    }
  }
  if (shard === undefined) return wanted;
  const { parseShard, shardOf } = await import('../../experiment/sweep/shards.ts');
  return shardOf(wanted, parseShard(shard));
}

async function sweep(
  plans: readonly PlannedRun[],
  traces: TraceShelf,
  { out, workers, queue }: Options,
): Promise<SweepOutcome> {
  const { note, progress } = await import('../terminal.ts');
  const { pendingRuns, runSweep } = await import('../../experiment/sweep/run-sweep.ts');
  const bar = progress('runs', pendingRuns(out, plans).length);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted; run again to go on'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const onRun = ({ done, plan }: { done: number; plan: PlannedRun }) =>
      bar.tick(done, `${plan.experiment} ${plan.cell}`);
    if (queue !== undefined) {
      const { queueSweep } = await import('../../experiment/queue/queue-sweep.ts');
      const named = queue === true ? {} : { queue };
      return await queueSweep(plans, {
        out,
        onRun,
        signal: interrupt.signal,
        onNoWorker: (name) =>
          note(`no worker serves queue ${name} yet: reprise worker --out ${out}`),
        onTrouble: (trouble) => note(`queue server: ${trouble}`),
        ...named,
      });
    }
    return await runSweep(plans, { out, traces, workers, onRun, signal: interrupt.signal });
  } finally {
    bar.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
    if (interrupt.signal.aborted) note('finished runs are kept');
  }
}

/**
 * Capacities of the experiments. A scan decides by its own results what to run next, so it is no
 * part of a shard, a selection or a queue.
 */
async function scans(
  experiments: readonly LoadedExperiment[],
  plans: readonly PlannedRun[],
  traces: TraceShelf,
  { out, workers, only, shard, queue }: Options,
): Promise<ReadonlyMap<Experiment, readonly Capacity[]>> {
  const found = new Map<Experiment, readonly Capacity[]>();
  if (only !== undefined || shard !== undefined || queue !== undefined) return found;
  const { idOf } = await import('../../experiment/plan.ts');
  const { findCapacities } = await import('../../experiment/capacity/find-capacities.ts');
  const { progress } = await import('../terminal.ts');
  for (const { experiment } of experiments) {
    if (!experiment.capacities?.length) continue;
    const own = plans.filter((plan) => plan.experiment === idOf(experiment));
    let bar: ReturnType<typeof progress> | undefined;
    const onRun = ({ done, of, plan }: RunEvent) => {
      if (done === 1) bar = progress(`capacity of ${idOf(experiment)}`, of);
      bar?.tick(done, plan.cell);
    };
    found.set(experiment, await findCapacities(experiment, own, { out, traces, workers, onRun }));
    bar?.end();
  }
  return found;
}

function capacityRows(capacities: ReadonlyMap<Experiment, readonly Capacity[]>) {
  return [...capacities].flatMap(([{ paper, name }, found]) =>
    found.map((one) => ({
      experiment: `${paper}/${name}`,
      capacity: one.name,
      cell: one.cell,
      factors: one.factors,
      base_per_s: one.basePerS,
      gpus: one.gpus,
      runs: one.points.flatMap(({ runs }) => runs),
    })),
  );
}

async function dryRun(
  plans: readonly PlannedRun[],
  pending: readonly PlannedRun[],
  { json, out }: Options,
): Promise<void> {
  const { print, printJson, printTable } = await import('../terminal.ts');
  const missing = new Set(pending.map((plan) => plan.run));
  if (json) {
    printJson({
      experiments: new Set(plans.map((plan) => plan.experiment)).size,
      scenarios: plans.length,
      ran: 0,
      skipped: plans.filter((plan) => !missing.has(plan.run)).length,
      failed: 0,
      wall_s: 0,
      would_run: pending.map(({ experiment, cell, run }) => ({ experiment, cell, run })),
    });
    return;
  }
  printTable(
    [{ title: 'run' }, { title: '' }, { title: 'experiment' }, { title: 'cell' }],
    plans.map((plan) => [
      plan.run,
      missing.has(plan.run) ? 'to run' : 'there',
      plan.experiment,
      plan.cell,
    ]),
  );
  print();
  print(`${plans.length} scenarios, ${pending.length} to run, into ${out}`);
}

async function printOutcome(
  experiments: readonly LoadedExperiment[],
  plans: readonly PlannedRun[],
  { ran, skipped, failed }: SweepOutcome,
  {
    out,
    wall,
    capacities,
  }: { out: string; wall: number; capacities: ReadonlyMap<Experiment, readonly Capacity[]> },
): Promise<void> {
  const { note, print } = await import('../terminal.ts');
  const { printExperiment } = await import('../experiment-view.ts');
  const { printCapacities } = await import('./capacity-view.ts');
  for (const { experiment } of experiments) {
    const own = plans.filter((p) => p.experiment === `${experiment.paper}/${experiment.name}`);
    if (own.length > 0) await printExperiment(out, experiment, own);
    const found = capacities.get(experiment);
    if (found) {
      printCapacities(found);
      print();
    }
  }
  for (const { plan, message } of failed) {
    note(`failed: ${plan.experiment} ${plan.cell}: ${message}`);
  }
  const rate = ran > 0 ? `, ${(ran / wall).toFixed(1)} scenarios/s` : '';
  const failures = failed.length > 0 ? `, ${failed.length} failed` : '';
  const scanned = [...capacities.values()].flat().flatMap(({ points }) => points);
  const scans = scanned.length > 0 ? `, ${scanned.length} rates tried for capacities` : '';
  print(`${ran} ran, ${skipped} were there${failures}${scans}, ${wall.toFixed(1)} s${rate}`);
  print('Next: reprise report   or   reprise scorecard   or   reprise sql "FROM summary"');
}
