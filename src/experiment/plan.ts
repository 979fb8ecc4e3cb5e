import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkServing } from '../replay/run-serving.ts';
import { parseScenario, type Scenario } from '../replay/scenario.ts';
import { type TableName, tableSchemas } from '../results/schema.ts';
import { InputError } from '../units/input-error.ts';
import { type ExpandedCell, expandCells } from './cells.ts';
import type { Experiment, Labels } from './define.ts';
import { runKeyOf } from './run-key.ts';
import { type LoadedTrace, loadTrace } from './run-scenario.ts';

/** A scenario that is ready to run: validated, keyed, its trace known. Plain data. */
export interface PlannedRun {
  /** `paper/name` of the experiment. */
  readonly experiment: string;
  readonly cell: string;
  readonly labels: Labels;
  readonly run: string;
  readonly scenarioHash: string;
  readonly scenario: Scenario;
  /** Name or path of the trace, as given. */
  readonly trace: string;
  readonly traceSha256: string;
  readonly tables: readonly TableName[];
}

/** Traces in memory by the name that scenarios use. */
export class TraceShelf {
  readonly #loaded = new Map<string, Promise<LoadedTrace>>();

  get(name: string): Promise<LoadedTrace> {
    const known = this.#loaded.get(name) ?? loadTrace(name);
    this.#loaded.set(name, known);
    return known;
  }
}

export function idOf({ paper, name }: Experiment): string {
  return `${paper}/${name}`;
}

/**
 * The runs of an experiment, in the order of its cells: everything that can be wrong with a
 * scenario or its trace is found here, before anything runs.
 * @param file where the experiment stands, for errors
 * @throws InputError naming the file, the experiment, the cell and the place
 */
export async function planExperiment(
  experiment: Experiment,
  traces: TraceShelf,
  file?: string,
): Promise<PlannedRun[]> {
  try {
    const plans: PlannedRun[] = [];
    for (const cell of cellsOf(experiment)) plans.push(await planCell(experiment, cell, traces));
    return plans;
  } catch (error) {
    if (!(error instanceof InputError) || file === undefined) throw error;
    throw error.within(relative(process.cwd(), file));
  }
}

function cellsOf(experiment: Experiment): ExpandedCell[] {
  try {
    return expandCells(experiment.scenarios);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`experiment ${idOf(experiment)}`);
  }
}

/** One cell as a run. */
export async function planCell(
  experiment: Experiment,
  { name, labels, scenario: given }: ExpandedCell,
  traces: TraceShelf,
): Promise<PlannedRun> {
  const id = idOf(experiment);
  try {
    const scenario = parseScenario(given);
    if (scenario.trace === null) {
      throw new InputError('no trace', { where: 'trace', rule: 'a name or a file' });
    }
    const { located, trace } = await traces.get(scenario.trace);
    checkServing(trace, scenario);
    const { run, scenarioHash } = runKeyOf(scenario, located.sha256);
    return {
      experiment: id,
      cell: name,
      labels,
      run,
      scenarioHash,
      scenario,
      trace: scenario.trace,
      traceSha256: located.sha256,
      tables: tablesOf(experiment),
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`experiment ${id}, cell ${name || '(only)'}`);
  }
}

function tablesOf({ tables = 'all' }: Experiment): readonly TableName[] {
  const all = Object.keys(tableSchemas) as TableName[];
  if (tables === 'all') return all;
  if (tables === 'summary') return ['runs'];
  return all.filter((table) => table === 'runs' || tables.includes(table));
}

/** Whether a run is in the folder with every table that is wanted, each to its end. */
export function isPresent(out: string, { run, tables }: PlannedRun): boolean {
  const folder = join(out, run);
  return (
    existsSync(join(folder, 'scenario.json')) &&
    tables.every((table) => isWholeArrow(join(folder, `${table}.arrow`)))
  );
}

const arrowEnd = 'ARROW1';

function isWholeArrow(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(arrowEnd.length);
    return size > end.length && readSync(file, end, 0, end.length, size - end.length) > 0
      ? end.toString('latin1') === arrowEnd
      : false;
  } finally {
    closeSync(file);
  }
}
