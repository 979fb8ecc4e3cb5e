import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { TokenGaps } from '../../results/exports/token-gaps.ts';
import type { TableName } from '../../results/schema.ts';
import type { ResultsSession } from '../../results/views.ts';
import { InputError } from '../../units/input-error.ts';

interface Options {
  runs: string;
  output?: string;
  slo?: string;
  json?: boolean;
}

export function addExport(program: Command): void {
  const group = program.command('export').description('write a run in the formats of other tools');
  const command = (name: string, description: string, output: [string, string]) =>
    group
      .command(name)
      .description(description)
      .argument('<run>', 'id of the run, its beginning, or its label')
      .option('--runs <dir>', 'folder of run folders', 'runs')
      .option(...output)
      .option('--json', 'one JSON document on stdout: the files and what they hold');
  const targets = [
    '--slo <targets>',
    'targets in ms that goodput counts, of ttft, tpot and e2e, such as ttft=500,tpot=50',
  ] as const;

  command(
    'trace-events',
    'timeline of a run as Chrome trace events, for ui.perfetto.dev or chrome://tracing',
    ['-o, --output <file>', 'file to write (default: RUN.trace.json)'],
  ).action(exportTraceEvents);

  command('vllm-bench', "a run as the detailed result of vLLM's serving benchmark", [
    '-o, --output <file>',
    'file to write (default: RUN.vllm-bench.json)',
  ])
    .option(...targets)
    .action(exportVllmBench);

  command('aiperf', 'a run as the summary and the records of NVIDIA AIPerf', [
    '-o, --output <dir>',
    'folder to write profile_export_aiperf.json and profile_export.jsonl to (default: RUN.aiperf)',
  ])
    .option(...targets)
    .addHelpText(
      'after',
      '\nA one-token request has no inter-token latency and misses a tpot target here, as in AIPerf.',
    )
    .action(exportAiperf);
}

async function exportTraceEvents(wanted: string, options: Options): Promise<void> {
  const { traceEventLines } = await import('../../report/trace-events.ts');
  const { writeLines } = await import('../write-lines.ts');
  const { print, printJson } = await import('../terminal.ts');
  await withRun(wanted, options, ['requests', 'steps'], async (session, run) => {
    const file = options.output ?? `${run}.trace.json`;
    // The first and the last line are the frame of the document.
    const events = (await writeLines(file, traceEventLines(session, run))) - 2;
    if (options.json) return printJson({ run, file, events });
    print(`${file}  ${events.toLocaleString('en')} events`);
    print('Next: open it in ui.perfetto.dev or chrome://tracing');
  });
}

async function exportVllmBench(wanted: string, options: Options): Promise<void> {
  const { readAbout, readRequests } = await import('../../results/exports/run-rows.ts');
  const { readTokenGaps } = await import('../../results/exports/token-gaps.ts');
  const { leftOutOfBench, vllmBenchLines } = await import('../../results/exports/vllm-bench.ts');
  const { parseSlos } = await import('../../results/exports/slos.ts');
  const { writeLines } = await import('../write-lines.ts');
  const slos = options.slo === undefined ? {} : parseSlos(options.slo);
  await withRun(wanted, options, ['requests', 'steps'], async (session, run, folder) => {
    const requests = await readRequests(session, folder);
    const gaps = await readTokenGaps(session, folder, requests);
    const about = await readAbout(session, folder);
    const file = options.output ?? `${run}.vllm-bench.json`;
    await writeLines(file, inTurn(vllmBenchLines(about, requests, gaps, slos)));
    await tell(run, [file], requests, gaps, leftOutOfBench(gaps), options);
  });
}

async function exportAiperf(wanted: string, options: Options): Promise<void> {
  const { readAbout, readRequests } = await import('../../results/exports/run-rows.ts');
  const { readTokenGaps } = await import('../../results/exports/token-gaps.ts');
  const { recordLine, recordMetrics } = await import('../../results/exports/aiperf-records.ts');
  const { aiperfSummary, leftOutOfSummary } = await import(
    '../../results/exports/aiperf-summary.ts'
  );
  const { parseSlos } = await import('../../results/exports/slos.ts');
  const { writeLines } = await import('../write-lines.ts');
  const slos = options.slo === undefined ? {} : parseSlos(options.slo);
  await withRun(wanted, options, ['requests', 'steps'], async (session, run, folder) => {
    const requests = await readRequests(session, folder);
    const gaps = await readTokenGaps(session, folder, requests);
    const about = await readAbout(session, folder);
    const records = requests.map((one, place) => recordMetrics(one, gaps.of(place), slos));
    const summary = aiperfSummary(about, requests, records, gaps, slos);
    const output = options.output ?? `${run}.aiperf`;
    const files = ['profile_export_aiperf.json', 'profile_export.jsonl'];
    const [summaryFile, recordsFile] = files.map((name) => join(output, name)) as [string, string];
    const lines = function* () {
      for (const [i, one] of requests.entries()) yield recordLine(one, i, records[i] ?? {});
    };
    await writeLines(recordsFile, inTurn(lines()));
    await writeLines(summaryFile, inTurn([JSON.stringify(summary, null, 2)]));
    await tell(run, [summaryFile, recordsFile], requests, gaps, leftOutOfSummary(gaps), options);
  });
}

/** Finds the run and sees to it that it holds the tables. */
async function withRun(
  wanted: string,
  { runs }: Options,
  tables: readonly TableName[],
  work: (session: ResultsSession, run: string, folder: string) => Promise<void>,
): Promise<void> {
  if (!existsSync(runs)) {
    throw new InputError('no such folder', { where: runs, rule: 'a folder of runs' });
  }
  const { openResults } = await import('../../results/views.ts');
  const { needTables } = await import('../../results/exports/run-rows.ts');
  const { findRun } = await import('../../report/runs.ts');
  const session = await openResults(runs);
  try {
    const [any] = await session.objects('SELECT run FROM runs LIMIT 1');
    if (any === undefined)
      throw new InputError('no runs', { where: runs, rule: 'replay one first' });
    const { run } = await findRun(session, wanted);
    const folder = join(runs, run);
    needTables(folder, tables);
    await work(session, run, folder);
  } finally {
    session.close();
  }
}

/** Says what was written, and what could not be. */
async function tell(
  run: string,
  files: readonly string[],
  requests: readonly { readonly status: string }[],
  { unknown }: TokenGaps,
  leftOut: readonly string[],
  options: Options,
): Promise<void> {
  const { note, print, printJson } = await import('../terminal.ts');
  const completed = requests.filter(({ status }) => status === 'finished').length;
  const { preempted, inconsistent } = unknown;
  if (leftOut.length > 0) {
    const [n, m] = [preempted, inconsistent].map((count) => count.toLocaleString('en'));
    const others = inconsistent > 0 ? ` and ${m} others whose steps do not fit` : '';
    note(`left out: ${leftOut.join(', ')} (no token times of ${n} preempted requests${others})`);
  }
  if (options.json) {
    return printJson({
      run,
      files,
      requests: requests.length,
      completed,
      requests_without_gaps: preempted + inconsistent,
      left_out: leftOut,
    });
  }
  for (const file of files) print(file);
  const [all, done] = [requests.length, completed].map((n) => n.toLocaleString('en'));
  print(`${all} requests, ${done} completed`);
}

async function* inTurn(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}
