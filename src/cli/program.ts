import { Command, CommanderError } from 'commander';
import { InputError } from '../units/input-error.ts';
import { addCache } from './commands/cache.ts';
import { addCalibrate } from './commands/calibrate.ts';
import { addCapacity } from './commands/capacity.ts';
import { addCompare } from './commands/compare.ts';
import { addCost } from './commands/cost.ts';
import { addExport } from './commands/export.ts';
import { addFidelity } from './commands/fidelity.ts';
import { addMerge } from './commands/merge.ts';
import { addPolicies } from './commands/policies.ts';
import { addPresets } from './commands/presets.ts';
import { addReplay } from './commands/replay.ts';
import { addReport } from './commands/report.ts';
import { addRun } from './commands/run.ts';
import { addScorecard } from './commands/scorecard.ts';
import { addSearch } from './commands/search.ts';
import { addSql } from './commands/sql.ts';
import { addStart } from './commands/start.ts';
import { addTraces } from './commands/traces.ts';
import { addWorker } from './commands/worker.ts';

export function createProgram(): Command {
  const program = new Command('reprise')
    .description('Trace-replay workbench for LLM-serving research.')
    .option('--debug', 'print stack traces')
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const add of [
    addStart,
    addReplay,
    addRun,
    addScorecard,
    addCompare,
    addCapacity,
    addSearch,
    addWorker,
    addMerge,
    addCache,
    addTraces,
    addFidelity,
    addCost,
    addCalibrate,
    addSql,
    addReport,
    addExport,
    addPolicies,
    addPresets,
  ]) {
    add(program);
  }
  applyToAll(program, (command) =>
    command.exitOverride().configureOutput({ outputError: () => {} }),
  );
  return program;
}

function applyToAll(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) applyToAll(child, change);
}

/** Runs one command line; returns the exit code (0 done, 1 failed, 2 wrong use). */
export async function main(argv: readonly string[]): Promise<number> {
  const debug = argv.includes('--debug');
  const program = createProgram();
  try {
    await program.parseAsync(
      argv.filter((word) => word !== '--debug'),
      { from: 'user' },
    );
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, debug);
  }
}

function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0 || error.code === 'commander.help') return 0;
    process.stderr.write(`${error.message.replace(/^error: /, 'error: ').trim()}\n`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${message}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof InputError ? 2 : 1;
}
