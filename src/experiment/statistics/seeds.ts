import type { Scenario } from '../../replay/scenario.ts';
import { InputError } from '../../units/input-error.ts';
import type { Labels, LabelValue } from '../define.ts';
import { defaultLevel, type Estimate, type IntervalSource } from './interval.ts';
import { studentQuantile } from './student-t.ts';

/** Labels that number repetitions, and what each varies. */
const seedLabels: Readonly<Record<string, IntervalSource>> = {
  'seeds.policy': 'policy seed',
  'seeds.lengths': 'prediction noise',
  'seeds.workload': 'workload',
};

/** A metric of one cell. */
export interface SeededValue {
  readonly labels: Labels;
  readonly value: number;
}

/** Cells that differ in their seeds alone. */
export interface SeedGroup<T> {
  /** What they share. */
  readonly labels: Labels;
  readonly members: readonly T[];
}

export function isSeedLabel(name: string): boolean {
  return name === 'seed' || Object.hasOwn(seedLabels, name);
}

/** Labels without those of seeds. */
export function withoutSeeds(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !isSeedLabel(name)));
}

/** The seeds of a cell, as text: cells of one workload and other systems share it. */
export function seedKey(labels: Labels): string {
  const seeds = Object.entries(labels).filter(([name]) => isSeedLabel(name));
  return JSON.stringify(seeds.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Groups cells by all their other labels, in order of first use. */
export function bySeeds<T extends { readonly labels: Labels }>(
  cells: readonly T[],
): SeedGroup<T>[] {
  const groups = new Map<string, { labels: Labels; members: T[] }>();
  for (const cell of cells) {
    const labels = withoutSeeds(cell.labels);
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key) ?? { labels, members: [] };
    group.members.push(cell);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export interface SeedOptions {
  readonly level?: number | undefined;
  /** Any scenario of the cells: what its `seed` reaches; policies alone if left out. */
  readonly scenario?: Scenario | undefined;
}

/**
 * What varied between cells of which only seeds differ; null where none did.
 * @throws InputError where two seeds varied at once: the interval would have no single source
 */
export function seedSource(
  cells: readonly Labels[],
  { scenario }: SeedOptions = {},
): IntervalSource | null {
  const names = [...new Set(cells.flatMap((labels) => Object.keys(labels)))];
  const varied = names.filter((name) => isSeedLabel(name) && valuesOf(cells, name).size > 1);
  if (varied.length > 1) {
    throw new InputError(`${varied.join(' and ')} vary at once`, {
      rule: 'an interval over cells in which one seed varies',
    });
  }
  const [name] = varied;
  if (name === undefined) return null;
  if (name !== 'seed') return seedLabels[name] as IntervalSource;
  return scenario === undefined ? 'policy seed' : reachOf(scenario);
}

/** What a scenario's `seed` varies: members of `seeds` that are set do not follow it. */
function reachOf({ arrivals, seeds }: Scenario): IntervalSource {
  const drawn = arrivals.dequantise || arrivals.rate.by !== 'compress';
  if (!drawn || seeds.workload !== null) return 'policy seed';
  return seeds.policy === null ? 'workload and policy seed' : 'workload';
}

function valuesOf(cells: readonly Labels[], name: string): Set<LabelValue | undefined> {
  return new Set(cells.map((labels) => labels[name]));
}

/**
 * Mean of a metric over seeds with the interval of that mean (Student t over the seeds). One seed
 * alone has no interval, nor have seeds that all give the same value: what they draw does not reach
 * it, so that they are one run.
 */
export function seedEstimate(values: readonly SeededValue[], options: SeedOptions = {}): Estimate {
  const source = seedSource(
    values.map(({ labels }) => labels),
    options,
  );
  const alike = values.every(({ value }) => value === values[0]?.value);
  return meanOverSeeds(
    values.map(({ value }) => value),
    alike ? null : source,
    options.level,
  );
}

/** Mean and Student's interval of independent values. */
export function meanOverSeeds(
  values: readonly number[],
  source: IntervalSource | null,
  level: number = defaultLevel,
): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2 || source === null || !Number.isFinite(mean)) return { value: mean, interval: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = studentQuantile((1 + level) / 2, n - 1) * Math.sqrt(squares / (n - 1) / n);
  return {
    value: mean,
    interval: { low: mean - half, high: mean + half, level, source, draws: n },
  };
}
