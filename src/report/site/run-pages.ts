import type { Group } from '../groups.ts';
import { escapeHtml, slug, typeset } from '../page/html.ts';
import { headlineOf } from '../sections/headline.ts';
import { howObtained, type Versions } from '../sections/opening.ts';
import { qualitySection } from '../sections/quality-section.ts';
import type { Section } from '../sections/section.ts';
import type { Study } from '../sections/study.ts';
import { furtherCharts, leadChart } from '../sections/trace-charts.ts';
import { figuresTable, labelOf, runsTable } from '../sections/trace-tables.ts';
import { mostCells } from './grid.ts';
import type { Entry } from './overview-page.ts';
import { addData, type SitePage } from './shell.ts';
import type { SiteFiles } from './site-files.ts';

export function runPath(group: Group): string {
  return `runs/${slug(group.trace)}.html`;
}

export interface RunPageParts {
  readonly files: SiteFiles;
  readonly versions: Versions;
  /** Older runs of the same scenarios. */
  readonly leftOut: number;
}

/** The runs of one trace that belong to no experiment: question, answer, charts and tables. */
export async function runPage(
  study: Study,
  group: Group,
  { files, versions, leftOut }: RunPageParts,
): Promise<{ readonly page: SitePage; readonly entry: Entry }> {
  const { question, answer } = headlineOf(study, group);
  const own: Study = { ...study, groups: [group] };
  const path = runPath(group);
  const scenarios = addData(files, path, 'scenarios.json', scenariosJson(group));
  const first = await leadChart(study, group);
  const further = await furtherCharts(study, group, first);
  const lead = { ...first, scenarios, echo: answer.startsWith(first.title) };
  const sections: Section[] = [
    {
      id: 'charts',
      title: 'Charts',
      blocks: further.map((chart) => ({ chart: { ...chart, scenarios } })),
    },
    { id: 'runs', title: 'Runs', blocks: [{ html: runTables(study, group, scenarios) }] },
    await qualitySection(own, leftOut),
  ];
  const page: SitePage = {
    path,
    title: group.trace,
    above: 'Runs of no experiment',
    opening: [
      {
        html: `<p class="question">${typeset(question)}</p><p class="answer">${typeset(answer)}</p>`,
      },
      { chart: lead },
      { html: howObtained(own, versions) },
      {
        html: `<p class="note">Trace: <a href="../traces.html#${slug(group.runs[0]?.trace ?? '')}">${escapeHtml(group.trace)}</a>.</p>`,
      },
    ],
    sections,
  };
  const entry: Entry = { path, title: group.trace, question, answer, lead, state: null };
  return { page, entry };
}

/** What was replayed and what it came to; of many runs the first ones, SQL has the rest. */
function runTables(study: Study, group: Group, scenarios: string): string {
  const shown = { ...group, runs: group.runs.slice(0, mostCells) };
  const left = group.runs.length - shown.runs.length;
  const part =
    left > 0 ? `<p class="note">The first ${mostCells} of ${group.runs.length} runs.</p>` : '';
  const link = `<p class="tablelinks"><a href="${scenarios}">scenarios (JSON)</a></p>`;
  return part + runsTable(shown) + figuresTable(study, shown) + link;
}

function scenariosJson(group: Group): string {
  const all = group.runs.map((run) => ({
    label: labelOf(group, run),
    run: run.run,
    scenario_hash: run.scenarioHash,
    scenario: parsed(run.scenario),
  }));
  return `${JSON.stringify(all, null, 1)}\n`;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // A run of another tool may hold anything here: it is passed on as text.
    return json;
  }
}
