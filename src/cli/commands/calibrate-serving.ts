import type { Command } from 'commander';
import type { LoggedSystem } from '../../experiment/validation/logged-system.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';

interface ServingFlags {
  steps: string;
  requests: string;
  rules: string;
  profile?: string;
  engine?: string;
  model?: string;
  gpu?: string;
  tp: number;
  sequences: number;
  pages: number;
  pageTokens: number;
  firstLength: 'measured' | 'profile' | number;
  json?: boolean;
}

const usualModel = 'llama-3.1-8b';

/** `calibrate serving`: a replay against the log of a real serving engine. */
export function addServing(calibrate: Command): void {
  calibrate
    .command('serving')
    .description('replay the log of a serving engine: the same decisions, the same times?')
    .requiredOption('--steps <file>', 'steps of the engine, CSV')
    .requiredOption('--requests <file>', 'its requests, CSV')
    .requiredOption('--rules <name>', 'scheduling rules: chunked-2048, chunked-512, prefill-first')
    .option('--profile <name>', 'GPU (its research engine) or engine profile, for the clock')
    .option('--engine <file>', 'in its place, an engine that calibrate engine -o wrote')
    .option('--model <name>', `model that was served (default: of --engine, else ${usualModel})`)
    .option('--gpu <name>', 'GPU that served it (default: as --profile says, else h200)')
    .option('--tp <n>', 'GPUs of the tensor-parallel group', wholeNumber('--tp'), 1)
    .option('--sequences <n>', 'sequences at once', wholeNumber('--sequences'), 128)
    .option('--pages <n>', 'KV pages', wholeNumber('--pages'), 4599)
    .option('--page-tokens <n>', 'tokens of a page', wholeNumber('--page-tokens'), 128)
    .option(
      '--first-length <ms>',
      'cost of each prompt length met for the first time: measured (on the first half of the log), profile, or ms',
      firstLength,
      'measured',
    )
    .option('--json', 'one JSON document')
    .action(serving);
}

async function serving(flags: ServingFlags): Promise<void> {
  const { validateServing } = await import('../../experiment/validation/validate-serving.ts');
  const { steps, requests, rules, sequences, pages, pageTokens, firstLength } = flags;
  const result = await validateServing({
    steps,
    requests,
    rules,
    system: await servedBy(flags),
    limits: { sequences, pages, pageTokens },
    firstLength,
  });
  if (flags.json) {
    const { printJson } = await import('../terminal.ts');
    printJson(result);
    return;
  }
  const { printServing } = await import('./calibrate-serving-view.ts');
  printServing(result);
}

/** The system of the flags: of `--profile` or `--engine`, one of the two. */
async function servedBy({ profile, engine, model, gpu, tp }: ServingFlags): Promise<LoggedSystem> {
  const { systemOf, systemOfFile } = await import('../../experiment/validation/logged-system.ts');
  if (engine === undefined && profile !== undefined) {
    return systemOf({ profile, model: model ?? usualModel, gpu, tp });
  }
  if (engine !== undefined && profile === undefined) {
    return systemOfFile(engine, { model, gpu, tp });
  }
  throw new InputError(engine === undefined ? 'no clock' : 'two clocks', {
    where: '--profile, --engine',
    rule: 'one of the two',
  });
}

function firstLength(text: string): ServingFlags['firstLength'] {
  if (text === 'measured' || text === 'profile') return text;
  const ms = text.trim() === '' ? Number.NaN : Number(text);
  if (ms >= 0 && Number.isFinite(ms)) return ms;
  throw new InputError(`invalid value ${JSON.stringify(text)}`, {
    where: '--first-length',
    rule: 'measured, profile, or milliseconds from 0 on',
  });
}
