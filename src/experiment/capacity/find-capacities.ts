import { InputError } from '../../units/input-error.ts';
import type { CapacitySpec, Experiment, Labels } from '../define.ts';
import {
  isPresent,
  type PlannedReplay,
  type PlannedRun,
  planReplay,
  type TraceShelf,
} from '../plan.ts';
import { type ResolvedSlo, resolveSlo, sloText } from '../slo.ts';
import type { Interval } from '../statistics/interval.ts';
import { seedSource } from '../statistics/seeds.ts';
import { type RunEvent, runSweep } from '../sweep/run-sweep.ts';
import { attainmentLimit } from './attainment-limit.ts';
import { checkCapacity, defaultConfidence, placedIn } from './capacity-spec.ts';
import { offeredRate } from './offered-rate.ts';
import { type CapacityFactors, capacityFactors, nextRate } from './scan.ts';
import { cellAt, scannedCells } from './scanned-cells.ts';
import { equalHits, type RunHits, readHits } from './session-hits.ts';

/** One rate of a scan, over all seeds of its cell. */
export interface CapacityPoint {
  readonly factor: number;
  /** Requests per second of the replayed trace at this factor. */
  readonly ratePerS: number;
  readonly by: 'grid' | 'bisection';
  readonly attainment: number;
  readonly interval: Interval;
  /** One-sided lower confidence limit of attainment: what the target is held against. */
  readonly lowerLimit: number;
  readonly passes: boolean;
  readonly arrivals: number;
  readonly runs: readonly string[];
  /** All its seeds gave the same replay: the interval is that of one. False for one seed. */
  readonly seedsAlike: boolean;
}

/** What the system of one cell carries under one set of SLOs. */
export interface Capacity {
  /** Name of the capacity in its experiment. */
  readonly name: string;
  /** Labels of the cell without its seeds, and the same in words. */
  readonly labels: Labels;
  readonly cell: string;
  /** In words; null while the system that it is a multiple of has not been run. */
  readonly slo: string | null;
  readonly target: number;
  readonly confidence: number;
  readonly gpus: number;
  readonly seeds: number;
  /** At every rate its seeds gave the same replay, so that they count as one. */
  readonly seedsAlike: boolean;
  /** Requests per second of the trace at factor 1. */
  readonly basePerS: number;
  /** By rate. */
  readonly points: readonly CapacityPoint[];
  /** Null while runs of the grid are missing. */
  readonly factors: CapacityFactors | null;
  /** Runs that are not there, where nothing was to be run. */
  readonly missing: readonly PlannedRun[];
}

