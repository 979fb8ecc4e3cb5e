import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { InputError } from '../../units/input-error.ts';

interface Options {
  runs: string;
  output?: string;
  json?: boolean;
}

export function addExport(program: Command): void {
  const group = program.command('export').description('write a run in the formats of other tools');
  group
    .command('trace-events')
    .description(
      'timeline of a run as Chrome trace events, for ui.perfetto.dev or chrome://tracing',
    )
    .argument('<run>', 'id of the run, its beginning, or its label')
    .option('--runs <dir>', 'folder of run folders', 'runs')
    .option('-o, --output <file>', 'file to write (default: RUN.trace.json)')
    .option('--json', 'one JSON document on stdout: the file and its events')
    .action(exportTraceEvents);
}

async function exportTraceEvents(wanted: string, options: Options): Promise<void> {
  const { runs, output, json } = options;
  if (!existsSync(runs)) {
    throw new InputError('no such folder', { where: runs, rule: 'a folder of runs' });
  }
  const { openResults } = await import('../../results/views.ts');
  const { findRun } = await import('../../report/runs.ts');
  const { traceEventLines } = await import('../../report/trace-events.ts');
  const { writeLines } = await import('../write-lines.ts');
  const { print, printJson } = await import('../terminal.ts');
  const session = await openResults(runs);
  try {
    const { run } = await findRun(session, wanted);
    const file = output ?? `${run}.trace.json`;
    // The first and the last line are the frame of the document.
    const events = (await writeLines(file, traceEventLines(session, run))) - 2;
    if (json) return printJson({ run, file, events });
    print(`${file}  ${events.toLocaleString('en')} events`);
    print('Next: open it in ui.perfetto.dev or chrome://tracing');
  } finally {
    session.close();
  }
}
