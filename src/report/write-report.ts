import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openResults } from '../results/views.ts';
import { InputError } from '../units/input-error.ts';
import type { Chart } from './chart.ts';
import { compareGroups, type Group, groupRuns } from './groups.ts';
import { defaultSlo, loadKeyFigures, type Slo } from './key-figures.ts';
import { pageHtml } from './page/page.ts';
import { loadRuns, loadSidecars, newestRuns, ofRuns } from './runs.ts';
import { clockSection } from './sections/clock-section.ts';
import { definitionsSection } from './sections/definitions-section.ts';
import { openingBlocks, versionsOf } from './sections/opening.ts';
import { qualitySection } from './sections/quality-section.ts';
import { listed, type Section } from './sections/section.ts';
import type { Study } from './sections/study.ts';
import { leadChart } from './sections/trace-charts.ts';
import { traceSection } from './sections/trace-section.ts';
import { save } from './site/site-files.ts';

export interface ReportOptions {
  /** Folder of run folders. */
  readonly runs: string;
  /** Ids, beginnings of ids or labels; empty for all runs. */
  readonly only?: readonly string[] | undefined;
  readonly title?: string | undefined;
  /** Pictures alone, without the chart libraries (default: with them). */
  readonly still?: boolean | undefined;
  readonly slo?: Slo | undefined;
}

/** Builds the page and writes it, whole or not at all. */
export async function writeReport(
  options: ReportOptions & { readonly output: string },
): Promise<Report & { readonly bytes: number }> {
  const report = await buildReport(options);
  await save(resolve(options.output), report.html);
  return { ...report, bytes: Buffer.byteLength(report.html) };
}

export interface Report {
  readonly html: string;
  readonly title: string;
  readonly runs: number;
  readonly charts: number;
}

/** The page as text: same runs, same bytes. */
export async function buildReport({
  runs: folder,
  only = [],
  title,
  still = false,
  slo = defaultSlo,
}: ReportOptions): Promise<Report> {
  if (!existsSync(folder)) {
    const rule = 'a folder of runs; reprise start or reprise replay makes one';
    throw new InputError('no such folder', { where: folder, rule });
  }
  const session = await openResults(folder);
  try {
    const found = await loadRuns(session, only);
    const sidecars = await loadSidecars(session, folder);
    const runs = only.length > 0 ? found : newestRuns(found, sidecars);
    if (runs.length === 0) {
      const rule = 'reprise start or reprise replay makes some';
      throw new InputError('no runs', { where: folder, rule });
    }
    const figures = await loadKeyFigures(session, ofRuns(runs), slo);
    const groups = groupRuns(runs, figures).sort(compareGroups);
    const study: Study = { session, groups, figures, slo };
    const lead = groups[0] as Group;
    const leads = new Map<Group, Chart>();
    for (const group of groups) leads.set(group, await leadChart(study, group));
    const sections: Section[] = [];
    for (const group of groups) {
      const chart = leads.get(group) as Chart;
      sections.push(await traceSection(study, group, chart, group === lead));
    }
    sections.push(
      clockSection(),
      await qualitySection(study, found.length - runs.length),
      definitionsSection(slo),
    );
    const versions = versionsOf(sidecars, runs);
    const opening = openingBlocks(
      study,
      { group: lead, chart: leads.get(lead) as Chart },
      versions,
    );
    const name =
      title ??
      `Replay of ${listed([...new Set(groups.map((group) => group.runs[0]?.trace ?? group.trace))])}`;
    const html = await pageHtml({ title: name, opening, sections, interactive: !still });
    const blocks = [...opening, ...sections.flatMap((section) => section.blocks)];
    const charts = blocks.filter((block) => 'chart' in block).length;
    return { html, title: name, runs: runs.length, charts };
  } finally {
    session.close();
  }
}
