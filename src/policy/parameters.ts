import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';

/** One parameter of a policy: from these come validation, help and the reference page. */
export type Parameter =
  | {
      readonly type: 'integer' | 'number';
      readonly default: number;
      readonly min?: number;
      readonly max?: number;
      readonly unit?: string;
      readonly doc: string;
    }
  | { readonly type: 'boolean'; readonly default: boolean; readonly doc: string }
  | {
      readonly type: 'choice';
      readonly default: string;
      readonly choices: readonly string[];
      readonly doc: string;
    };

export type Parameters = Readonly<Record<string, Parameter>>;

/** Values of a parameter schema: numbers, booleans, and choices as strings. */
export type ParameterValues<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends { type: 'boolean' }
    ? boolean
    : P[K] extends { type: 'choice' }
      ? string
      : number;
};

/**
 * Checks given values against a schema and fills in the defaults.
 * @param where path in the scenario, for the message of the InputError
 */
export function completeParameters<P extends Parameters>(
  schema: P,
  given: Readonly<Record<string, unknown>>,
  where: string,
): ParameterValues<P> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(schema, name)) {
      throw unknownName(`parameter in ${where}`, name, Object.keys(schema));
    }
  }
  const values: Record<string, number | boolean | string> = {};
  for (const [name, parameter] of Object.entries(schema)) {
    const value = given[name];
    values[name] =
      value === undefined ? parameter.default : checked(parameter, value, `${where}.${name}`);
  }
  return values as ParameterValues<P>;
}

function checked(parameter: Parameter, value: unknown, where: string): number | boolean | string {
  const refuse = (rule: string): never => {
    throw new InputError(`invalid value ${JSON.stringify(value)}`, { where, rule });
  };
  switch (parameter.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse('true or false');
    case 'choice':
      return typeof value === 'string' && parameter.choices.includes(value)
        ? value
        : refuse(`one of ${parameter.choices.join(', ')}`);
    default: {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = parameter;
      const kind = parameter.type === 'integer' ? 'an integer' : 'a finite number';
      const fine =
        typeof value === 'number' &&
        Number.isFinite(value) &&
        (parameter.type === 'number' || Number.isSafeInteger(value)) &&
        value >= min &&
        value <= max;
      return fine ? value : refuse(`${kind}${rangeText(min, max)}`);
    }
  }
}

function rangeText(min: number, max: number): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return ` from ${min} to ${max}`;
  if (Number.isFinite(min)) return `, at least ${min}`;
  return Number.isFinite(max) ? `, at most ${max}` : '';
}
