import { parseScenario, type Scenario } from '../../replay/scenario.ts';
import { InputError } from '../../units/input-error.ts';
import { type ExpandedCell, expandCells } from '../cells.ts';
import type { Axis, LabelValue, ScenarioBase } from '../define.ts';
import { withoutPolicyFiles } from '../policy-name.ts';
import type { Parameter } from './parameter.ts';
import type { Space } from './space.ts';
import type { SpaceFile } from './space-file.ts';

/** Values of a parameter that are checked one by one; of more, the ends. */
const listed = 100;

type Values = Readonly<Record<string, LabelValue>>;

/** The scenarios of a point, one per seed: its values set in the file's order over the base. */
export function scenariosOf(
  file: Pick<SpaceFile, 'base' | 'parameters' | 'seeds'>,
  values: Values,
  requests: number | null = null,
): ExpandedCell[] {
  const axes: Record<string, Axis> = Object.fromEntries(
    Object.entries(file.parameters)
      .filter(([name]) => Object.hasOwn(values, name))
      .map(([name, spec]) => {
        const value = values[name] as LabelValue;
        if ('set' in spec) return [name, { set: spec.set, to: [value] }];
        const label = String(value);
        return [name, { [label]: spec.choices[label] as object }];
      }),
  );
  if (requests !== null) axes.requests = { set: 'limits.requests', to: [requests] };
  const base = file.base as ScenarioBase;
  const seeds = file.seeds === undefined ? {} : { seeds: file.seeds };
  if (Object.keys(axes).length > 0) return expandCells({ zip: { base, axes }, ...seeds });
  return expandCells({ grid: { base, axes: {} }, ...seeds });
}

/**
 * Finds wrong paths and names before anything runs: each value has to make a valid scenario over
 * the base alone, or beside the first values of the other parameters with at most one changed.
 * @throws InputError naming parameter and value
 */
export function checkValues(file: SpaceFile, parameters: readonly Parameter[]): void {
  const base = problemOf(() => scenariosOf(file, {}));
  if (base !== null) throw base.within('base');
  const first = firstValues(parameters);
  for (const parameter of parameters) {
    const { name } = parameter;
    for (const value of shownOf(parameter)) {
      const problem = problemOf(() => parse(file, { ...first, [name]: value }));
      if (problem === null || fitsSomewhere(file, parameters, name, value)) continue;
      throw problem.within(`parameters.${name} = ${JSON.stringify(value)}`);
    }
  }
}

function fitsSomewhere(
  file: SpaceFile,
  parameters: readonly Parameter[],
  name: string,
  value: LabelValue,
): boolean {
  const first = firstValues(parameters);
  const others = parameters.filter((other) => other.name !== name);
  const changed = others.flatMap((other) => shownOf(other).map((one) => ({ [other.name]: one })));
  const contexts: Values[] = [{}, ...changed.map((change) => ({ ...first, ...change }))];
  return contexts.some(
    (context) => problemOf(() => parse(file, { ...context, [name]: value })) === null,
  );
}

/** The values of a list, the ends of a range. */
function shownOf({ values }: Parameter): LabelValue[] {
  return values.length > listed
    ? [values[0] as LabelValue, values.at(-1) as LabelValue]
    : [...values];
}

/**
 * The scenario of the first point that has a valid one.
 * @throws InputError what is wrong with the first point, where none of the first thousand has
 */
export function someScenario(file: SpaceFile, space: Space): Scenario {
  let problem: unknown;
  let tried = 0;
  for (const point of space.all()) {
    try {
      return parse(file, space.named(point));
    } catch (error) {
      problem ??= error;
      if (!(error instanceof InputError) || ++tried === 1000) break;
    }
  }
  throw problem;
}

function firstValues(parameters: readonly Parameter[]): Values {
  return Object.fromEntries(parameters.map(({ name, values }) => [name, values[0] as LabelValue]));
}

function parse(file: SpaceFile, values: Values): Scenario {
  // Files are loaded when a point is planned.
  return parseScenario(withoutPolicyFiles(scenariosOf(file, values)[0]?.scenario));
}

function problemOf(work: () => void): InputError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
