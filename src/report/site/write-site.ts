import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { planClaims } from '../../experiment/claims/prepare.ts';
import type { Experiment } from '../../experiment/define.ts';
import { type PlannedRun, TraceShelf } from '../../experiment/plan.ts';
import { openResults } from '../../results/views.ts';
import { InputError } from '../../units/input-error.ts';
import { defaultSlo, type Slo } from '../key-figures.ts';
import { loadSidecars } from '../runs.ts';
import { addAssets } from './assets.ts';
import { buildPages } from './build-pages.ts';
import type { PlannedExperiment } from './opened.ts';
import type { Claims } from './scorecard-page.ts';
import { addPage } from './shell.ts';
import { SiteFiles } from './site-files.ts';

/** An experiment as the site is given it; its runs are planned where they are not. */
export interface GivenExperiment {
  readonly experiment: Experiment;
  readonly file?: string | undefined;
  readonly plans?: readonly PlannedRun[] | undefined;
}

export interface SiteOptions {
  /** Folder of run folders. */
  readonly runs: string;
  /** In the order of the site. */
  readonly experiments?: readonly GivenExperiment[] | undefined;
  /** Traces that stand in memory already. */
  readonly traces?: TraceShelf | undefined;
  /** Folder of the site, or the path of its index.html. */
  readonly output: string;
  /** Whether runs of no experiment get pages, by trace (default: they do). */
  readonly otherRuns?: boolean | undefined;
  /** Of the other runs these alone: ids, beginnings of ids, or labels. */
  readonly only?: readonly string[] | undefined;
  /** Claims with their verdicts; without, no page speaks of claims. */
  readonly scorecard?: Claims | undefined;
  readonly title?: string | undefined;
  /** Pictures alone, without scripts. */
  readonly still?: boolean | undefined;
  /** Objective of runs, and of experiments that set none. */
  readonly slo?: Slo | undefined;
  /** What was left out, for the reader. */
  readonly notes?: readonly string[] | undefined;
}

export interface Site {
  /** Path of the first page. */
  readonly index: string;
  /** Paths of all pages below the site's folder. */
  readonly pages: readonly string[];
  readonly experiments: number;
  /** Runs that are shown. */
  readonly runs: number;
  readonly charts: number;
  readonly bytes: number;
}

/**
 * Writes the site: an overview, one page per experiment and per trace of other runs, the
 * scorecard, the traces, the cost model, and the definitions. Same runs, same bytes.
 * @throws InputError where there is nothing to show, and for wrong SQL or charts
 */
export async function writeSite(options: SiteOptions): Promise<Site> {
  const { runs: runsDir, experiments = [], still = false, slo = defaultSlo } = options;
  const index = indexOf(options.output);
  if (!existsSync(runsDir) && experiments.length === 0) {
    const rule = 'a folder of runs; reprise start or reprise replay makes one';
    throw new InputError('no such folder', { where: runsDir, rule });
  }
  const traces = options.traces ?? new TraceShelf();
  const planned: PlannedExperiment[] = [];
  for (const { experiment, file, plans } of experiments) {
    // Cells whose trace is to be fetched have no run yet; the others are shown.
    const own = plans ?? (await planClaims({ experiment, file: file ?? '' }, traces)).plans;
    planned.push({ experiment, file, plans: own });
  }
  const session = await openResults(runsDir);
  try {
    const sidecars = await loadSidecars(session, runsDir);
    const files = new SiteFiles();
    addAssets(files, !still);
    const built = await buildPages(planned, { ...options, slo, session, sidecars, traces, files });
    const frame = { title: built.title, nav: built.nav, interactive: !still, files };
    for (const page of built.pages) await addPage(frame, page);
    await files.write(dirname(resolve(index)));
    const blocks = built.pages.flatMap((page) => [
      ...page.opening,
      ...page.sections.flatMap((section) => section.blocks),
    ]);
    return {
      index,
      pages: built.pages.map(({ path }) => path),
      experiments: planned.length,
      runs: built.runs,
      charts: blocks.filter((block) => 'chart' in block).length,
      bytes: files.bytes,
    };
  } finally {
    session.close();
  }
}

/** @throws InputError for a page that cannot be the first of a site */
function indexOf(output: string): string {
  if (!/\.html?$/i.test(output)) return join(output, 'index.html');
  if (basename(output) === 'index.html') return output;
  const rule = 'a folder, or its index.html; --single FILE writes one page';
  throw new InputError(`a site cannot be ${basename(output)}`, { where: output, rule });
}
