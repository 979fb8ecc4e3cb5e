import { resolve } from 'node:path';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import type { Experiment } from '../define.ts';
import { engineVersion } from '../engine-version.ts';
import type { LoadedExperiment } from '../load-experiments.ts';
import { TraceShelf } from '../plan.ts';
import type { SweepOptions } from '../sweep/run-sweep.ts';
import { definitionOf, figureOf } from './definition.ts';
import { type Evaluation, evaluateClaims } from './evaluate.ts';
import {
  addToLedger,
  type Comparison,
  type Ledger,
  ledgerFile,
  ledgersBelow,
  readLedger,
} from './ledger.ts';
import { type PreparedExperiment, planClaims, prepare } from './prepare.ts';
import { type ClaimRecord, comparisonOf, rowOf, type ScorecardRow } from './row.ts';
import { type SetFromViolation, walkSetFrom } from './set-from.ts';
import type { WithdrawnClaim } from './withdrawn-row.ts';

export interface ScorecardOptions extends Omit<SweepOptions, 'traces' | 'out'> {
  /** Folder of run folders. */
  readonly runs: string;
  /** Whether to run what is missing. */
  readonly run: boolean;
  /** The day, YYYY-MM-DD, for first comparisons. */
  readonly today: string;
  /** All experiments of a folder, where those to judge are some of them. */
  readonly among?: {
    /** Every record of comparisons below it counts. */
    readonly folder: string;
    readonly experiments: readonly LoadedExperiment[];
  };
}

export interface Scorecard {
  readonly rows: readonly ScorecardRow[];
  /**
   * Claims that were compared once and are no longer there: of these papers, and of papers that no
   * experiment names any more.
   */
  readonly withdrawn: readonly WithdrawnClaim[];
  /** Claims that do not count as what they are called: a constant was set from them. */
  readonly setFrom: readonly SetFromViolation[];
  readonly ran: number;
  /** Runs that failed, in words. */
  readonly failed: readonly string[];
  /** Records of first comparisons that could not be written. */
  readonly unrecorded: readonly string[];
}

/** The paper of the project's own sample: shown where it is asked for, or stands alone. */
export const samplePaper = 'sample';

/**
 * The experiments of a paper; if none is named, of all but the sample, or of all where no other
 * has claims.
 * @throws InputError for a paper that no experiment names, with the nearest one
 */
export function experimentsOf(
  loaded: readonly LoadedExperiment[],
  paper: string | undefined,
): readonly LoadedExperiment[] {
  const of = (wanted: (paper: string) => boolean) =>
    loaded.filter(({ experiment }) => wanted(experiment.paper));
  if (paper === undefined) {
    const real = of((name) => name !== samplePaper);
    return real.some(({ experiment }) => experiment.claims?.length) ? real : loaded;
  }
  const found = of((name) => name === paper);
  if (found.length > 0) return found;
  throw unknownName('paper', paper, new Set(loaded.map(({ experiment }) => experiment.paper)));
}

/**
 * Holds the claims of experiments against their runs: plans and checks everything, runs what is
 * missing, evaluates, and records every first comparison beside the experiment. A comparison on
 * record counts wherever it lies: moving an experiment loses none.
 * @param loaded all experiments of each paper: claims on record that none of them has count as
 *   withdrawn
 */
export async function scorecard(
  loaded: readonly LoadedExperiment[],
  { runs, run, today, among, ...sweepOptions }: ScorecardOptions,
): Promise<Scorecard> {
  refuseTwins(loaded);
  const traces = new TraceShelf();
  const prepared: PreparedExperiment[] = [];
  for (const one of loaded) {
    if ((one.experiment.claims ?? []).length > 0) prepared.push(await planClaims(one, traces));
  }
  const records = await readRecords(loaded, among?.folder);
  const setFrom = foreseenClaims(loaded);
  const evidence = await prepare(prepared, { ...sweepOptions, run, out: runs, traces });
  const rows: ScorecardRow[] = [];
  const fresh = new Map<string, Record<string, Comparison>>();
  const seen: Record<string, Comparison> = { ...records };
  for (const one of prepared) {
    const file = ledgerFile(one.file);
    const capacities = evidence.capacities.get(one.experiment);
    for (const evaluation of await evaluateClaims(one, runs, capacities)) {
      const key = claimKey(one.experiment, evaluation.claim.id);
      const { row, comparison } = judged(one, evaluation, { key, seen, setFrom, today });
      rows.push(row);
      if (comparison === null) continue;
      seen[key] = comparison;
      fresh.set(file, { ...fresh.get(file), [key]: comparison });
    }
  }
  const unrecorded = await record(fresh);
  const { ran, failed } = evidence;
  const withdrawn = withdrawnFrom(records, loaded, among?.experiments ?? loaded);
  return { rows, withdrawn, setFrom, ran, failed, unrecorded };
}

