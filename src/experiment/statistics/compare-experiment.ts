import { InputError } from '../../units/input-error.ts';
import { hasLabels } from '../cells.ts';
import type { Experiment, Labels } from '../define.ts';
import { type ExperimentSession, openExperiment } from '../experiment-session.ts';
import { idOf, isReplay, type PlannedReplay, type PlannedRun, type TraceShelf } from '../plan.ts';
import { type ResolvedSlo, resolveSlo } from '../slo.ts';
import {
  type CompareOptions,
  compareRuns,
  type MetricComparison,
  type RunComparison,
} from './compare-runs.ts';
import { pairedOverSeeds } from './paired.ts';
import { bySeeds } from './seeds.ts';

/** One cell (its seeds together) against one of its experiment's baselines. */
export interface CellComparison {
  /** Labels without seeds. */
  readonly labels: Labels;
  readonly cell: string;
  /** `paper` or `strongest`. */
  readonly baseline: string;
  readonly baselineCell: string;
  readonly equalGpus: boolean;
  /** What its policies know that no deployed system does; 'none' if nothing. */
  readonly oracles: string;
  /** Runs that are compared, each with the baseline of its seed. */
  readonly pairs: readonly { readonly run: string; readonly baselineRun: string }[];
  /**
   * Its seeds gave the same figures: intervals are then the workload's, of one seed. False where
   * there is only one.
   */
  readonly seedsAlike: boolean;
  readonly metrics: readonly MetricComparison[];
}

export interface ExperimentComparison {
  readonly experiment: string;
  readonly comparisons: readonly CellComparison[];
  readonly slo: ResolvedSlo | null;
  /** What is wrong with the runs or their traces, in words. */
  readonly notes: readonly string[];
  /** Planned runs that are not in the folder. */
  readonly missing: readonly PlannedRun[];
}

export interface CompareExperimentOptions {
  readonly runsDir: string;
  readonly traces: TraceShelf;
  /** In place of the experiment's own SLOs. */
  readonly slo?: ResolvedSlo | undefined;
  readonly draws?: number | undefined;
  readonly only?: readonly string[] | undefined;
}

interface Pair {
  readonly labels: Labels;
  readonly plan: PlannedReplay;
  readonly baseline: PlannedReplay;
  readonly equalGpus: boolean;
  readonly oracles: string;
}

type Role = keyof NonNullable<Experiment['baselines']>;

/**
 * Every cell of an experiment against its baselines, over the runs that are there. Cells with
 * several seeds are compared seed by seed, with Student's interval over the seeds; one seed alone,
 * and seeds of which nothing depends, request by request, with the workload's interval.
 * @throws InputError for an experiment without baselines
 */
export async function compareExperiment(
  experiment: Experiment,
  plans: readonly PlannedRun[],
  { runsDir, traces, slo: given, draws, only }: CompareExperimentOptions,
): Promise<ExperimentComparison> {
  const where = `experiment ${idOf(experiment)}`;
  if (!experiment.baselines?.paper && !experiment.baselines?.strongest) {
    throw new InputError('no baselines', { where, rule: 'baselines: { paper: { … labels } }' });
  }
  const slo = given ?? (await ownSlo(experiment, plans, { runsDir, traces }));
  const session = await openExperiment(runsDir, experiment, plans);
  try {
    const comparisons: CellComparison[] = [];
    const options = { slo, window: experiment.measure, draws, only };
    for (const [role, pairs] of await pairsByRole(session, experiment, plans)) {
      for (const { labels, members } of bySeeds(pairs)) {
        const against = ({ plan, baseline }: Pair, asked: CompareOptions) =>
          compareRuns(session, { baseline: baseline.run, run: plan.run }, asked);
        const compared: RunComparison[] = [];
        for (const member of members) {
          // Intervals over seeds need no resampling within them.
          const limited = members.length > 1 ? { ...options, draws: 1 } : options;
          compared.push(await against(member, limited));
        }
        const seedsAlike = members.length > 1 && compared.every((one) => alike(one, compared[0]));
        if (seedsAlike) compared[0] = await against(members[0] as Pair, options);
        const asOne = members.length === 1 || seedsAlike;
        const [first] = bySeeds(members.map(({ baseline }) => baseline));
        comparisons.push({
          labels,
          cell: named(labels),
          baseline: role,
          baselineCell: named(first?.labels ?? {}),
          equalGpus: members.every(({ equalGpus }) => equalGpus),
          oracles: members[0]?.oracles ?? 'none',
          pairs: members.map(({ plan, baseline }) => ({
            run: plan.run,
            baselineRun: baseline.run,
          })),
          seedsAlike,
          metrics: asOne ? oneSeed(compared) : overSeeds(members, compared),
        });
      }
    }
    const { notes, missing } = session;
    return { experiment: idOf(experiment), comparisons, slo, notes, missing };
  } finally {
    session.close();
  }
}

