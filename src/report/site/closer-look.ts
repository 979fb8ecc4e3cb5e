import type { Chart } from '../chart.ts';
import { groupRuns, mostSeries } from '../groups.ts';
import { loadKeyFigures, type Slo } from '../key-figures.ts';
import { ofRuns, type Run } from '../runs.ts';
import { headlineOf } from '../sections/headline.ts';
import { qualitySection } from '../sections/quality-section.ts';
import type { Section } from '../sections/section.ts';
import type { Study } from '../sections/study.ts';
import { furtherCharts, leadChart } from '../sections/trace-charts.ts';
import { axesOf, type OpenedExperiment, pageSlo, systemOf } from './opened.ts';

/** Runs up to which every one is looked at: beyond, pictures of single runs tell little. */
export const mostRuns = 24;

/** The charts that every comparison gets, whatever the experiment draws itself. */
export interface CloserLook {
  readonly answer: string;
  readonly lead: Chart;
  readonly charts: readonly Chart[];
  readonly note: string | null;
  readonly quality: Section;
}

/**
 * Distributions, load over time, stages and gaps of an experiment's runs, of one seed; null where
 * the runs kept no requests, or are too many or too few for pictures of single runs.
 */
export async function closerLook(
  opened: OpenedExperiment,
  { slo: fallback, scenarios }: { slo: Slo; scenarios: string | undefined },
): Promise<CloserLook | null> {
  const { session, plans } = opened;
  const runs = runsToShow(opened);
  if (runs.length === 0 || runs.length > mostRuns) return null;
  const slo = pageSlo(opened, fallback);
  const figures = await loadKeyFigures(session, ofRuns(runs), slo);
  const axes = axesOf(opened);
  const names = new Map(
    runs.map(({ run }) => [run, systemOf(plans.find((p) => p.run === run)?.labels ?? {}, axes)]),
  );
  const groups = groupRuns(runs, figures, names);
  const study: Study = { session, groups, figures, slo };
  const charts: Chart[] = [];
  for (const group of groups) {
    const lead = await leadChart(study, group);
    const own = [lead, ...(await furtherCharts(study, group, lead))];
    charts.push(
      ...own.map((chart) => ({ ...chart, ...(scenarios === undefined ? {} : { scenarios }) })),
    );
  }
  const [lead, ...rest] = charts;
  const [first] = groups;
  if (lead === undefined || first === undefined) return null;
  const seeds = opened.order.get('seed');
  const notes = [
    ...(seeds !== undefined && seeds.length > 1 ? [`Runs of seed ${seeds[0]} alone.`] : []),
    ...(groups.some((group) => group.kind !== 'sweep' && group.runs.length > mostSeries)
      ? [`Charts draw the first ${mostSeries} runs of a trace; the table of cells holds all.`]
      : []),
  ];
  return {
    answer: headlineOf(study, first).answer,
    lead,
    charts: rest,
    note: notes.length > 0 ? notes.join(' ') : null,
    quality: await qualitySection(study, 0),
  };
}

/** The runs that kept their requests, steps and gaps, of the first seed. */
function runsToShow({ runs, plans, order }: OpenedExperiment): Run[] {
  const [seed] = order.get('seed') ?? [];
  const wanted = plans.filter(
    ({ labels, tables }) =>
      (seed === undefined || labels.seed === seed) &&
      (['requests', 'steps', 'gaps'] as const).every((table) => tables.includes(table)),
  );
  return runs.filter(({ run }) => wanted.some((plan) => plan.run === run));
}
