import type { Command } from 'commander';

interface Options {
  runs: string;
  output?: string;
  json?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('write a run in the form of another tool')
    .command('trace-events')
    .description('a timeline for the viewers of Chrome and Perfetto (JSON)')
    .argument('<run>', 'id of a run, or its beginning')
    .option('--runs <dir>', 'folder of run folders', 'runs')
    .option('-o, --output <file>', 'file to write (default: RUN.trace.json)')
    .option('--json', 'one JSON document on stdout: the file and its events')
    .action(exportEvents);
}

async function exportEvents(run: string, options: Options): Promise<void> {
  const { openResults } = await import('../../results/views.ts');
  const { traceEventLines } = await import('../../report/trace-events.ts');
  const { writeLines } = await import('../write-lines.ts');
  const { print, printJson } = await import('../terminal.ts');
  const session = await openResults(options.runs);
  const file = options.output ?? `${run}.trace.json`;
  try {
    const lines = await writeLines(file, traceEventLines(session, run));
    // The first and the last line are the frame of the document.
    if (options.json) return printJson({ file, events: lines - 2 });
    print(`${file}  ${lines - 2} events`);
    print('Next: open it in https://ui.perfetto.dev or chrome://tracing');
  } finally {
    session.close();
  }
}
