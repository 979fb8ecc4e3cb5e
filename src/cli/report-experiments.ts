import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LoadedExperiment } from '../experiment/load-experiments.ts';
import type { Claims } from '../report/site/scorecard-page.ts';
import type { GivenExperiment } from '../report/site/write-site.ts';
import { InputError } from '../units/input-error.ts';

/** What a report shows beside runs of no experiment. */
export interface ChosenExperiments {
  readonly experiments: readonly GivenExperiment[];
  /** Their claims, held against the runs that are there; left out without experiments. */
  readonly scorecard?: Claims;
  /** What is left out, and why. */
  readonly notes: readonly string[];
}

const ownFolder = 'experiments';

/**
 * The experiments that are named, and nothing else; else those of the working folder's
 * `experiments` that have runs, with all claims of their papers.
 * @throws InputError for what is wrong with experiments that are named
 */
export function chosenExperiments(
  runs: string,
  named: readonly string[] | undefined,
): Promise<ChosenExperiments> {
  return named === undefined ? ownExperiments(runs) : namedExperiments(runs, named);
}

async function namedExperiments(
  runs: string,
  paths: readonly string[],
): Promise<ChosenExperiments> {
  const { loadExperiments } = await import('../experiment/load-experiments.ts');
  const { scorecard } = await import('../experiment/claims/scorecard.ts');
  const experiments = await loadExperiments(paths);
  const { siblings, notes } = await siblingsOf(experiments);
  const card = await scorecard(experiments, { runs, run: false, today: today() });
  const papers = new Set(experiments.map(({ experiment }) => experiment.paper));
  const others = siblings.filter(({ experiment }) => experiment.claims?.length);
  const elsewhere = new Set(
    others.flatMap(({ experiment: { paper, claims = [] } }) =>
      claims.map(({ id }) => `${paper}/${id}`),
    ),
  );
  // Whether a claim on record is gone shows only where all that it may be part of can be read.
  const withdrawn =
    notes.length > 0
      ? []
      : card.withdrawn.filter(
          ({ paper, id }) => papers.has(paper) && !elsewhere.has(`${paper}/${id}`),
        );
  const beside = others.filter(({ experiment }) => papers.has(experiment.paper));
  return {
    experiments,
    scorecard: { ...card, withdrawn },
    notes: [
      ...notes,
      ...beside.map(({ file }) => `not named, so its claims are not shown: ${basename(file)}`),
      ...unrecordedNotes(card.unrecorded),
    ],
  };
}

/**
 * Experiments that share a record of comparisons with the named ones: files of their folders. One
 * that does not load is noted.
 */
async function siblingsOf(named: readonly LoadedExperiment[]): Promise<{
  siblings: LoadedExperiment[];
  notes: string[];
}> {
  const { loadExperiments } = await import('../experiment/load-experiments.ts');
  const taken = new Set(named.map(({ file }) => file));
  const siblings: LoadedExperiment[] = [];
  const notes: string[] = [];
  for (const folder of new Set([...taken].map((file) => dirname(file)))) {
    const files = (await readdir(folder))
      .filter((name) => /\.experiment\.(ts|mts|js|mjs|json)$/.test(name))
      .map((name) => join(folder, name))
      .filter((file) => !taken.has(file));
    for (const file of files.sort()) {
      try {
        siblings.push(...(await loadExperiments([file])));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        notes.push(`withdrawn claims are not shown, a file beside does not load: ${error.message}`);
      }
    }
  }
  return { siblings, notes };
}

/** The working folder's experiments that have runs; what is wrong with them is noted, not fatal. */
async function ownExperiments(runs: string): Promise<ChosenExperiments> {
  if (!existsSync(ownFolder)) return { experiments: [], notes: [] };
  const { loadExperiments } = await import('../experiment/load-experiments.ts');
  const { experimentsOf, scorecard } = await import('../experiment/claims/scorecard.ts');
  let all: LoadedExperiment[];
  let experiments: (LoadedExperiment & GivenExperiment)[];
  try {
    all = await loadExperiments([ownFolder]);
    experiments = await withRuns(experimentsOf(all, undefined), runs);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { experiments: [], notes: [`experiments are left out: ${error.message}`] };
  }
  if (experiments.length === 0) return { experiments, notes: [] };
  const papers = new Set(experiments.map(({ experiment }) => experiment.paper));
  const card = await scorecard(
    all.filter(({ experiment }) => papers.has(experiment.paper)),
    { runs, run: false, today: today(), among: { folder: ownFolder, experiments: all } },
  );
  return { experiments, scorecard: card, notes: unrecordedNotes(card.unrecorded) };
}

/** Experiments of which some run is there. */
async function withRuns(loaded: readonly LoadedExperiment[], runs: string) {
  const { planClaims } = await import('../experiment/claims/prepare.ts');
  const { isPresent, TraceShelf } = await import('../experiment/plan.ts');
  const traces = new TraceShelf();
  const found: (LoadedExperiment & GivenExperiment)[] = [];
  for (const one of loaded) {
    const { plans } = await planClaims(one, traces);
    if (plans.some((plan) => isPresent(runs, plan))) found.push({ ...one, plans });
  }
  return found;
}

function unrecordedNotes(files: readonly string[]): string[] {
  return files.map((file) => `not recorded, no permission to write: ${file}`);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
