import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import type { Experiment } from '../define.ts';
import { engineVersion } from '../engine-version.ts';
import type { LoadedExperiment } from '../load-experiments.ts';
import { TraceShelf } from '../plan.ts';
import type { SweepOptions } from '../sweep/run-sweep.ts';
import { definitionOf } from './definition.ts';
import { type Evaluation, evaluateClaims } from './evaluate.ts';
import type { Withdrawn } from './headline.ts';
import { addToLedger, type Comparison, type Ledger, ledgerFile, readLedger } from './ledger.ts';
import { type PreparedExperiment, planClaims, prepare } from './prepare.ts';
import { comparisonOf, rowOf, type ScorecardRow } from './row.ts';

export interface ScorecardOptions extends Omit<SweepOptions, 'traces' | 'out'> {
  /** Folder of run folders. */
  readonly runs: string;
  /** Whether to run what is missing. */
  readonly run: boolean;
  /** The day, YYYY-MM-DD, for first comparisons. */
  readonly today: string;
}

export interface Scorecard {
  readonly rows: readonly ScorecardRow[];
  /** Claims of these papers that were compared once and are no longer there. */
  readonly withdrawn: readonly Withdrawn[];
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
 * missing, evaluates, and records every first comparison beside the experiment.
 * @param loaded all experiments of each paper: claims on record that none of them has count as
 *   withdrawn
 */
export async function scorecard(
  loaded: readonly LoadedExperiment[],
  { runs, run, today, ...sweepOptions }: ScorecardOptions,
): Promise<Scorecard> {
  refuseTwins(loaded);
  const traces = new TraceShelf();
  const prepared: PreparedExperiment[] = [];
  for (const one of loaded) {
    if ((one.experiment.claims ?? []).length > 0) prepared.push(await planClaims(one, traces));
  }
  const ledgers = await readLedgers(loaded);
  const evidence = await prepare(prepared, { ...sweepOptions, run, out: runs, traces });
  const rows: ScorecardRow[] = [];
  const fresh = new Map<string, Record<string, Comparison>>();
  for (const one of prepared) {
    const file = ledgerFile(one.file);
    const capacities = evidence.capacities.get(one.experiment);
    for (const evaluation of await evaluateClaims(one, runs, capacities)) {
      const key = claimKey(one.experiment, evaluation.claim.id);
      const first = ledgers.get(file)?.[key] ?? null;
      const { row, comparison } = judged(one, evaluation, { first, today });
      rows.push(row);
      if (comparison !== null) fresh.set(file, { ...fresh.get(file), [key]: comparison });
    }
  }
  const unrecorded = await record(fresh);
  const { ran, failed } = evidence;
  return { rows, withdrawn: withdrawnFrom(ledgers, loaded), ran, failed, unrecorded };
}

function claimKey({ paper }: Experiment, id: string): string {
  return `${paper}/${id}`;
}

function judged(
  { experiment, cells }: PreparedExperiment,
  evaluation: Evaluation,
  { first, today }: { first: Comparison | null; today: string },
): { row: ScorecardRow; comparison: Comparison | null } {
  const definition = definitionOf(experiment, evaluation.claim, cells);
  const row = rowOf(experiment, evaluation, { definition, first });
  if (first !== null) return { row, comparison: null };
  const at = { definition, today, engineVersion: engineVersion() };
  const comparison = comparisonOf(evaluation, row, at);
  return { row: { ...row, first_comparison: comparison }, comparison };
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

async function readLedgers(
  loaded: readonly LoadedExperiment[],
): Promise<ReadonlyMap<string, Ledger>> {
  const files = new Set(loaded.map(({ file }) => ledgerFile(file)));
  const ledgers = new Map<string, Ledger>();
  for (const file of files) ledgers.set(file, await readLedger(file));
  return ledgers;
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
  ledgers: ReadonlyMap<string, Ledger>,
  loaded: readonly LoadedExperiment[],
): Withdrawn[] {
  const papers = new Set(loaded.map(({ experiment }) => experiment.paper));
  const there = new Set(
    loaded.flatMap(({ experiment }) =>
      (experiment.claims ?? []).map(({ id }) => claimKey(experiment, id)),
    ),
  );
  return [...ledgers.values()].flatMap((ledger) =>
    Object.entries(ledger).flatMap(([key, first_comparison]) => {
      const slash = key.indexOf('/');
      const paper = key.slice(0, slash);
      if (there.has(key) || !papers.has(paper)) return [];
      return [{ paper, id: key.slice(slash + 1), first_comparison }];
    }),
  );
}
