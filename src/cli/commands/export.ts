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
    .option('-o, --output <file>', 'file to write (default: RUN.trace.json; - for stdout)')
    .option('--json', 'one JSON document on stdout: what was written')
    .action(exportTraceEvents);
}

async function exportTraceEvents(wanted: string, options: Options): Promise<void> {
  const { runs, output, json } = options;
  if (!existsSync(runs)) {
    throw new InputError('no such folder', { where: runs, rule: 'a folder of runs' });
  }
  if (json && output === '-') {
    throw new InputError('--json and -o -', { rule: 'stdout holds one of them' });
  }
  const { openResults } = await import('../../results/views.ts');
  const { findRun } = await import('../../report/runs.ts');
  const { writeTraceEvents } = await import('../../report/write-trace-events.ts');
  const { print, printJson } = await import('../terminal.ts');
  const session = await openResults(runs);
  try {
    const { run } = await findRun(session, wanted);
    const file = output ?? `${run}.trace.json`;
    const bytes = await writeTraceEvents(session, run, file);
    if (json) printJson({ run, file, bytes });
    else if (file !== '-') {
      print(
        `${file}  ${(bytes / 1e6).toFixed(1)} MB; open it in ui.perfetto.dev or chrome://tracing`,
      );
    }
  } finally {
    session.close();
  }
}
