import type { Command } from 'commander';
import type { PlannedRun } from '../../experiment/plan.ts';
import type { JobEnd } from '../../experiment/queue/job-computer.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  workers?: number;
  out: string;
  queue: string;
  untilEmpty?: boolean;
  json?: boolean;
}

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('compute the runs of a queue that `reprise run --queue` fills')
    .option('--workers <n>', 'runs at a time (default: one per core)', wholeNumber('--workers'))
    .option('--out <dir>', 'folder of run folders, the same for all workers', 'runs')
    .option('--queue <name>', 'queue to serve', 'reprise')
    .option('--until-empty', 'leave when nothing waits and nothing is in progress anywhere')
    .option('--json', 'one JSON document on stdout, when it leaves')
    .addHelpText(
      'after',
      `
The Redis server that holds the queue comes from the environment: REPRISE_REDIS_URL, as in
redis://HOST:6379 (rediss:// for TLS). It is never printed and never written to a run.
Ctrl-C or SIGTERM: leaves when the runs in progress are done; a second one leaves at once, and
other workers take these runs up.

Example, on each host:
  REPRISE_REDIS_URL=redis://head:6379 reprise worker --out /shared/runs
and on one of them:
  REPRISE_REDIS_URL=redis://head:6379 reprise run experiments/start --queue --out /shared/runs`,
    )
    .action(worker);
}

async function worker(options: Options): Promise<void> {
  const { runWorker } = await import('../../experiment/queue/run-worker.ts');
  const { note, print, printJson } = await import('../terminal.ts');
  const { out, queue, workers, untilEmpty, json } = options;
  const started = performance.now();
  const failures: object[] = [];
  const stop = new AbortController();
  const leave = () => {
    note('leaving after the runs in progress');
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, leave);
  let last = '';
  const outcome = await runWorker({
    out,
    queue,
    workers,
    untilEmpty,
    signal: stop.signal,
    onReady: (threads) =>
      note(`queue ${queue}: ${threads} ${threads === 1 ? 'run' : 'runs'} at a time, into ${out}`),
    onEnd: (job, end) => {
      note(`${job.run}  ${job.experiment} ${job.cell}  ${describe(end)}`);
      if (end.state === 'failed') failures.push(failureOf(job, end.message));
    },
    onTrouble: (trouble) => {
      if (trouble !== last) note(`queue server: ${trouble}`);
      last = trouble;
    },
  }).finally(() => {
    for (const signal of signals) process.off(signal, leave);
  });
  const wall = (performance.now() - started) / 1000;
  if (json) {
    printJson({ queue, out, ...outcome, wall_s: wall, failures });
  } else {
    const { ran, present, failed } = outcome;
    print(`${ran} ran, ${present} were there, ${failed} failed, ${wall.toFixed(1)} s`);
  }
  if (outcome.failed > 0) process.exitCode = 1;
}

function describe(end: JobEnd): string {
  if (end.state === 'ran') return `ran in ${end.wallS.toFixed(2)} s`;
  return end.state === 'present' ? 'was there' : `failed: ${end.message}`;
}

function failureOf(
  { experiment, cell, run }: Pick<PlannedRun, 'experiment' | 'cell' | 'run'>,
  message: string,
) {
  return { experiment, cell, run, message };
}
