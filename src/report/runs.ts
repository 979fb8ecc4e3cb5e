import { join } from 'node:path';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import {
  fetchRows,
  numberOf,
  type QuerySession,
  type Row,
  sqlList,
  sqlText,
  textOf,
} from './session.ts';

/** One run as the table `runs` has it. */
export interface Run {
  readonly run: string;
  readonly scenarioHash: string;
  readonly label: string;
  readonly trace: string;
  readonly traceKind: string;
  /** Columns of the trace that were generated though the trace was not; empty if none. */
  readonly generatedColumns: string;
  readonly model: string;
  readonly gpu: string;
  readonly tp: number;
  readonly instances: number;
  /** Instances by group, such as 8P+8D; as the next four, empty for a run made before it was told. */
  readonly topology: string;
  readonly hostStore: string;
  readonly admission: string;
  readonly estimator: string;
  readonly streaming: string;
  readonly gpus: number;
  readonly scheduler: string;
  readonly queueOrder: string;
  readonly placement: string;
  /** What its policies know that no deployed system does: length, future, or none. */
  readonly oracles: string;
  readonly oraclePolicies: string;
  readonly clock: string;
  readonly profile: string;
  readonly arrivalMode: string;
  readonly rateFactor: number;
  readonly prefixCache: string;
  readonly kvCapacityTokens: number;
  readonly requests: number;
  readonly finished: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly unfinished: number;
  readonly simulatedS: number;
  readonly preemptions: number;
  readonly steps: number;
  readonly causalityViolations: number;
  /** The scenario as JSON text. */
  readonly scenario: string;
}

/**
 * All runs, or those named by id, a unique beginning of the id, or label.
 * @throws InputError for a name that no run has
 */
export async function loadRuns(session: QuerySession, only: readonly string[]): Promise<Run[]> {
  const runs = (await fetchRows(session, 'SELECT * FROM runs ORDER BY run')).map(runOf);
  if (only.length === 0) return runs;
  const chosen = new Set<Run>();
  for (const wanted of only) {
    const found = runs.filter((run) => isNamed(run, wanted));
    if (found.length === 0) {
      throw unknownName('run', wanted, new Set(runs.flatMap((run) => [run.run, run.label])));
    }
    for (const run of found) chosen.add(run);
  }
  return runs.filter((run) => chosen.has(run));
}

/** The one run that is meant, by id, beginning of the id, or label. */
export async function findRun(session: QuerySession, wanted: string): Promise<Run> {
  const runs = await loadRuns(session, [wanted]);
  if (runs.length > 1) {
    const rule = `give one of ${runs.map((run) => run.run).join(', ')}`;
    throw new InputError(`${runs.length} runs are called ${JSON.stringify(wanted)}`, { rule });
  }
  return runs[0] as Run;
}

function isNamed({ run, label }: Run, wanted: string): boolean {
  return run === wanted || label === wanted || (wanted.length >= 4 && run.startsWith(wanted));
}

function runOf(row: Row): Run {
  const count = (column: string) => numberOf(row, column) ?? 0;
  return {
    run: textOf(row, 'run'),
    scenarioHash: textOf(row, 'scenario_hash'),
    label: textOf(row, 'label'),
    trace: textOf(row, 'trace'),
    traceKind: textOf(row, 'trace_kind'),
    generatedColumns: textOf(row, 'generated_columns'),
    model: textOf(row, 'model'),
    gpu: textOf(row, 'gpu'),
    tp: count('tp'),
    instances: count('instances'),
    topology: textOf(row, 'topology'),
    hostStore: textOf(row, 'host_store'),
    admission: textOf(row, 'admission'),
    estimator: textOf(row, 'estimator'),
    streaming: textOf(row, 'streaming'),
    gpus: count('gpus'),
    scheduler: textOf(row, 'scheduler'),
    queueOrder: textOf(row, 'queue_order'),
    placement: textOf(row, 'placement'),
    oracles: textOf(row, 'oracles'),
    oraclePolicies: textOf(row, 'oracle_policies'),
    clock: textOf(row, 'clock'),
    profile: textOf(row, 'profile'),
    arrivalMode: textOf(row, 'arrival_mode'),
    rateFactor: numberOf(row, 'rate_factor') ?? 1,
    prefixCache: textOf(row, 'prefix_cache'),
    kvCapacityTokens: count('kv_capacity_tokens'),
    requests: count('requests'),
    finished: count('finished'),
    rejected: count('rejected'),
    cancelled: count('cancelled'),
    unfinished: count('unfinished'),
    simulatedS: count('simulated_s'),
    preemptions: count('preemptions'),
    steps: count('steps'),
    causalityViolations: count('causality_violations'),
    scenario: textOf(row, 'scenario'),
  };
}

/** Where, when and by what a run was made; it is not part of the run itself. */
export interface Sidecar {
  readonly run: string;
  readonly reprise: string;
  readonly engine: string;
  readonly node: string;
  readonly writtenAt: string;
}

/** The run.json of every run in the folder that has one. */
export async function loadSidecars(session: QuerySession, folder: string): Promise<Sidecar[]> {
  const sql = `SELECT json ->> 'run' AS run, json ->> 'reprise' AS reprise,
  json ->> 'engine_version' AS engine, json ->> 'node' AS node, json ->> 'written_at' AS written_at
FROM read_json_objects(${sqlText(join(folder, '*', 'run.json'))}) ORDER BY run`;
  try {
    return (await fetchRows(session, sql)).map((row) => ({
      run: textOf(row, 'run'),
      reprise: textOf(row, 'reprise'),
      engine: textOf(row, 'engine'),
      node: textOf(row, 'node'),
      writtenAt: textOf(row, 'written_at'),
    }));
  } catch (error) {
    // Runs without sidecars are runs all the same.
    if (error instanceof InputError) return [];
    throw error;
  }
}

/** Of the runs of one scenario (by several engine versions) the one made last. */
export function newestRuns(runs: readonly Run[], sidecars: readonly Sidecar[]): Run[] {
  const written = new Map(sidecars.map((sidecar) => [sidecar.run, sidecar.writtenAt]));
  const newest = new Map<string, Run>();
  for (const run of runs) {
    const other = newest.get(run.scenarioHash);
    const isNewer =
      other === undefined || (written.get(run.run) ?? '') > (written.get(other.run) ?? '');
    if (isNewer) newest.set(run.scenarioHash, run);
  }
  return runs.filter((run) => newest.get(run.scenarioHash) === run);
}

/** `run IN (…)` for these runs. */
export function ofRuns(runs: readonly Run[]): string {
  return runs.length === 0 ? 'false' : `run IN (${sqlList(runs.map((run) => run.run))})`;
}
