import { isAnalysis, parseAnalysis } from '../../replay/analysers.ts';
import { parseScenario } from '../../replay/scenario.ts';
import { catalogue } from '../../trace/catalogue.ts';
import { fetchedFolder, shippedFolder, traceNames } from '../../trace/locate.ts';
import { InputError } from '../../units/input-error.ts';
import {
  type Capacity,
  type CapacityOptions,
  findCapacities,
} from '../capacity/find-capacities.ts';
import { cellsOf, type ExpandedCell, hasLabels } from '../cells.ts';
import type { Claim, Experiment } from '../define.ts';
import type { LoadedExperiment } from '../load-experiments.ts';
import { idOf, type PlannedRun, planCell, type TraceShelf } from '../plan.ts';
import { runSweep, type SweepOptions } from '../sweep/run-sweep.ts';
import { withUserPolicies } from '../user-policies.ts';
import { checkSql } from './check-sql.ts';
import { asksForCapacities } from './definition.ts';

/** An experiment with its runs planned, as far as their traces are at hand. */
export interface PreparedExperiment extends LoadedExperiment {
  readonly cells: readonly ExpandedCell[];
  readonly plans: readonly PlannedRun[];
  /** Cells whose trace is in the catalogue but not fetched yet. */
  readonly unfetched: readonly { readonly cell: ExpandedCell; readonly trace: string }[];
}

/**
 * Plans the runs of an experiment. A trace that is to fetch leaves its cells without a run: other
 * papers must not wait for it.
 * @throws InputError for anything wrong with a scenario, a trace or a claim
 */
export async function planClaims(
  { experiment, file }: LoadedExperiment,
  traces: TraceShelf,
): Promise<PreparedExperiment> {
  const cells = cellsOf(experiment);
  for (const claim of experiment.claims ?? []) checkClaim(experiment, claim, cells);
  await checkSql(experiment);
  const plans: PlannedRun[] = [];
  const unfetched: { cell: ExpandedCell; trace: string }[] = [];
  for (const cell of cells) {
    const { trace } = cell.scenario;
    if (typeof trace === 'string' && (await isToFetch(trace))) {
      if (isAnalysis(cell.scenario)) parseAnalysis(cell.scenario);
      else parseScenario(await withUserPolicies(cell.scenario, experiment.folder));
      unfetched.push({ cell, trace });
    } else {
      plans.push(await planCell(experiment, cell, traces));
    }
  }
  return { experiment, file, cells, plans, unfetched };
}

async function isToFetch(trace: string): Promise<boolean> {
  if (!catalogue.some(({ name }) => name === trace)) return false;
  const here = [shippedFolder(), fetchedFolder()].map(traceNames);
  return !(await Promise.all(here)).flat().includes(trace);
}

function checkClaim(experiment: Experiment, claim: Claim, cells: readonly ExpandedCell[]): void {
  const where = claimPlace(experiment, claim);
  const { cells: wanted = {} } = claim;
  if (!cells.some(({ labels }) => hasLabels(labels, wanted))) {
    const rule = `labels as those of ${cells[0]?.name}`;
    throw new InputError(`no cell ${JSON.stringify(wanted)}`, { where, rule });
  }
  if (claim.kind === 'shape' && claim.published !== 1) {
    const rule = '1: what was published holds';
    throw new InputError(`a shape with published ${claim.published}`, { where, rule });
  }
}

/** Where an error about a claim is. */
export function claimPlace(experiment: Experiment, claim: Claim): string {
  return `experiment ${idOf(experiment)}, claim ${claim.id}`;
}

/** What the claims of some experiments are judged by. */
export interface Evidence {
  readonly ran: number;
  /** Runs that failed, in words. */
  readonly failed: readonly string[];
  /** Capacities of the experiments whose claims ask for them. */
  readonly capacities: ReadonlyMap<Experiment, readonly Capacity[]>;
}

export interface PrepareOptions extends SweepOptions {
  /** Whether to run what is missing. */
  readonly run: boolean;
}

/**
 * Runs what the claims of these experiments read and the folder lacks, in one sweep; then the
 * scans of the capacities that they ask for.
 */
export async function prepare(
  experiments: readonly PreparedExperiment[],
  { run, ...options }: PrepareOptions,
): Promise<Evidence> {
  const plans = experiments.flatMap(({ experiment, plans }) =>
    plans.filter(({ labels }) =>
      (experiment.claims ?? []).some(({ cells = {} }) => hasLabels(labels, cells)),
    ),
  );
  const sweep = run ? await runSweep(plans, options) : { ran: 0, failed: [] };
  const failed = sweep.failed.map(
    ({ plan, message }) => `${plan.experiment} ${plan.cell}: ${message}`,
  );
  let { ran } = sweep;
  const capacities = new Map<Experiment, readonly Capacity[]>();
  for (const one of experiments) {
    const { experiment } = one;
    if (!(experiment.claims ?? []).some((claim) => asksForCapacities(experiment, claim))) continue;
    const onRun: SweepOptions['onRun'] = (event) => {
      if (event.summary !== null) ran++;
      options.onRun?.(event);
    };
    try {
      capacities.set(experiment, await capacitiesOf(one, { ...options, onRun, noRun: !run }));
    } catch (error) {
      if (error instanceof InputError || options.signal?.aborted) throw error;
      failed.push(`${idOf(experiment)} ${error instanceof Error ? error.message : error}`);
      capacities.set(experiment, await capacitiesOf(one, { ...options, noRun: true }));
    }
  }
  return { ran, failed, capacities };
}

/** The capacities of an experiment but those that need a trace which is to fetch. */
function capacitiesOf(
  { experiment, plans, unfetched }: PreparedExperiment,
  options: CapacityOptions,
): Promise<Capacity[]> {
  const specs = (experiment.capacities ?? []).filter(
    ({ cells = {} }) => !unfetched.some(({ cell }) => hasLabels(cell.labels, cells)),
  );
  return findCapacities({ ...experiment, capacities: specs }, plans, options);
}
