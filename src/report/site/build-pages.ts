import { idOf, type TraceShelf } from '../../experiment/plan.ts';
import { traceFiles } from '../../results/trace-files.ts';
import type { ResultsSession } from '../../results/views.ts';
import { InputError } from '../../units/input-error.ts';
import { compareGroups, groupRuns } from '../groups.ts';
import { loadKeyFigures, type Slo } from '../key-figures.ts';
import { loadRuns, newestRuns, ofRuns, type Run, type Sidecar } from '../runs.ts';
import { definitionsSection } from '../sections/definitions-section.ts';
import { versionsOf } from '../sections/opening.ts';
import { counted } from '../sections/section.ts';
import type { Study } from '../sections/study.ts';
import { clockPage } from './clock-page.ts';
import { experimentPage } from './experiment-page.ts';
import { experimentPath, opened, type PlannedExperiment } from './opened.ts';
import { type Entry, overviewPage, ranText } from './overview-page.ts';
import { runPage } from './run-pages.ts';
import { type Claims, scorecardPage } from './scorecard-page.ts';
import type { NavEntry, SitePage } from './shell.ts';
import type { SiteFiles } from './site-files.ts';
import { tracesPage } from './traces-page.ts';

export interface PagesContext {
  readonly runs: string;
  readonly session: ResultsSession;
  readonly sidecars: readonly Sidecar[];
  readonly traces: TraceShelf;
  readonly files: SiteFiles;
  readonly slo: Slo;
  readonly otherRuns?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
  readonly scorecard?: Claims | undefined;
  readonly title?: string | undefined;
  readonly notes?: readonly string[] | undefined;
}

export interface BuiltPages {
  readonly title: string;
  readonly nav: readonly NavEntry[];
  readonly pages: readonly SitePage[];
  readonly runs: number;
}

