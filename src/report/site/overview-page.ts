import { countByPaper, countClaims } from '../../experiment/claims/headline.ts';
import type { Chart } from '../chart.ts';
import { pictureHtml } from '../page/figure.ts';
import { escapeHtml, slug, typeset } from '../page/html.ts';
import { type Block, counted, type Section } from '../sections/section.ts';
import { type Claims, scorecardPath, stripChart } from './scorecard-page.ts';
import type { SitePage } from './shell.ts';

/** A page as the overview shows it. */
export interface Entry {
  readonly path: string;
  readonly title: string;
  readonly question: string;
  /** Null where nothing answers yet. */
  readonly answer: string | null;
  readonly lead: Chart | null;
  /** What the reader must know first: runs that are missing; null if nothing. */
  readonly state: string | null;
}

export interface OverviewParts {
  readonly title: string;
  /** Experiments by paper, in order. */
  readonly papers: ReadonlyMap<string, readonly Entry[]>;
  readonly others: readonly Entry[];
  readonly claims: Claims | null;
  /** What was run, in a sentence. */
  readonly ran: string;
  readonly notes: readonly string[];
}

/** The first page: what was run, how the claims came out, every experiment with its answer. */
export async function overviewPage(parts: OverviewParts): Promise<SitePage> {
  const { title, papers, others, claims, ran, notes } = parts;
  const sections: Section[] = [];
  for (const [paper, entries] of papers) {
    sections.push({ id: slug(paper), title: paper, blocks: await studies(entries) });
  }
  if (others.length > 0) {
    const heading = papers.size > 0 ? 'Runs of no experiment' : 'Runs by trace';
    sections.push({ id: 'runs', title: heading, blocks: await studies(others) });
  }
  if (notes.length > 0) {
    const items = notes.map((note) => `<li>${escapeHtml(note)}</li>`);
    const html = `<ul>${items.join('')}</ul>`;
    sections.push({ id: 'notes', title: 'Left out', blocks: [{ html }] });
  }
  const lead = claims === null ? '' : scorecardText(claims);
  const strip = claims === null ? null : stripChart(claims.rows);
  return {
    path: 'index.html',
    title,
    opening: [
      { html: lead },
      ...(strip === null ? [] : [{ chart: strip }]),
      { html: `<p>${typeset(ran)}</p>` },
    ],
    sections,
  };
}

function scorecardText({ rows, withdrawn }: Claims): string {
  const { headline } = countClaims(rows, withdrawn);
  const byPaper = [...countByPaper(rows, withdrawn)];
  const items = byPaper.map(
    ([paper, counts]) =>
      `<li><a href="${scorecardPath}#${slug(paper)}">${escapeHtml(paper)}</a>: ${typeset(counts.headline)}</li>`,
  );
  const list = byPaper.length > 1 ? `<ul class="also">${items.join('')}</ul>` : '';
  const first = `${headline.charAt(0).toUpperCase()}${headline.slice(1)}`;
  return `<p class="question">What of the published figures does the replay give again?</p><p class="answer"><a href="${scorecardPath}">${typeset(first)}</a>.</p>${list}`;
}

async function studies(entries: readonly Entry[]): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const entry of entries) blocks.push({ html: await studyHtml(entry) });
  return blocks;
}

/** One page: its question, its answer, its first chart as a picture. */
async function studyHtml({ path, title, question, answer, lead, state }: Entry): Promise<string> {
  const id = slug(path.replace(/\.html$/, ''));
  const picture =
    lead === null
      ? ''
      : `<p class="sub">${typeset(lead.subtitle)}</p>${await pictureHtml(lead, `${id}-${lead.id}`)}<p class="note">${lead.provenance.map(escapeHtml).join(' · ')}</p>`;
  const warning = state === null ? '' : `<p class="note">${escapeHtml(state)}</p>`;
  return `<article class="study" id="${id}"><h3><a href="${path}">${escapeHtml(title)}</a></h3><p class="question">${typeset(question)}</p>${answer === null ? '' : `<p class="answer">${typeset(answer)}</p>`}${warning}${picture}</article>`;
}

/** "3 experiments with 12 runs, 5 further runs, on 3 traces." */
export function ranText(counts: {
  readonly experiments: number;
  readonly runs: number;
  readonly others: number;
  readonly traces: number;
}): string {
  const { experiments, runs, others, traces } = counts;
  const parts = [
    ...(experiments > 0
      ? [`${counted(experiments, 'experiment')} with ${counted(runs, 'run')}`]
      : []),
    ...(others > 0 ? [`${counted(others, experiments > 0 ? 'further run' : 'run')}`] : []),
  ];
  return `${parts.join(' and ')} on ${counted(traces, 'trace')}; times come from a calibrated model of the GPU, whose errors stand on their own page.`;
}
