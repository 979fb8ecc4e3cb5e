import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../../units/input-error.ts';
import { schemaError } from '../../units/schema-error.ts';
import type { LabelValue } from '../define.ts';
import { choiceParameter, type Parameter, rangeParameter } from './parameter.ts';
import { Space } from './space.ts';

const labelValue = z.union([z.string(), z.number(), z.boolean()]);
const path = z.string().min(1, 'a scenario path');
const set = z.union([path, z.array(path).min(1)]);
const json = z.looseObject({});

const choices = z.strictObject({
  set,
  choices: z.array(labelValue).min(1, 'at least one value'),
});
const patches = z.strictObject({ choices: z.record(z.string(), json) });
const range = z.strictObject({
  set,
  min: z.number(),
  max: z.number(),
  step: z.number().positive().optional(),
  integer: z.boolean().optional(),
  log: z.boolean().optional(),
});

const spaceFile = z.strictObject({
  base: json,
  parameters: z.record(z.string(), z.union([choices, patches, range])),
  constraints: z.array(z.string().min(1, 'a comparison')).default([]),
  seeds: z.array(z.int().min(0)).min(1, 'at least one seed').optional(),
  fidelity: z
    .strictObject({ requests: z.array(z.union([z.int().min(1), z.null()])).min(1) })
    .optional(),
});

/** A search space as its author wrote it: plain data, validated. */
export type SpaceFile = z.output<typeof spaceFile>;
export type ParameterSpec = SpaceFile['parameters'][string];

/**
 * Reads a search space.
 * @throws InputError naming the file, the place in it, the value and the rule
 */
export async function readSpaceFile(file: string): Promise<SpaceFile> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    const what = cause instanceof SyntaxError ? 'not JSON' : 'cannot read the search space';
    throw new InputError(what, { where: file, rule, cause });
  }
  try {
    return parseSpaceFile(value);
  } catch (error) {
    throw error instanceof InputError ? error.within(file) : error;
  }
}

/** @throws InputError naming the place, the value and the rule */
export function parseSpaceFile(value: unknown): SpaceFile {
  const result = spaceFile.safeParse(value);
  if (!result.success) throw schemaError(spaceFile, result.error, value, 'search space');
  const { parameters, seeds = [], fidelity } = result.data;
  const names = Object.keys(parameters);
  if (names.length === 0) {
    throw new InputError('no parameters', { where: 'parameters', rule: 'at least one' });
  }
  for (const [name, spec] of Object.entries(parameters)) checkParameter(name, spec, names);
  if (new Set(seeds).size < seeds.length) {
    throw new InputError('a seed twice', { where: 'seeds', rule: 'each seed once' });
  }
  const rising = (fidelity?.requests ?? []).map((requests) => requests ?? Number.MAX_VALUE);
  if (rising.some((requests, i) => i > 0 && requests <= (rising[i - 1] as number))) {
    const rule = 'rising numbers of requests; null, the full run, is the last';
    throw new InputError('fidelities out of order', { where: 'fidelity.requests', rule });
  }
  return result.data;
}

function checkParameter(name: string, spec: ParameterSpec, names: readonly string[]): void {
  const where = `parameters.${name}`;
  const wrong = (what: string, rule: string) => new InputError(what, { where, rule });
  if (!/^[a-z_]\w*$/i.test(name)) {
    throw wrong(`parameter name ${JSON.stringify(name)}`, 'letters, digits and _, as SQL names');
  }
  if (['run', 'seed', 'requests'].includes(name.toLowerCase())) {
    throw wrong(`parameter name ${name}`, 'not run, seed or requests: these have a meaning');
  }
  if (names.some((other) => other !== name && other.toLowerCase() === name.toLowerCase())) {
    throw wrong(`two parameters ${name}`, 'names that differ in more than case');
  }
  if ('min' in spec) {
    const { min, max, step, integer, log } = spec;
    if (max < min) throw wrong(`range from ${min} to ${max}`, 'min is at most max');
    if (log && min <= 0) throw wrong(`log scale from ${min}`, 'min above 0');
    if (log && step !== undefined)
      throw wrong('step on a log scale', 'leave one out, or list choices');
    const whole = [min, max, step ?? 1].every(Number.isInteger);
    if (integer && !whole) throw wrong('integer range', 'whole min, max and step');
    return;
  }
  const values = Array.isArray(spec.choices) ? spec.choices : Object.keys(spec.choices);
  if (values.length === 0) throw wrong('no choices', 'at least one');
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw wrong(`choice ${JSON.stringify(twice)} twice`, 'each choice once');
}

/** The points of a search space. */
export function spaceOf({ parameters }: SpaceFile): Space {
  return new Space(Object.entries(parameters).map(([name, spec]) => parameterOf(name, spec)));
}

function parameterOf(name: string, spec: ParameterSpec): Parameter {
  if ('min' in spec) return rangeParameter(name, spec);
  const values = Array.isArray(spec.choices) ? spec.choices : Object.keys(spec.choices);
  return choiceParameter(name, values as readonly LabelValue[]);
}