/** The experiment's SLOs; null where it has none, or where they follow from runs that are missing. */
async function ownSlo(
  experiment: Experiment,
  plans: readonly PlannedRun[],
  { runsDir, traces }: { runsDir: string; traces: TraceShelf },
): Promise<ResolvedSlo | null> {
  if (experiment.slo === undefined) return null;
  const context = { experiment, plans, out: runsDir, traces, noRun: true };
  const resolution = await resolveSlo(experiment.slo, context);
  return resolution.state === 'resolved' ? resolution.slo : null;
}

async function pairsByRole(
  session: ExperimentSession,
  { baselines = {} }: Experiment,
  all: readonly PlannedRun[],
): Promise<Map<string, Pair[]>> {
  const plans = all.filter(isReplay);
  const rows = await session.objects(
    `SELECT DISTINCT run, baseline, baseline_run, equal_gpus, oracles
     FROM paired JOIN runs USING (run)`,
  );
  const byRole = new Map<string, Pair[]>(Object.keys(baselines).map((role) => [role, []]));
  for (const plan of plans) {
    for (const row of rows.filter(({ run }) => run === plan.run)) {
      const role = row.baseline as Role;
      const twin = { ...plan.labels, ...baselines[role] };
      // Two cells can share a run: the labels decide which of them is meant.
      const baseline = plans.find(
        ({ run, labels }) =>
          run === row.baseline_run && hasLabels(labels, twin) && hasLabels(twin, labels),
      );
      if (baseline === undefined || hasLabels(plan.labels, baselines[role] ?? {})) continue;
      byRole.get(role)?.push({
        labels: plan.labels,
        plan,
        baseline,
        equalGpus: row.equal_gpus === true,
        oracles: String(row.oracles),
      });
    }
  }
  return byRole;
}

function named(labels: Labels): string {
  return Object.entries(labels)
    .map(([axis, label]) => `${axis}=${label}`)
    .join(',');
}

/** Whether two seeds gave the same figures, of the cell and of its baseline. */
function alike(a: RunComparison, b: RunComparison | undefined): boolean {
  return a.metrics.every(({ baseline, value }, m) => {
    const other = b?.metrics[m];
    return other?.baseline === baseline && other.value === value;
  });
}

function oneSeed([only]: readonly RunComparison[]): readonly MetricComparison[] {
  return only?.metrics ?? [];
}

function overSeeds(
  members: readonly Pair[],
  compared: readonly RunComparison[],
): MetricComparison[] {
  const { scenario } = (members[0] as Pair).plan;
  return (compared[0] as RunComparison).metrics.map(({ metric }, m) => {
    const figures = compared.map(({ metrics }) => metrics[m] as MetricComparison);
    if (figures.some(({ baseline, value }) => baseline === null || value === null)) {
      return { metric, baseline: null, value: null, difference: null, ratio: null };
    }
    const seeded = (figure: 'baseline' | 'value') =>
      members.map(({ plan }, i) => ({
        labels: plan.labels,
        value: figures[i]?.[figure] as number,
      }));
    return { metric, ...pairedOverSeeds(seeded('baseline'), seeded('value'), { scenario }) };
  });
}
