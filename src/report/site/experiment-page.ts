import type { ScorecardRow } from '../../experiment/claims/row.ts';
import { InputError } from '../../units/input-error.ts';
import type { Chart } from '../chart.ts';
import { specChart } from '../charts/spec-chart.ts';
import type { Slo } from '../key-figures.ts';
import { sqlBlock } from '../page/figure.ts';
import { csvOf, escapeHtml, htmlTable, slug, typeset } from '../page/html.ts';
import type { Sidecar } from '../runs.ts';
import { versionsOf } from '../sections/opening.ts';
import { type Block, counted, listed, type Section } from '../sections/section.ts';
import { provenanceOf, systemText, traceText } from '../sections/study.ts';
import { analysesText, analysisSection, presentAnalyses } from './analysis-section.ts';
import { capacitySection } from './capacity-section.ts';
import { claimAnchor, errorText, figureText, verdictWords } from './claim-text.ts';
import { claimsTable } from './claims-table.ts';
import { type CloserLook, closerLook } from './closer-look.ts';
import { type GridPart, gainTable, gridTable, mostCells } from './grid.ts';
import { axesOf, type OpenedExperiment, shownFile } from './opened.ts';
import type { Entry } from './overview-page.ts';
import { scorecardPath } from './scorecard-page.ts';
import { addData, hrefFrom, type SitePage } from './shell.ts';
import type { SiteFiles } from './site-files.ts';
import { tracesPath } from './traces-page.ts';

export interface ExperimentParts {
  readonly files: SiteFiles;
  readonly claims: readonly ScorecardRow[];
  readonly sidecars: readonly Sidecar[];
  /** Of experiments that set no limits. */
  readonly slo: Slo;
}

/** The page of one experiment, and what the overview says of it. */
export async function experimentPage(
  opened: OpenedExperiment,
  parts: ExperimentParts,
): Promise<{ readonly page: SitePage; readonly entry: Entry }> {
  const { experiment, path, runs } = opened;
  const { files, claims } = parts;
  const scenarios =
    runs.length === 0 ? undefined : addData(files, path, 'scenarios.json', scenariosJson(opened));
  const charts = await ownCharts(opened, scenarios);
  const look = await closerLook(opened, { slo: parts.slo, scenarios });
  const lead = charts[0] ?? look?.lead ?? null;
  const answer = charts[0] ? `${charts[0].title}.` : (claimAnswer(claims) ?? look?.answer ?? null);
  const state = missingText(opened);
  const sections = [
    ...chartSection(charts.slice(1)),
    ...(await capacitySection(opened, scenarios)),
    ...(await cellsSection(opened, files)),
    ...(await analysisSection(opened, files)),
    ...claimsSection(claims, path),
    ...lookSection(look, lead),
    ...notesSection(opened),
  ];
  const warning =
    state === null ? '' : `<p class="warn">${escapeHtml(state)}${runHint(opened)}</p>`;
  const page: SitePage = {
    path,
    title: experiment.name,
    above: experiment.paper,
    opening: [
      {
        html: `<p class="question">${typeset(experiment.question)}</p>${answer === null ? '' : `<p class="answer">${typeset(answer)}</p>`}${warning}`,
      },
      ...(lead === null
        ? []
        : [{ chart: { ...lead, echo: answer?.startsWith(lead.title) ?? false } }]),
      { html: howObtained(opened, parts, scenarios) },
    ],
    sections,
  };
  const { name: title, question } = experiment;
  return { page, entry: { path, title, question, answer, lead, state } };
}

/** The charts that the experiment defines and its runs have rows for. */
async function ownCharts(
  opened: OpenedExperiment,
  scenarios: string | undefined,
): Promise<Chart[]> {
  const { experiment, session, runs, order, id } = opened;
  const charts: Chart[] = [];
  const seeds = order.get('seed')?.length ?? 1;
  const unsaid = seeds === 1 ? 'single run, no interval' : `${seeds} seeds, no interval`;
  for (const spec of experiment.charts ?? []) {
    try {
      const interval = spec.interval ?? unsaid;
      const chart = await specChart(session, spec, {
        id: slug(spec.id),
        provenance: runs.length === 0 ? [analysesText(opened)] : provenanceOf(runs, interval),
        order,
        ...(scenarios === undefined ? {} : { scenarios }),
      });
      if (chart !== null) charts.push(chart);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw error.within(`experiment ${id}, charts.${spec.id}`);
    }
  }
  return charts;
}

/** The first claim that was compared, which is its author's first: what the experiment can say. */
function claimAnswer(claims: readonly ScorecardRow[]): string | null {
  const first = claims.find((row) => row.replayed !== null && row.verdict !== 'not-comparable');
  if (first === undefined) return null;
  const figures =
    first.kind === 'shape'
      ? figureText(first.replayed, first)
      : `published ${figureText(first.published, first)}, replayed ${figureText(first.replayed, first)} (${errorText(first.relative_error)})`;
  return `${first.says.replace(/\.$/, '')}: ${figures}, ${verdictWords[first.verdict]}.`;
}

function missingText({ session, plans }: OpenedExperiment): string | null {
  const all = new Set(plans.map(({ run }) => run)).size;
  const missing = new Set(session.missing.map(({ run }) => run)).size;
  if (missing === 0) return null;
  if (missing === all) return `None of its ${counted(all, 'run')} has been made yet.`;
  return `${missing} of ${counted(all, 'run')} ${missing === 1 ? 'is' : 'are'} missing: what is shown rests on the others.`;
}

function runHint({ file }: OpenedExperiment): string {
  const path = shownFile(file);
  return path === null ? '' : ` <code>reprise run ${escapeHtml(path)}</code>`;
}