/** Pages of one kind, and what the overview says of each. */
interface Part {
  readonly pages: readonly SitePage[];
  readonly entries: readonly Entry[];
  readonly runs: readonly Run[];
  /** Runs that were made for these pages, shown or not. */
  readonly owned: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** All pages of the site, the first one first. */
export async function buildPages(
  planned: readonly PlannedExperiment[],
  context: PagesContext,
): Promise<BuiltPages> {
  const { session, slo, files, scorecard, notes = [], title = 'Reprise' } = context;
  const claims = scorecard !== undefined && scorecard.rows.length > 0 ? scorecard : null;
  const studies = await experimentPages(planned, context);
  const others = await otherPages(studies.owned, context);
  const runs = [...studies.runs, ...others.runs];
  if (runs.length === 0 && planned.length === 0) {
    const rule = 'reprise start or reprise replay makes some';
    throw new InputError('no runs', { where: context.runs, rule });
  }
  const names = [...new Set(runs.map(({ trace }) => trace))];
  const { files: found } = traceFiles(context.runs, []);
  const used = names.map((name) => ({
    name,
    path: found.find((trace) => trace.name === name)?.path ?? null,
  }));
  const overview = await overviewPage({
    title,
    papers: byPaper(planned, studies.entries),
    others: others.entries,
    claims,
    ran: ranText({
      experiments: planned.length,
      runs: new Set(studies.runs.map(({ run }) => run)).size,
      others: others.runs.length,
      traces: names.length,
    }),
    notes: [...notes, ...others.notes],
  });
  const paths = new Map(
    planned.map(({ experiment }) => [idOf(experiment), experimentPath(experiment)]),
  );
  const page = (row: { readonly experiment: string }) => paths.get(row.experiment) ?? null;
  const pages = [
    overview,
    ...withNeighbours(studies.pages),
    ...others.pages,
    ...(claims === null ? [] : [scorecardPage(files, claims, { page })]),
    ...(used.length > 0 ? [await tracesPage(session, used)] : []),
    await clockPage(),
    definitionsPage(slo),
  ];
  return { title, nav: navigationOf(pages, studies, others), pages, runs: runs.length };
}

async function experimentPages(
  planned: readonly PlannedExperiment[],
  { runs, traces, files, sidecars, scorecard, slo }: PagesContext,
): Promise<Part> {
  const pages: SitePage[] = [];
  const entries: Entry[] = [];
  const shown: Run[] = [];
  const owned = new Set<string>();
  for (const one of planned) {
    const study = await opened(runs, one, traces);
    try {
      const claims = (scorecard?.rows ?? []).filter((row) => row.experiment === study.id);
      const { page, entry } = await experimentPage(study, { files, claims, sidecars, slo });
      pages.push(page);
      entries.push(entry);
      shown.push(...study.runs);
      for (const run of study.ownRuns) owned.add(run);
    } finally {
      study.session.close();
    }
  }
  return { pages, entries, runs: shown, owned, notes: [] };
}

/** Runs of no experiment, a page per trace. */
async function otherPages(
  taken: ReadonlySet<string>,
  { session, sidecars, files, slo, otherRuns = true, only = [] }: PagesContext,
): Promise<Part> {
  const found = otherRuns ? await loadRuns(session, only) : [];
  const free = found.filter(({ run }) => !taken.has(run));
  const chosen = only.length > 0 ? free : newestRuns(free, sidecars);
  const pages: SitePage[] = [];
  const entries: Entry[] = [];
  const figures = await loadKeyFigures(session, ofRuns(chosen), slo);
  // A run that kept its totals alone has no picture.
  const runs = chosen.filter(({ run, requests }) => figures.has(run) || requests === 0);
  if (runs.length > 0) {
    const groups = groupRuns(runs, figures).sort(compareGroups);
    const study: Study = { session, groups, figures, slo };
    for (const group of groups) {
      const names = new Set(group.runs.map(({ scenarioHash }) => scenarioHash));
      const leftOut = free.filter(({ scenarioHash }) => names.has(scenarioHash)).length;
      const { page, entry } = await runPage(study, group, {
        files,
        versions: versionsOf(sidecars, group.runs),
        leftOut: leftOut - group.runs.length,
      });
      pages.push(page);
      entries.push(entry);
    }
  }
  const bare = chosen.length - runs.length;
  const notes =
    bare === 0
      ? []
      : [`${counted(bare, 'run')} of no experiment kept totals alone: reprise sql "FROM summary"`];
  return { pages, entries, runs, owned: new Set(), notes };
}

function byPaper(
  planned: readonly PlannedExperiment[],
  entries: readonly Entry[],
): Map<string, Entry[]> {
  const papers = new Map<string, Entry[]>();
  for (const [i, { experiment }] of planned.entries()) {
    const own = papers.get(experiment.paper) ?? [];
    own.push(entries[i] as Entry);
    papers.set(experiment.paper, own);
  }
  return papers;
}

/** Experiments in their order: each page leads to the one before and after it. */
function withNeighbours(pages: readonly SitePage[]): SitePage[] {
  return pages.map((page, i) => ({
    ...page,
    ...(pages[i - 1] ? { before: pages[i - 1] as SitePage } : {}),
    ...(pages[i + 1] ? { after: pages[i + 1] as SitePage } : {}),
  }));
}

function navigationOf(pages: readonly SitePage[], studies: Part, others: Part): NavEntry[] {
  const entry = ({ path, title, above }: SitePage): NavEntry => {
    const name = above !== undefined && studies.pages.some((p) => p.path === path);
    const under = others.pages.some((p) => p.path === path)
      ? { under: 'Other runs' }
      : name
        ? { under: 'Experiments' }
        : {};
    return { path, title: name ? `${above} / ${title}` : title, ...under };
  };
  const [first, ...rest] = pages.map(entry) as [NavEntry, ...NavEntry[]];
  return [{ ...first, title: 'Overview' }, ...rest];
}

function definitionsPage(slo: Slo): SitePage {
  const { blocks } = definitionsSection(slo);
  return { path: 'definitions.html', title: 'Definitions', opening: blocks, sections: [] };
}
