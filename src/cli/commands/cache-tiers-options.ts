import { type Command, Option } from 'commander';
import type { Routing } from '../../replay/cache/routing.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';

export type Medium = 'dram' | 'ssd';
export type PerMedium = Readonly<Partial<Record<Medium, number>>>;

export interface TierOptions {
  tiers?: PerMedium[];
  pool?: Record<string, string | number>;
  load?: PerMedium;
  overlap: 'layer-wise' | 'serial';
  model: string;
  gpu: string;
  tp: number;
  requests?: boolean;
  nodes: number;
  routing: Routing;
  seed: number;
  json?: boolean;
}

/** Flags of `reprise cache` that replay host stores in the place of caches. */
export function addTierOptions(cache: Command): Command {
  return cache
    .option(
      '--tiers <list>',
      'tokens of a host store: dram:3000000,ssd:inf; repeatable',
      (text, before: PerMedium[] = []) => [...before, perMedium(text, '--tiers', tokens)],
    )
    .option('--pool <settings>', 'its parameters: inclusion=inclusive:watermark=0.9', settings)
    .option(
      '--load <list>',
      'GB/s at which a tier is loaded: dram:50,ssd:5 (default: as a scenario has it)',
      (text) => perMedium(text, '--load', gigabytes),
    )
    .addOption(
      new Option('--overlap <kind>', 'of loads and computing, with --tiers')
        .choices(['layer-wise', 'serial'] satisfies TierOptions['overlap'][])
        .default('layer-wise' satisfies TierOptions['overlap']),
    )
    .option('--model <name>', 'whose prefill is timed, with --tiers', 'llama-3-70b')
    .option('--gpu <name>', 'on which GPU', 'a100-80gb')
    .option('--tp <n>', 'and how many of them', wholeNumber('--tp'), 8)
    .option('--requests', 'with --tiers and --json: a row for each request too');
}

/** Flags that say nothing about host stores. */
const ofCachesOnly = ['policy', 'capacity', 'rule', 'fromMs', 'toMs', 'cold', 'gap'];
/** And those that say nothing about caches. */
const ofTiersOnly = ['pool', 'load', 'overlap', 'model', 'gpu', 'tp', 'requests'];

/** @throws InputError where flags of the two kinds of replay are mixed */
export function checkFlags(command: Command, tiers: boolean): void {
  for (const name of tiers ? ofCachesOnly : ofTiersOnly) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new InputError(`${flag} with${tiers ? '' : 'out'} --tiers`, {
      rule: tiers ? 'caches of one tier: leave one of the two out' : 'it is about host stores',
    });
  }
}

/** Reads `dram:…,ssd:…`, the parts in any order, each at most once. */
function perMedium(text: string, where: string, read: (text: string) => number): PerMedium {
  const values: Partial<Record<Medium, number>> = {};
  for (const part of text.split(',')) {
    const [medium = '', value = ''] = part.trim().split(':');
    if (medium !== 'dram' && medium !== 'ssd') {
      throw new InputError(`unknown tier ${JSON.stringify(medium)}`, {
        where,
        rule: 'dram or ssd',
      });
    }
    if (values[medium] !== undefined) {
      throw new InputError(`${medium} twice`, { where, rule: 'each tier at most once' });
    }
    const number = read(value);
    if (Number.isNaN(number)) {
      const rule = where === '--load' ? 'GB/s above 0' : 'a whole number of tokens above 0, or inf';
      throw new InputError(`invalid ${medium} ${JSON.stringify(value)}`, { where, rule });
    }
    values[medium] = number;
  }
  return values;
}

/** More than any trace has: nothing is evicted. */
export const unbounded = Number.MAX_SAFE_INTEGER;

function tokens(text: string): number {
  if (text === 'inf') return unbounded;
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : Number.NaN;
}

function gigabytes(text: string): number {
  const value = Number(text);
  return text.trim() !== '' && value > 0 && Number.isFinite(value) ? 1e9 * value : Number.NaN;
}

/** `name=value:…`; numbers as numbers, the registry refuses what does not fit. */
function settings(text: string): Record<string, string | number> {
  const values: Record<string, string | number> = {};
  for (const setting of text.split(':')) {
    const at = setting.indexOf('=');
    if (at < 1) {
      throw new InputError(`${JSON.stringify(setting)} in --pool`, {
        rule: 'name=value:…, such as inclusion=inclusive:watermark=0.9',
      });
    }
    const value = setting.slice(at + 1);
    const number = Number(value);
    values[setting.slice(0, at)] = value.trim() === '' || Number.isNaN(number) ? value : number;
  }
  return values;
}
