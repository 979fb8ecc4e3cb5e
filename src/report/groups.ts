import { canonicalJson } from '../units/canonical.ts';
import { compareBy, labelsOf, varyingFactors } from './factors.ts';
import type { KeyFigures } from './key-figures.ts';
import type { Run } from './runs.ts';
import { dashes, familyHues, type HueName, hueOrder, hues, shapes } from './theme.ts';

/** A run, or the runs of one system at rising rates, as it is drawn. */
export interface Series {
  readonly label: string;
  /** Colour of its marks, and of text about it (light theme). */
  readonly colour: string;
  readonly textColour: string;
  readonly dash: readonly number[];
  readonly shape: string;
  /** One run, or several at rising rates. */
  readonly runs: readonly Run[];
}

/**
 * The runs of one trace, and what they can be asked:
 * `comparison` which system does better · `backlog` the same when all requests wait from the
 * start · `sweep` how much load a system carries.
 */
export interface Group {
  readonly trace: string;
  readonly kind: 'comparison' | 'backlog' | 'sweep';
  readonly runs: readonly Run[];
  readonly labels: ReadonlyMap<string, string>;
  /** Runs in a comparison or backlog, systems in a sweep. */
  readonly series: readonly Series[];
}

/** Series drawn in one chart; the tables hold all. */
export const mostSeries = 6;

/**
 * Groups by trace, in order of each trace's first run.
 * @param labelled names of runs, where they have better ones than what they differ in
 */
export function groupRuns(
  runs: readonly Run[],
  figures: ReadonlyMap<string, KeyFigures>,
  labelled?: ReadonlyMap<string, string>,
): Group[] {
  const byTrace = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.trace} ${traceHash(run)}`;
    byTrace.set(key, [...(byTrace.get(key) ?? []), run]);
  }
  const names = [...byTrace.values()].map(([first]) => first?.trace ?? '');
  return [...byTrace.values()].map((members) => {
    const first = members[0] as Run;
    const isOnly = names.indexOf(first.trace) === names.lastIndexOf(first.trace);
    // Traces of one name whose bytes differ are two traces.
    const trace = isOnly ? first.trace : `${first.trace} ${traceHash(first).slice(0, 8)}`;
    const factors = varyingFactors(members);
    const ordered = [...members].sort((a, b) => compareBy(factors, a, b));
    const systems = bySystem(ordered);
    const isSweep = systems.some((s) => new Set(s.map((run) => run.rateFactor)).size >= 3);
    const isBacklog = ordered.every((run) => {
      const own = figures.get(run.run);
      return own !== undefined && own.requests > 1 && own.arrivalSpanMs === 0;
    });
    const kind = isSweep ? 'sweep' : isBacklog ? 'backlog' : 'comparison';
    const labels = labelled ?? labelsOf(ordered);
    const series = isSweep ? systemSeries(systems) : runSeries(ordered, labels);
    return { trace, kind, runs: ordered, labels, series };
  });
}

/** sha256 of the trace, as the scenario has it; empty where it has none. */
function traceHash({ scenario }: Run): string {
  try {
    const { trace } = JSON.parse(scenario) as { trace?: unknown };
    return typeof trace === 'string' ? trace : '';
  } catch {
    return '';
  }
}

/** One series per run, at most as many as a chart holds. */
export function runSeries(runs: readonly Run[], labels: ReadonlyMap<string, string>): Series[] {
  return styled(runs.map((run) => ({ label: labels.get(run.run) ?? run.label, runs: [run] })));
}

/** Runs whose scenarios differ in the rate alone belong to one system. */
function bySystem(runs: readonly Run[]): Run[][] {
  const systems = new Map<string, Run[]>();
  for (const run of runs) {
    const key = systemKey(run);
    systems.set(key, [...(systems.get(key) ?? []), run]);
  }
  return [...systems.values()].map((s) => s.sort((a, b) => a.rateFactor - b.rateFactor));
}

function systemKey(run: Run): string {
  try {
    const scenario = JSON.parse(run.scenario) as { arrivals?: { rate?: { factor?: unknown } } };
    const { factor: _, ...rate } = scenario.arrivals?.rate ?? {};
    return canonicalJson({ ...scenario, arrivals: { ...scenario.arrivals, rate } });
  } catch {
    return run.scenarioHash;
  }
}

function systemSeries(systems: readonly (readonly Run[])[]): Series[] {
  const labels = labelsOf(systems.map((runs) => runs[0] as Run));
  return styled(
    systems.map((runs) => {
      const first = runs[0] as Run;
      // The rate is on the axis; a lone system has no other label than its scheduler.
      const label = (labels.get(first.run) ?? '').replace(/,? ?rate [\d.]+x/, '');
      return { label: label || first.scheduler, runs };
    }),
  );
}

function styled(sets: readonly Pick<Series, 'label' | 'runs'>[]): Series[] {
  const families = sets.map(({ runs }) => familyHue(runs[0] as Run, sets));
  const used = new Map<HueName, number>();
  const shareHues = new Set(families).size < Math.min(sets.length, mostSeries) && families[0];
  return sets.slice(0, mostSeries).map(({ label, runs }, i) => {
    const hue = families[i] ?? hueOrder.find((name) => !used.has(name)) ?? 'black';
    const place = used.get(hue) ?? 0;
    used.set(hue, place + 1);
    return {
      label,
      colour: hues[hue].mark.light,
      textColour: hues[hue].text.light,
      // Colour is never alone: where each series has its own, so has it its dash.
      dash: dashes[(shareHues ? place : i) % dashes.length] as readonly number[],
      shape: shapes[i % shapes.length] as string,
      runs,
    };
  });
}

/** The hue of the first policy that varies over the series and has one; undefined otherwise. */
function familyHue(run: Run, sets: readonly Pick<Series, 'runs'>[]): HueName | undefined {
  for (const policy of ['scheduler', 'queueOrder', 'placement'] as const) {
    const kinds = new Set(sets.map(({ runs }) => runs[0]?.[policy]));
    if (kinds.size > 1) return familyHues[run[policy]];
  }
  return sets.length === 1 ? familyHues[run.scheduler] : undefined;
}

/** Comparisons first, then sweeps and backlogs; by name within. */
export function compareGroups(a: Group, b: Group): number {
  const kinds = ['comparison', 'sweep', 'backlog'];
  const kind = kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
  return kind !== 0 ? kind : a.trace < b.trace ? -1 : 1;
}
