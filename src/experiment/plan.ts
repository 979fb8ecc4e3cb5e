import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { AnalysisSpec } from '../replay/analyser.ts';
import { analyserNamed, isAnalysis, parseAnalysis } from '../replay/analysers.ts';
import { checkServing } from '../replay/run-serving.ts';
import { parseScenario, type Scenario } from '../replay/scenario.ts';
import type { TableName } from '../results/schema.ts';
import { InputError } from '../units/input-error.ts';
import { cellsOf, type ExpandedCell } from './cells.ts';
import type { Experiment, Labels } from './define.ts';
import { replayTables, tablesOfAnalyser } from './kept-tables.ts';
import { type LoadedData, traceOf } from './run-analysis.ts';
import { runKeyOf } from './run-key.ts';
import { TraceShelf } from './trace-shelf.ts';
import { withUserPolicies } from './user-policies.ts';

export { TraceShelf };

interface Planned<Content> {
  /** `paper/name` of the experiment. */
  readonly experiment: string;
  readonly cell: string;
  readonly labels: Labels;
  readonly run: string;
  readonly scenarioHash: string;
  readonly scenario: Content;
  readonly tables: readonly TableName[];
}

/** A scenario that is ready to run: validated, keyed, its trace known. Plain data. */
export interface PlannedReplay extends Planned<Scenario> {
  /** Name or path of the trace, as given. */
  readonly trace: string;
  readonly traceSha256: string;
}

/** An analysis that is ready to run; its trace, where it reads one, known. Plain data. */
export interface PlannedAnalysis extends Planned<AnalysisSpec> {
  readonly trace: string | null;
  readonly traceSha256: string | null;
}

export type PlannedRun = PlannedReplay | PlannedAnalysis;

export function isReplay(plan: PlannedRun): plan is PlannedReplay {
  return !isAnalysis(plan.scenario);
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
    for (const cell of placedCells(experiment))
      plans.push(await planCell(experiment, cell, traces));
    return plans;
  } catch (error) {
    if (!(error instanceof InputError) || file === undefined) throw error;
    throw error.within(relative(process.cwd(), file));
  }
}

function placedCells(experiment: Experiment): ExpandedCell[] {
  try {
    return cellsOf(experiment);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`experiment ${idOf(experiment)}`);
  }
}

/** One cell as a run. */
export async function planCell(
  experiment: Experiment,
  cell: ExpandedCell,
  traces: TraceShelf,
): Promise<PlannedRun> {
  if (isAnalysis(cell.scenario)) {
    return placed(experiment, cell, () => planAnalysis(experiment, cell, traces));
  }
  return planReplay(experiment, cell, traces);
}

/** A cell of the serving engine as a run. */
export function planReplay(
  experiment: Experiment,
  cell: ExpandedCell,
  traces: TraceShelf,
): Promise<PlannedReplay> {
  return placed(experiment, cell, async () => {
    const scenario = parseScenario(await withUserPolicies(cell.scenario, experiment.folder));
    const { located, trace } = await traces.get(scenario.trace);
    checkServing(trace, scenario);
    return {
      ...named(experiment, cell),
      ...keyed(scenario, located.sha256),
      scenario,
      trace: scenario.trace as string,
      traceSha256: located.sha256,
      tables: replayTables(experiment),
    };
  });
}

async function planAnalysis(
  experiment: Experiment,
  cell: ExpandedCell,
  traces: TraceShelf,
): Promise<PlannedAnalysis> {
  const scenario = parseAnalysis(cell.scenario);
  const { decode, check } = analyserNamed(scenario.kind);
  const trace = traceOf(scenario);
  const loaded = decode && trace !== null ? await traces.decoded(trace, decode) : null;
  check?.(scenario, loaded?.trace ?? null);
  const traceSha256 = loaded?.located.sha256 ?? null;
  return {
    ...named(experiment, cell),
    ...keyed(scenario, traceSha256),
    scenario,
    trace,
    traceSha256,
    tables: tablesOfAnalyser(scenario.kind),
  };
}

function named(experiment: Experiment, { name, labels }: ExpandedCell) {
  return { experiment: idOf(experiment), cell: name, labels };
}

function keyed(scenario: Scenario | AnalysisSpec, traceSha256: string | null) {
  const { run, scenarioHash } = runKeyOf(scenario, traceSha256);
  return { run, scenarioHash };
}

async function placed<T>(
  experiment: Experiment,
  { name }: ExpandedCell,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.within(`experiment ${idOf(experiment)}, cell ${name || '(only)'}`);
  }
}

/** The trace of a planned run, as what computes it reads it. */
export function dataOf(plan: PlannedRun, traces: TraceShelf): Promise<LoadedData> {
  const decode = isReplay(plan) ? null : analyserNamed(plan.scenario.kind).decode;
  return decode ? traces.decoded(plan.trace as string, decode) : traces.get(plan.trace);
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
