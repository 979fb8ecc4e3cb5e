import { isAnalysis } from '../replay/analysers.ts';
import { InputError } from '../units/input-error.ts';
import type {
  AnalysisCell,
  AnalysisSet,
  Axis,
  Cell,
  Experiment,
  Labels,
  LabelValue,
  ScenarioBase,
  ScenarioSet,
} from './define.ts';
import { presetNamed } from './presets.ts';
import { withSetting } from './settings.ts';

type Json = Record<string, unknown>;

/** A cell with its scenario or analysis as plain JSON, presets and patches applied. */
export interface ExpandedCell {
  /** `scheduler=orca,rate=2,seed=1`. */
  readonly name: string;
  readonly labels: Labels;
  readonly scenario: Json;
}

type Members = 'scenarios' | 'analyses';

/**
 * The cells of an experiment, in order: replays, then analyses; the last axis varies fastest, seeds
 * fastest of all.
 * @throws InputError for cells of one name, lists of unequal length, names that do not exist, and
 *   analyses among the scenarios or the reverse
 */
export function cellsOf({ scenarios, analyses }: Pick<Experiment, Members>): ExpandedCell[] {
  const replays = scenarios === undefined ? [] : expandCells(scenarios);
  const kindless = 'a kind of analyser: what is served stands in scenarios';
  const served = 'a scenario of the serving engine: what names an analyser stands in analyses';
  for (const { name, scenario } of replays) {
    if (isAnalysis(scenario)) throw misplaced('scenarios', `${name} of a kind`, served);
  }
  if (analyses === undefined) return replays;
  const analysed = expandCells(analyses, 'analyses');
  for (const { name, scenario } of analysed) {
    if (!isAnalysis(scenario)) throw misplaced('analyses', `${name} of no kind`, kindless);
  }
  return distinct([...replays, ...analysed], 'analyses');
}

function misplaced(where: Members, what: string, rule: string): InputError {
  return new InputError(`a cell ${what}`.replace('  ', ' '), { where, rule });
}

/** The cells of one member of an experiment; see cellsOf. */
export function expandCells(
  given:
    | ScenarioSet
    | AnalysisSet
    | readonly (ScenarioSet | AnalysisSet)[]
    | (() => Iterable<Cell | AnalysisCell>),
  where: Members = 'scenarios',
): ExpandedCell[] {
  const cells: ExpandedCell[] = [];
  if (typeof given === 'function') {
    for (const { labels, content } of made(given, where)) cells.push(cell(labels, baseOf(content)));
  } else {
    const sets = Array.isArray(given) ? given : [given];
    for (const set of sets as ScenarioSet[]) cells.push(...expandSet(set, where));
  }
  if (cells.length === 0) throw new InputError(`no ${where}`, { where });
  return distinct(cells, where);
}

function distinct(cells: ExpandedCell[], where: Members): ExpandedCell[] {
  const names = new Set<string>();
  for (const { name } of cells) {
    if (names.has(name)) {
      throw new InputError(`two cells ${name || '(no labels)'}`, {
        where,
        rule: 'labels that set each cell apart',
      });
    }
    names.add(name);
  }
  return cells;
}

/** What a program yields, checked: it is the researcher's own code. */
function made(program: () => Iterable<Cell | AnalysisCell>, where: Members) {
  const member = where === 'scenarios' ? 'scenario' : 'analysis';
  let cells: Json[];
  try {
    cells = [...program()] as unknown as Json[];
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`the program that makes the ${where} fails`, { where, rule, cause });
  }
  return cells.map((one, i) => {
    const labels = one?.labels;
    const content = one?.[member];
    const plain =
      isObject(labels) &&
      Object.values(labels).every((v) => ['string', 'number', 'boolean'].includes(typeof v));
    if (plain && isObject(content)) return { labels: labels as Labels, content };
    const rule = `{ labels: { name: text, number or boolean }, ${member}: { … } }`;
    throw new InputError(`cell ${i} of the program is none`, { where, rule });
  });
}

