import { join } from 'node:path';
import type { Parameter } from '../../trace/generators/parameters.ts';
import { traceGenerators } from '../../trace/generators/registry.ts';
import { fetchedFolder, shippedFolder } from '../../trace/locate.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { InputError } from '../../units/input-error.ts';
import { print, printJson, printTable } from '../terminal.ts';

/** Traces that ship with the package; others are made where fetched ones lie. */
const shipped = ['kimi-like', 'multimodal', 'gsm8k'];

/**
 * The file that the trace's name stands for.
 * @throws InputError where the trace is not the one that the name promises
 */
export function generatedPath(
  { meta: { name } }: RequestTrace,
  { seed, requests, set }: { seed?: string; requests?: string; set: readonly string[] },
): string {
  if (seed !== undefined || requests !== undefined || set.length > 0) {
    throw new InputError('no output file', {
      where: '-o',
      rule: `name one: ${name} alone is the trace of default seed, requests and parameters`,
    });
  }
  return join(shipped.includes(name) ? shippedFolder() : fetchedFolder(), `${name}.arrow`);
}

/** `parameter=value` words as numbers by name. */
export function settings(words: readonly string[]): Record<string, number> {
  const set: Record<string, number> = {};
  for (const word of words) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || text === undefined) {
      throw new InputError(`malformed setting ${JSON.stringify(word)}`, {
        where: '--set',
        rule: 'parameter=value',
      });
    }
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) {
      throw new InputError(`bad value ${JSON.stringify(text)}`, {
        where: `--set ${name}`,
        rule: 'a number',
      });
    }
    set[name] = value;
  }
  return set;
}

/** Every generator, and its parameters with their defaults and how those are known. */
export function printGenerators({ json }: { json?: boolean }): void {
  const listed = Object.entries(traceGenerators).map(([name, generator]) => {
    const { about, requests, parameters } = generator;
    return { name, about, requests, parameters };
  });
  if (json) {
    printJson(listed);
    return;
  }
  printTable(
    [{ title: 'generator' }, { title: 'requests', align: 'right' }, { title: 'what' }],
    listed.map(({ name, requests, about }) => [
      name,
      requests === null ? '-' : String(requests),
      about,
    ]),
  );
  print();
  printTable(
    [
      { title: 'of' },
      { title: '--set' },
      { title: 'default', align: 'right' },
      { title: 'known' },
      { title: 'what' },
    ],
    listed
      .filter(({ name }) => !/^simulated-/.test(name))
      .flatMap(({ name, parameters }) =>
        Object.entries(parameters).map(([parameter, one]) => parameterRow(name, parameter, one)),
      ),
  );
  print();
  print('simulated-16k … simulated-128k have the parameters of simulated.');
  print('Next: reprise traces generate NAME, then reprise traces show NAME');
}

function parameterRow(generator: string, name: string, { value, known, about }: Parameter) {
  return [generator, name, String(value), known, about];
}
