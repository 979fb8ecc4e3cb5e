import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import { requireSound } from '../check.ts';
import type { RequestTrace } from '../request-trace.ts';
import type { AzureLmmOptions } from './azure-lmm.ts';
import type { Gsm8kOptions } from './gsm8k.ts';
import type { CommonOptions } from './intake.ts';
import type { MooncakeOptions } from './mooncake.ts';
import type { PlainCsvOptions } from './plain-csv.ts';

/** Options of all importers; each takes its own and the common ones. */
export interface ImportOptions
  extends CommonOptions,
    MooncakeOptions,
    Gsm8kOptions,
    AzureLmmOptions,
    PlainCsvOptions {}

interface Importer {
  readonly title: string;
  /** Options it takes besides the common ones. */
  readonly options: readonly (keyof ImportOptions)[];
  run(path: string, options: ImportOptions): Promise<RequestTrace>;
}

/** The public formats, by the name the command line gives them. */
export const importers = {
  mooncake: {
    title: 'Mooncake JSONL: timestamps, lengths, prefix-block hashes',
    options: ['blockSize'],
    run: async (path, options) => (await import('./mooncake.ts')).importMooncake(path, options),
  },
  gsm8k: {
    title: 'GSM8K JSONL: questions and answers, measured with the LLaMA-1/2 vocabulary',
    options: ['bos', 'outputs', 'seed'],
    run: async (path, options) => (await import('./gsm8k.ts')).importGsm8k(path, options),
  },
  'azure-llm': {
    title: 'Azure LLM inference traces of 2023 and 2024, CSV',
    options: [],
    run: async (path, options) => (await import('./azure-llm.ts')).importAzureLlm(path, options),
  },
  'azure-lmm': {
    title: 'Azure LMM (multimodal) inference trace of 2025, CSV',
    options: ['numImagesTransform', 'imageTokens'],
    run: async (path, options) => (await import('./azure-lmm.ts')).importAzureLmm(path, options),
  },
  'multimodal-csv': {
    title: 'Multimodal requests in the layout of the ServeGen samples, CSV',
    options: [],
    run: async (path, options) =>
      (await import('./multimodal-csv.ts')).importMultimodalCsv(path, options),
  },
  burstgpt: {
    title: 'BurstGPT, CSV',
    options: [],
    run: async (path, options) => (await import('./burstgpt.ts')).importBurstGpt(path, options),
  },
  csv: {
    title: 'Any CSV with a column mapping',
    options: ['map', 'timeUnit', 'fromFirst', 'kind', 'licence'],
    run: async (path, options) => (await import('./plain-csv.ts')).importPlainCsv(path, options),
  },
} satisfies Record<string, Importer>;
export type FormatName = keyof typeof importers;

const common: readonly (keyof ImportOptions)[] = ['dropEmptyOutputs', 'sort', 'name'];

/**
 * Imports a file of a public format; the result has passed `checkTrace`.
 * @throws InputError that names file, line, column, value and rule
 */
export async function importTrace(
  format: string,
  path: string,
  options: ImportOptions = {},
): Promise<RequestTrace> {
  if (!Object.hasOwn(importers, format))
    throw unknownName('format', format, Object.keys(importers));
  const importer: Importer = importers[format as FormatName];
  for (const [name, value] of Object.entries(options) as [keyof ImportOptions, unknown][]) {
    if (value === undefined || common.includes(name) || importer.options.includes(name)) continue;
    throw new InputError(`option ${flag(name)} is not for ${format}`, {
      rule: `${format} takes ${[...common, ...importer.options].map(flag).join(', ')}`,
    });
  }
  const trace = await importer.run(path, options);
  requireSound(trace, path);
  return trace;
}

/** An option as the command line spells it. */
function flag(option: keyof ImportOptions): string {
  if (option === 'bos') return '--no-bos';
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
