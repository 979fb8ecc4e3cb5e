import { completeParameters, type Parameter } from '../policy/parameters.ts';
import type { PolicyDefinition } from '../policy/registry.ts';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';

export const definitionForm =
  'export default definePolicy({ kind, doc, source, parameters, create })';

const types = ['integer', 'number', 'boolean', 'choice'];

/**
 * The default export of a policy file, as what it must be.
 * @throws InputError saying what is missing, or which parameter is declared wrongly
 */
export function checkedDefinition(value: unknown, file: string): PolicyDefinition<unknown> {
  if (!isObject(value)) {
    const what = `no policy definition: ${value === null ? 'null' : typeof value}`;
    throw new InputError(what, { where: file, rule: definitionForm });
  }
  const missing = [
    ...['kind', 'doc', 'source'].filter((name) => !isText(value[name])),
    ...(isObject(value.parameters) ? [] : ['parameters']),
    ...(typeof value.create === 'function' ? [] : ['create']),
  ];
  if (missing.length > 0) {
    const what = `no policy definition: ${missing.join(', ')} missing`;
    throw new InputError(what, { where: file, rule: definitionForm });
  }
  for (const name of ['oracle', 'prepare']) {
    if (['undefined', 'function'].includes(typeof value[name])) continue;
    throw new InputError(`${name} is no function`, { where: file, rule: definitionForm });
  }
  const parameters = value.parameters as Record<string, unknown>;
  for (const [name, parameter] of Object.entries(parameters)) {
    checkParameter(name, parameter, `${file}, parameters.${name}`);
  }
  const definition = value as unknown as PolicyDefinition<unknown>;
  checkOracles(definition, file);
  return definition;
}

function checkParameter(name: string, parameter: unknown, where: string): void {
  const form = '{ type, default, doc }';
  const wrong = (what: string, rule: string) => new InputError(what, { where, rule });
  if (name === 'kind') throw wrong('a parameter kind', 'another name: kind is the policy');
  if (!isObject(parameter)) throw wrong('no parameter', form);
  const { type, default: value, doc, choices } = parameter;
  if (!types.includes(type as string)) {
    throw unknownName('type of parameter', String(type), types).within(where);
  }
  if (value === undefined) throw wrong('no default', form);
  if (!isText(doc)) throw wrong('no doc', form);
  if (type === 'choice' && !(Array.isArray(choices) && choices.every(isText))) {
    throw wrong('no choices', "{ type: 'choice', default, choices: [text, …], doc }");
  }
  completeParameters({ default: parameter as unknown as Parameter }, { default: value }, where);
}

function checkOracles({ oracle, parameters }: PolicyDefinition<unknown>, where: string): void {
  const values = completeParameters(parameters, {}, where);
  let said: unknown;
  try {
    said = oracle?.(values) ?? [];
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('the policy fails in oracle', { where, rule, cause });
  }
  if (Array.isArray(said) && said.every((one) => ['length', 'future'].includes(one))) return;
  const rule = "oracle: () => a list of 'length' and 'future'";
  throw new InputError(`oracle says ${JSON.stringify(said)}`, { where, rule });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