function chartSection(charts: readonly Chart[]): Section[] {
  if (charts.length === 0) return [];
  return [{ id: 'charts', title: 'Charts', blocks: charts.map((chart) => ({ chart })) }];
}

async function cellsSection(opened: OpenedExperiment, files: SiteFiles): Promise<Section[]> {
  if (opened.runs.length === 0) return [];
  const parts: Block[] = [];
  const add = (name: string, { html, sql, rows }: GridPart) => {
    const href = addData(files, opened.path, `${name}.csv`, csvOf(rows));
    const link = `<a href="${href}" download>${name} (CSV)</a>`;
    parts.push({ html: `${html}<div class="tablelinks">${link}${sqlBlock({ sql })}</div>` });
  };
  add('cells', await gridTable(opened));
  const gains = await gainTable(opened);
  if (gains !== null) add('gains', gains);
  return [{ id: 'cells', title: 'Cells', blocks: parts }];
}

function claimsSection(claims: readonly ScorecardRow[], path: string): Section[] {
  if (claims.length === 0) return [];
  const html = claimsTable(claims, {
    caption: 'Claims of this experiment; a click on a name leads to the scorecard',
    papers: false,
    href: (row) => `${hrefFrom(path, scorecardPath)}#${claimAnchor(row)}`,
  });
  return [{ id: 'claims', title: 'Claims', blocks: [{ html }] }];
}

function lookSection(look: CloserLook | null, lead: Chart | null): Section[] {
  if (look === null) return [];
  const charts = [look.lead, ...look.charts].filter((chart) => chart !== lead);
  const blocks: Block[] = [
    ...(look.note === null ? [] : [{ html: `<p class="note">${escapeHtml(look.note)}</p>` }]),
    ...charts.map((chart) => ({ chart })),
  ];
  return [{ id: 'closer', title: 'A closer look', blocks }, look.quality];
}

function notesSection({ experiment }: OpenedExperiment): Section[] {
  const blocks: Block[] = [];
  if (experiment.notes) {
    blocks.push({ html: `<p class="notes">${typeset(experiment.notes.trim())}</p>` });
  }
  const constants = experiment.constants ?? [];
  if (constants.length > 0) {
    const table = htmlTable(
      'Constants of the paper that this experiment uses',
      [
        { title: 'constant' },
        { title: 'value', numeric: true },
        { title: 'unit' },
        { title: 'source' },
        { title: 'set from the claims' },
      ],
      constants.map(({ name, value, unit, source, setFrom = [] }) => [
        name,
        String(value),
        unit,
        source,
        listed(setFrom) || 'none',
      ]),
    );
    blocks.push({ html: table });
  }
  return blocks.length > 0 ? [{ id: 'notes', title: 'Notes', blocks }] : [];
}

/** One quiet line that unfolds: trace, system, seeds, versions, scenario hashes. */
function howObtained(
  opened: OpenedExperiment,
  { sidecars }: ExperimentParts,
  scenarios: string | undefined,
): string {
  const { runs, order, file, path, plans } = opened;
  const traces = [...new Map(runs.map((run) => [run.trace, run])).values()];
  const seeds = order.get('seed')?.length ?? 1;
  const analyses = presentAnalyses(opened);
  const analysed = analyses.length === 0 ? [] : [analysesText(opened)];
  const keys = new Set([...runs, ...analyses].map(({ run }) => run));
  const versions = versionsOf(sidecars, runs);
  const summary = [
    `How this was obtained: ${listed([...traces.map(traceText), ...analysed]) || 'no run yet'}`,
    ...(runs.length > 0 ? [systemText(runs)] : []),
    counted(runs.length + analyses.length, 'run'),
    seeds === 1 ? 'one seed each' : `${seeds} seeds`,
  ].join(', ');
  const links = [
    ...traces.map(
      ({ trace }) =>
        `<a href="${hrefFrom(path, tracesPath)}#${slug(trace)}">${escapeHtml(trace)}</a>`,
    ),
    ...(scenarios === undefined ? [] : [`<a href="${scenarios}">scenarios (JSON)</a>`]),
  ];
  const shown = shownFile(file);
  const lines = [
    ...(shown === null ? [] : [`<p>Defined in <code>${escapeHtml(shown)}</code>.</p>`]),
    ...(versions.length > 0 ? [`<p>Made by ${escapeHtml(versions.join('; '))}.</p>`] : []),
    `<p>${links.join(' · ')}</p>`,
  ];
  const cells = plans.filter(({ run }) => keys.has(run)).slice(0, mostCells);
  const axes = [...axesOf(opened), 'seed'].filter((axis) => order.has(axis));
  const part = plans.length > cells.length ? `; the first ${cells.length} of ${plans.length}` : '';
  const table = htmlTable(
    `Cells and their runs; a run is the folder of that name${part}`,
    [
      { title: 'cell' },
      ...axes.map((title) => ({ title })),
      { title: 'run' },
      { title: 'scenario hash' },
    ],
    cells.map(({ cell, labels, run, scenarioHash }) => [
      cell || '(only)',
      ...axes.map((axis) => String(labels[axis] ?? '-')),
      run,
      scenarioHash.slice(0, 16),
    ]),
  );
  return `<details><summary>${escapeHtml(summary)}</summary>${lines.join('')}${table}</details>`;
}

/** The scenarios of all cells that ran, with the keys of their runs. */
function scenariosJson({ plans, runs }: OpenedExperiment): string {
  const keys = new Set(runs.map(({ run }) => run));
  const present = plans
    .filter(({ run }) => keys.has(run))
    .map(({ cell, labels, run, scenarioHash, scenario }) => ({
      cell,
      labels,
      run,
      scenario_hash: scenarioHash,
      scenario,
    }));
  return `${JSON.stringify(present, null, 1)}\n`;
}
