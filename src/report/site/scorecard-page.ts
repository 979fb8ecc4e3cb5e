import { countByPaper, countClaims, type Withdrawn } from '../../experiment/claims/headline.ts';
import type { ScorecardRow } from '../../experiment/claims/row.ts';
import { type Verdict, verdicts } from '../../experiment/claims/verdict.ts';
import type { Chart } from '../chart.ts';
import { claimDumbbells, isDrawn } from '../charts/claim-dumbbells.ts';
import { type VerdictCounts, verdictStrip } from '../charts/verdict-strip.ts';
import { csvOf, escapeHtml, slug, typeset } from '../page/html.ts';
import { type Block, counted, type Section } from '../sections/section.ts';
import { claimAnchor, errorText, toleranceShare, verdictHtml } from './claim-text.ts';
import { claimRows, claimsTable } from './claims-table.ts';
import { addData, hrefFrom, type SitePage } from './shell.ts';
import type { SiteFiles } from './site-files.ts';

export const scorecardPath = 'scorecard.html';

/** Claims as the scorecard command gives them. */
export interface Claims {
  readonly rows: readonly ScorecardRow[];
  readonly withdrawn?: readonly Withdrawn[] | undefined;
}

export interface ScorecardLinks {
  /** The page of a claim's experiment; null where the site has none. */
  readonly page: (row: ScorecardRow) => string | null;
}

/** Every published figure beside the replayed one, per paper and in total. */
export function scorecardPage(
  files: SiteFiles,
  { rows, withdrawn = [] }: Claims,
  links: ScorecardLinks,
): SitePage {
  const byPaper = countByPaper(rows, withdrawn);
  const sections: Section[] = [...byPaper].map(([paper, counts]) => {
    const own = rows.filter((row) => row.paper === paper);
    return { id: slug(paper), title: paper, blocks: paperBlocks(paper, own, counts.headline) };
  });
  const csv = addData(files, scorecardPath, 'claims.csv', csvOf(claimRows(rows)));
  const table = claimsTable(rows, {
    caption:
      'All claims; a click on a column’s head orders them, a click on a name leads to its experiment',
    papers: true,
    href: (row) => {
      const page = links.page(row);
      return page === null ? null : `${hrefFrom(scorecardPath, page)}#${claimAnchor(row)}`;
    },
  });
  sections.push(
    {
      id: 'claims',
      title: 'All claims',
      blocks: [
        { html: table },
        { html: `<p class="tablelinks"><a href="${csv}" download>claims (CSV)</a></p>` },
      ],
    },
    ...(withdrawn.length > 0 ? [withdrawnSection(withdrawn)] : []),
    meaningSection,
  );
  const { headline } = countClaims(rows, withdrawn);
  return {
    path: scorecardPath,
    title: 'Scorecard',
    opening: [
      {
        html: `<p class="question">What of the published figures does the replay give again?</p><p class="answer">${typeset(sentence(headline))}</p>`,
      },
      { chart: stripChart(rows) },
    ],
    sections,
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function countsOf(rows: readonly ScorecardRow[]): Record<Verdict, number> {
  return Object.fromEntries(
    verdicts.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]),
  ) as Record<Verdict, number>;
}

/** Claims of each paper and of all by verdict. */
export function stripChart(rows: readonly ScorecardRow[]): Chart {
  const papers = [...new Set(rows.map(({ paper }) => paper))];
  const all: VerdictCounts = { name: 'all', counts: countsOf(rows) };
  const each = papers.map((paper) => ({
    name: paper,
    counts: countsOf(rows.filter((row) => row.paper === paper)),
  }));
  const { reproduced, off } = all.counts;
  return verdictStrip(papers.length > 1 ? [all, ...each] : each, {
    id: 'verdicts',
    title: `${reproduced} of ${counted(rows.length, 'claim')} of every kind come out within tolerance, ${off} ${off === 1 ? 'is' : 'are'} off`,
    subtitle: 'Claims by verdict; the headline above counts predicted ones only',
    provenance: ['verdicts computed from the runs', 'counts, no interval'],
  });
}

function paperBlocks(paper: string, rows: readonly ScorecardRow[], headline: string): Block[] {
  const drawn = rows.filter(isDrawn);
  const left = rows.length - drawn.length;
  const text = `<p>${typeset(sentence(headline))}</p>`;
  const rest =
    left > 0
      ? `<p class="note">${counted(left, 'claim')} without a place on the axis (shapes, not run, not comparable, or without a figure) ${left === 1 ? 'stands' : 'stand'} in <a href="#claims">the table</a> alone.</p>`
      : '';
  if (drawn.length === 0) return [{ html: text + rest }];
  const farthest = drawn.reduce((a, b) =>
    Math.abs(b.relative_error ?? 0) > Math.abs(a.relative_error ?? 0) ? b : a,
  );
  const within = drawn.filter((row) => row.verdict === 'reproduced').length;
  const intervals = [...new Set(drawn.map((row) => row.interval).filter((one) => one !== null))];
  const chart = claimDumbbells(
    drawn,
    { toleranceShare, errorText },
    {
      id: `${slug(paper)}-dumbbells`,
      title: `${paper}: ${within} of ${drawn.length} figures within tolerance; the farthest, ${farthest.id}, by ${errorText(farthest.relative_error)}`,
      subtitle:
        'Replayed over published figure, nearest first; the bar around the diamond is the tolerance, the dark line the interval of ours',
      provenance: [
        intervals.length > 0 ? `intervals: ${intervals.join('; ')}` : 'no intervals given',
        'a mark at the edge stands for a ratio beyond it',
      ],
    },
  );
  return [{ html: text }, { chart }, { html: rest }];
}

function withdrawnSection(withdrawn: readonly Withdrawn[]): Section {
  const items = withdrawn.map(
    ({ paper, id, first_comparison: first }) =>
      `<li>${escapeHtml(`${paper}/${id}`)}: ${escapeHtml(first.kind)}, ${verdictHtml(first.verdict)} on ${escapeHtml(first.date)}</li>`,
  );
  return {
    id: 'withdrawn',
    title: 'Withdrawn',
    blocks: [
      {
        html: `<p>Compared once and no longer there; predicted ones stay in the total.</p><ul>${items.join('')}</ul>`,
      },
    ],
  };
}

const meanings: readonly (readonly [string, string])[] = [
  [
    'predicted',
    'Scenario, SQL and tolerance were on record before the first comparison, and nothing was chosen from the figure. The headline counts these alone.',
  ],
  [
    'postdicted',
    'A form, switch or constant was chosen with the figure in view, or the claim was changed after its first comparison.',
  ],
  ['calibrated', 'A constant was set from the figure.'],
  ['identity', 'It follows from the paper’s own formula.'],
  ['shape', 'An order or a trend: it holds or does not.'],
  ['cross-check', 'Against another implementation of ours.'],
  [
    'reproduced, close, off',
    'Within the tolerance and the last printed digit; within twice the tolerance; beyond.',
  ],
  ['not comparable', 'Said with a reason before the first comparison.'],
];

const meaningSection: Section = {
  id: 'kinds',
  title: 'Kinds and verdicts',
  blocks: [
    {
      html: `<dl class="metrics">${meanings.map(([term, meaning]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(meaning)}</dd>`).join('')}</dl>`,
    },
  ],
};