function claimKey({ paper }: Experiment, id: string): string {
  return `${paper}/${id}`;
}

function judged(
  { experiment, cells }: PreparedExperiment,
  evaluation: Evaluation,
  given: {
    readonly key: string;
    readonly seen: Ledger;
    readonly setFrom: readonly SetFromViolation[];
    readonly today: string;
  },
): { row: ScorecardRow; comparison: Comparison | null } {
  const { key, seen, today } = given;
  const { claim } = evaluation;
  const definition = definitionOf(experiment, claim, cells);
  const figure = figureOf(experiment, claim, cells);
  const first = seen[key] ?? null;
  const against = given.setFrom.find((one) => one.claim === key);
  const row = rowOf(experiment, evaluation, {
    definition,
    first,
    twin: twinOf({ key, paper: experiment.paper, figure }, seen),
    setFrom: against ? `${against.problem}: ${against.constant}` : null,
  });
  if (first !== null) return { row, comparison: null };
  const at = { definition, figure, today, engineVersion: engineVersion() };
  const comparison = comparisonOf(evaluation, row, at);
  return { row: { ...row, first_comparison: comparison }, comparison };
}

/**
 * A comparison of the same figure under another name in the same paper: any before a claim's first
 * comparison, those of earlier days after it.
 */
function twinOf(
  { key, paper, figure }: { key: string; paper: string; figure: string },
  seen: Ledger,
): ClaimRecord['twin'] {
  const first = seen[key];
  const twin = Object.entries(seen).find(
    ([other, comparison]) =>
      other !== key &&
      other.startsWith(`${paper}/`) &&
      comparison.figure === figure &&
      (first === undefined || comparison.date < first.date),
  );
  return twin ? { claim: twin[0], date: twin[1].date } : null;
}

/** Claims called predicted or identity that a constant behind their own scenarios was set from. */
function foreseenClaims(loaded: readonly LoadedExperiment[]): SetFromViolation[] {
  const foreseeing = new Set(
    loaded.flatMap(({ experiment }) =>
      (experiment.claims ?? [])
        .filter(({ kind }) => kind === 'predicted' || kind === 'identity')
        .map(({ id }) => claimKey(experiment, id)),
    ),
  );
  return walkSetFrom(loaded).filter(
    ({ claim, constant }) => constant !== null && foreseeing.has(claim),
  );
}

/** @throws InputError for a claim id that two files of a paper use */
function refuseTwins(loaded: readonly LoadedExperiment[]): void {
  const owners = new Map<string, string>();
  for (const { experiment, file } of loaded) {
    for (const { id } of experiment.claims ?? []) {
      const key = claimKey(experiment, id);
      const other = owners.get(key);
      if (other !== undefined) {
        const rule = 'an id of its own for each claim of a paper';
        throw new InputError(`two claims ${key}`, { where: `${other}, ${file}`, rule });
      }
      owners.set(key, file);
    }
  }
}

/** All comparisons on record; of one claim on two records, the earlier. */
async function readRecords(
  loaded: readonly LoadedExperiment[],
  folder: string | undefined,
): Promise<Ledger> {
  const beside = loaded.map(({ file }) => resolve(ledgerFile(file)));
  const below = folder === undefined ? [] : await ledgersBelow(resolve(folder));
  const all: Record<string, Comparison> = {};
  for (const file of [...new Set([...beside, ...below])].sort()) {
    for (const [key, comparison] of Object.entries(await readLedger(file))) {
      const other = all[key];
      if (other === undefined || comparison.date < other.date) all[key] = comparison;
    }
  }
  return all;
}

/** Writes first comparisons; returns the files that this user may not write. */
async function record(fresh: ReadonlyMap<string, Ledger>): Promise<string[]> {
  const refused: string[] = [];
  for (const [file, comparisons] of fresh) {
    try {
      await addToLedger(file, comparisons);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
      refused.push(file);
    }
  }
  return refused;
}

function withdrawnFrom(
  records: Ledger,
  loaded: readonly LoadedExperiment[],
  all: readonly LoadedExperiment[],
): WithdrawnClaim[] {
  const papersOf = (list: readonly LoadedExperiment[]) =>
    new Set(list.map(({ experiment }) => experiment.paper));
  const shown = papersOf(loaded);
  const known = papersOf(all);
  const there = new Set(
    [...all, ...loaded].flatMap(({ experiment }) =>
      (experiment.claims ?? []).map(({ id }) => claimKey(experiment, id)),
    ),
  );
  return Object.entries(records).flatMap(([key, first_comparison]) => {
    const slash = key.indexOf('/');
    const paper = key.slice(0, slash);
    if (there.has(key) || (known.has(paper) && !shown.has(paper))) return [];
    return [{ paper, id: key.slice(slash + 1), first_comparison }];
  });
}
