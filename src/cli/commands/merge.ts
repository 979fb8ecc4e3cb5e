import type { Command } from 'commander';

interface Options {
  output: string;
  json?: boolean;
}

export function addMerge(program: Command): void {
  program
    .command('merge')
    .description('join the run folders of shards into one')
    .argument('<dir...>', 'folders of run folders')
    .requiredOption('-o, --output <dir>', 'folder that takes the runs; those it has stay')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
Runs that the target lacks are taken over whole (as hard links on one file system), tables that a
run lacks are added, unfinished runs are left out. The same run with other bytes is an error.

Example:
  reprise merge shards/0 shards/1 shards/2 -o runs`,
    )
    .action(merge);
}

async function merge(from: string[], { output, json }: Options): Promise<void> {
  const { mergeRuns } = await import('../../experiment/merge.ts');
  const { bold, note, print, printJson, progress } = await import('../terminal.ts');
  let line: ReturnType<typeof progress> | undefined;
  const outcome = await mergeRuns(from, {
    to: output,
    onProgress: (done, of) => {
      line ??= progress('runs', of);
      line.tick(done);
    },
  }).finally(() => line?.end());
  if (outcome.runs === 0) note(`no finished run in ${from.join(', ')}: nothing to merge`);
  if (json) {
    printJson(outcome);
    return;
  }
  const { runs, copied, completed, present, unfinished } = outcome;
  const folders = from.length === 1 ? '1 folder' : `${from.length} folders`;
  print(`${bold(`${runs} ${runs === 1 ? 'run' : 'runs'}`)} of ${folders} in ${output}`);
  print(
    `${copied} copied, ${completed} completed with tables they lacked, ${present} there already`,
  );
  if (unfinished > 0) print(`${unfinished} unfinished left out`);
}