function expandSet(set: ScenarioSet, where: Members): ExpandedCell[] {
  const seeds = set.seeds ?? seedsUpTo(set.repetitions);
  let plain: ExpandedCell[];
  if ('grid' in set) {
    plain = Object.entries(set.grid.axes).reduce<ExpandedCell[]>(
      (before, [name, axis]) =>
        before.flatMap((one) => valuesOf(axis, name).map((value) => apply(one, name, value))),
      [cell({}, baseOf(set.grid.base))],
    );
  } else if ('zip' in set) {
    plain = zipped(set.zip.base, set.zip.axes, where);
  } else {
    const { base = {}, axis = 'system', cells } = set.list;
    plain = Object.entries(cells).map(([label, patch]) =>
      cell({ [axis]: label }, merged(baseOf(base), patch as Json)),
    );
  }
  if (seeds === undefined) return plain;
  return plain.flatMap((one) =>
    seeds.map((seed) => cell({ ...one.labels, seed }, { ...one.scenario, seed })),
  );
}

function seedsUpTo(repetitions: number | undefined): number[] | undefined {
  return repetitions === undefined
    ? undefined
    : Array.from({ length: repetitions }, (_, i) => i + 1);
}

function zipped(
  base: ScenarioBase,
  axes: Readonly<Record<string, Axis>>,
  member: Members,
): ExpandedCell[] {
  const columns = Object.entries(axes).map(([name, axis]) => ({
    name,
    values: valuesOf(axis, name),
  }));
  const lengths = new Set(columns.map(({ values }) => values.length));
  if (lengths.size > 1) {
    const shown = columns.map(({ name, values }) => `${name} ${values.length}`).join(', ');
    throw new InputError(`axes of unequal length: ${shown}`, {
      where: `${member}.zip.axes`,
      rule: 'as many values on each axis',
    });
  }
  const count = columns[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, i) =>
    columns.reduce<ExpandedCell>(
      (one, { name, values }) => apply(one, name, values[i] as AxisValue),
      cell({}, baseOf(base)),
    ),
  );
}

interface AxisValue {
  readonly label: LabelValue;
  readonly change: (scenario: Json) => Json;
}

function valuesOf(axis: Axis, name: string): AxisValue[] {
  if (isSetting(axis)) {
    const paths = typeof axis.set === 'string' ? [axis.set] : axis.set;
    return axis.to.map((label) => ({
      label,
      change: (scenario) =>
        paths.reduce<Json>(
          (before, path) => withSetting(before, `${path}=${JSON.stringify(label)}`) as Json,
          scenario,
        ),
    }));
  }
  const patches = Object.entries(axis);
  if (patches.length === 0) throw new InputError('an axis without values', { where: name });
  return patches.map(([label, patch]) => ({
    label,
    change: (scenario) => merged(scenario, patch as Json),
  }));
}

function isSetting(axis: Axis): axis is Extract<Axis, { to: readonly LabelValue[] }> {
  return Array.isArray((axis as { to?: unknown }).to);
}

function apply(one: ExpandedCell, name: string, { label, change }: AxisValue): ExpandedCell {
  return cell({ ...one.labels, [name]: label }, change(one.scenario));
}

function cell(labels: Labels, scenario: Json): ExpandedCell {
  const name = Object.entries(labels)
    .map(([axis, label]) => `${axis}=${label}`)
    .join(',');
  return { name, labels, scenario };
}

function baseOf(base: ScenarioBase): Json {
  const { preset, ...patch } = base as Json & { preset?: string };
  return preset === undefined ? patch : merged(presetNamed(preset).scenario as Json, patch);
}

/** Members of `patch` over those of `base`; lists and policies of another kind are replaced. */
export function merged(base: Json, patch: Json): Json {
  const result: Json = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key];
    const both = isObject(before) && isObject(value);
    const other = both && 'kind' in value && value.kind !== before.kind;
    result[key] = both && !other ? merged(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Whether a cell carries all of these labels. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([axis, label]) => labels[axis] === label);
}
