import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';

/**
 * How a default is known: printed in the source that the generator names, derived from printed
 * figures, or assumed because no source gives it.
 */
export type Known = 'printed' | 'derived' | 'assumed';

/** A number of a generator that can be set. */
export interface Parameter {
  readonly value: number;
  readonly known: Known;
  /** What it is, with its unit. */
  readonly about: string;
  readonly least: number;
  readonly most?: number;
  /** Whole numbers only. */
  readonly whole?: boolean;
}

export type Parameters = Readonly<Record<string, Parameter>>;
export type Values<P extends Parameters> = { readonly [Name in keyof P]: number };

/**
 * All values of a generator: the defaults, but for what is set.
 * @throws InputError for an unknown name or a value out of range
 */
export function valuesOf<P extends Parameters>(
  generator: string,
  parameters: P,
  set: Readonly<Record<string, number>> = {},
): Values<P> {
  const names = Object.keys(parameters);
  for (const [name, value] of Object.entries(set)) {
    if (names.length === 0) {
      throw new InputError(`unknown parameter "${name}"`, { rule: `${generator} has none` });
    }
    if (!names.includes(name)) throw unknownName(`parameter of ${generator}`, name, names);
    requireInRange(generator, name, value, parameters[name] as Parameter);
  }
  const entries = names.map((name) => [name, set[name] ?? (parameters[name] as Parameter).value]);
  return Object.fromEntries(entries) as Values<P>;
}

function requireInRange(
  generator: string,
  name: string,
  value: number,
  { least, most = Number.MAX_SAFE_INTEGER, whole = false }: Parameter,
): void {
  const fits = Number.isFinite(value) && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  throw new InputError(`bad value ${value}`, {
    where: `parameter ${name} of ${generator}`,
    rule: `a ${whole ? 'whole ' : ''}number, ${range}`,
  });
}

/** The values by how they are known, for the metadata: `Printed: a 1, b 2. Assumed: c 3.` */
export function provenanceText<P extends Parameters>(parameters: P, values: Values<P>): string {
  const said: string[] = [];
  for (const known of ['printed', 'derived', 'assumed', 'set'] as const) {
    const members = Object.entries(parameters).filter(([name, parameter]) =>
      known === 'set'
        ? values[name] !== parameter.value
        : values[name] === parameter.value && parameter.known === known,
    );
    if (members.length === 0) continue;
    const list = members.map(([name]) => `${name} ${values[name]}`).join(', ');
    said.push(`${known === 'set' ? 'Set by hand' : capitalised(known)}: ${list}.`);
  }
  return said.join(' ');
}

function capitalised(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