export interface CapacityOptions {
  /** Folder of run folders. */
  readonly out: string;
  readonly traces: TraceShelf;
  readonly workers?: number | undefined;
  /** Reports missing runs instead of running them. */
  readonly noRun?: boolean | undefined;
  readonly onRun?: ((event: RunEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A cell under way: its seeds' plans, and the points so far. */
interface Search {
  readonly spec: CapacitySpec;
  /** Null where the runs that decide it are missing. */
  readonly slo: ResolvedSlo | null;
  readonly labels: Labels;
  readonly seeds: readonly PlannedReplay[];
  readonly basePerS: number;
  readonly points: CapacityPoint[];
  readonly missing: PlannedRun[];
}

/**
 * The capacities of an experiment, one per specification and cell (cells that differ in their
 * seeds alone are one). First all rates of all grids in one sweep, then one halving of every last
 * crossing in each further sweep; runs that are there are skipped.
 * @param plans the experiment's runs (planExperiment): their rate factor gives way to the scan's
 */
export async function findCapacities(
  experiment: Experiment,
  plans: readonly PlannedRun[],
  options: CapacityOptions,
): Promise<Capacity[]> {
  const searches: Search[] = [];
  for (const spec of experiment.capacities ?? []) {
    try {
      searches.push(...(await searchesOf(spec, experiment, plans, options)));
    } catch (error) {
      throw placedIn(spec, error);
    }
  }
  await tryRates(searches, 'grid', ({ spec }) => spec.rates, experiment, options);
  const halvings = Math.max(0, ...searches.map(({ spec }) => spec.bisections ?? 0));
  for (let halving = 1; halving <= halvings; halving++) {
    const open = searches.filter(
      ({ spec, missing }) => (spec.bisections ?? 0) >= halving && missing.length === 0,
    );
    const middle = ({ points, spec }: Search) => nextRate(points, spec.attainment) ?? [];
    await tryRates(open, 'bisection', (search) => [middle(search)].flat(), experiment, options);
  }
  return searches.map(capacityOf);
}

async function searchesOf(
  spec: CapacitySpec,
  experiment: Experiment,
  plans: readonly PlannedRun[],
  { out, traces, workers, noRun }: CapacityOptions,
): Promise<Search[]> {
  checkCapacity(spec);
  const cells = scannedCells(spec, plans);
  const context = { experiment, plans, out, traces, workers, noRun };
  const resolution = await resolveSlo(spec.slo, context);
  const searches: Search[] = [];
  for (const { labels, members } of cells) {
    const first = members[0] as PlannedReplay;
    const { trace } = await traces.get(first.trace);
    searches.push({
      spec,
      labels,
      seeds: members,
      basePerS: offeredRate(trace, first.scenario),
      points: [],
      ...(resolution.state === 'resolved'
        ? { slo: resolution.slo, missing: [] }
        : { slo: null, missing: [...resolution.missing] }),
    });
  }
  return searches;
}

/** One rate of a search under way. */
interface Trial {
  readonly factor: number;
  /** One per seed. */
  readonly plans: readonly PlannedRun[];
}

/** Runs the given rates of each search and adds their points, or what is missing for them. */
async function tryRates(
  searches: readonly Search[],
  by: CapacityPoint['by'],
  ratesOf: (search: Search) => readonly number[],
  experiment: Experiment,
  options: CapacityOptions,
): Promise<void> {
  const { out, traces, workers, noRun = false, onRun, signal } = options;
  const tried: { search: Search; trials: Trial[] }[] = [];
  for (const search of searches) {
    const trials: Trial[] = [];
    for (const factor of ratesOf(search)) {
      const plans: PlannedRun[] = [];
      for (const plan of search.seeds) {
        plans.push(await planReplay(keepingRequests(experiment), cellAt(plan, factor), traces));
      }
      trials.push({ factor, plans });
    }
    tried.push({ search, trials });
  }
  const all = tried.flatMap(({ trials }) => trials.flatMap(({ plans }) => plans));
  if (!noRun && all.length > 0) {
    const { failed } = await runSweep(all, { out, traces, workers, onRun, signal });
    if (failed[0]) throw new Error(`${failed[0].plan.cell}: ${failed[0].message}`);
  }
  for (const { search, trials } of tried) {
    const absent = trials.flatMap(({ plans }) => plans).filter((plan) => !isPresent(out, plan));
    search.missing.push(...absent);
    const done = trials.filter(({ plans }) => plans.every((plan) => isPresent(out, plan)));
    if (search.slo === null || done.length === 0) continue;
    const plans = done.flatMap((trial) => trial.plans);
    const window = experiment.measure ?? {};
    const hits = await readHits(plans, search.slo, { out, traces, window });
    for (const trial of done) search.points.push(pointOf(search, trial, by, hits));
  }
}

function keepingRequests(experiment: Experiment): Experiment {
  return { ...experiment, tables: ['requests'] };
}

function pointOf(
  { spec, seeds, basePerS }: Search,
  { factor, plans }: Trial,
  by: CapacityPoint['by'],
  hits: ReadonlyMap<string, readonly RunHits[]>,
): CapacityPoint {
  const bySeed = plans.map(({ run }) => hits.get(run) ?? []);
  const rows = bySeed.flatMap((own, seed) => own.map((one) => ({ ...one, seed })));
  if (rows.length === 0) {
    const where = `capacity ${spec.name}, rate factor ${factor}`;
    throw new InputError('no arrivals', { where, rule: 'requests in the measured window' });
  }
  const labels = seeds.map((plan) => plan.labels);
  const varied = seedSource(labels, { scenario: (seeds[0] as PlannedReplay).scenario });
  const seedsAlike =
    bySeed.length > 1 && bySeed.every((own) => equalHits(own, bySeed[0] as readonly RunHits[]));
  const limit = seedsAlike
    ? attainmentLimit(
        rows.filter(({ seed }) => seed === 0),
        { confidence: spec.confidence },
      )
    : attainmentLimit(rows, { confidence: spec.confidence, seedSource: varied });
  return {
    factor,
    ratePerS: factor * basePerS,
    by,
    ...limit,
    passes: limit.lowerLimit >= spec.attainment,
    arrivals: rows.reduce((sum, row) => sum + row.arrivals, 0),
    runs: plans.map(({ run }) => run),
    seedsAlike,
  };
}

function capacityOf({ spec, slo, labels, seeds, basePerS, points, missing }: Search): Capacity {
  const { groups } = (seeds[0] as PlannedReplay).scenario;
  const of = (by: CapacityPoint['by']) => points.filter((point) => point.by === by);
  const complete = of('grid').length === spec.rates.length;
  return {
    name: spec.name,
    labels,
    cell: Object.entries(labels)
      .map(([axis, label]) => `${axis}=${label}`)
      .join(','),
    slo: slo && sloText(slo),
    target: spec.attainment,
    confidence: spec.confidence ?? defaultConfidence,
    gpus: groups.reduce((sum, group) => sum + group.count * group.tp, 0),
    seeds: seeds.length,
    seedsAlike: points.length > 0 && points.every((point) => point.seedsAlike),
    basePerS,
    points: [...points].sort((a, b) => a.factor - b.factor),
    factors: complete ? capacityFactors(of('grid'), of('bisection'), spec.attainment) : null,
    missing,
  };
}
