import type { ScorecardRow } from '../../experiment/claims/row.ts';
import { verdicts } from '../../experiment/claims/verdict.ts';
import { escapeHtml, htmlTable, type TableCell, typeset } from '../page/html.ts';
import type { Row } from '../session.ts';
import {
  claimAnchor,
  errorText,
  figureText,
  intervalText,
  sourceText,
  toleranceText,
  verdictHtml,
} from './claim-text.ts';

export interface ClaimsTableOptions {
  readonly caption: string;
  /** Whether the rows are those of several papers. */
  readonly papers: boolean;
  /** Where a claim's name leads: its other appearance. */
  readonly href: (row: ScorecardRow) => string | null;
}

/** One row per claim: what was published, what the replay gives, and the verdict. */
export function claimsTable(
  rows: readonly ScorecardRow[],
  { caption, papers, href }: ClaimsTableOptions,
): string {
  const cells = rows.map((row): TableCell[] => [
    { html: nameHtml(row, href(row)), sort: row.id },
    ...(papers ? [row.paper] : []),
    row.kind,
    figureCell(row.published, row),
    { html: replayedHtml(row), sort: row.replayed ?? '' },
    { html: errorText(row.relative_error), sort: magnitude(row) },
    {
      html: `<span title="${escapeHtml(row.tolerance.reason)}">${escapeHtml(toleranceText(row))}</span>`,
    },
    { html: verdictCell(row), sort: verdicts.indexOf(row.verdict) },
  ]);
  const table = htmlTable(
    caption,
    [
      { title: 'claim and its source' },
      ...(papers ? [{ title: 'paper' }] : []),
      { title: 'kind' },
      { title: 'published', numeric: true },
      { title: 'replayed', numeric: true },
      { title: 'error', numeric: true },
      { title: 'tolerance', numeric: true },
      { title: 'verdict' },
    ],
    cells,
    { sortable: true, attributes: (r) => ` id="${claimAnchor(rows[r] as ScorecardRow)}"` },
  );
  return `<div class="claims wideblock">${table}</div>`;
}

function nameHtml(row: ScorecardRow, href: string | null): string {
  const id = escapeHtml(row.id);
  const name = href === null ? id : `<a href="${href}">${id}</a>`;
  return `<span class="says">${typeset(row.says)}</span><span class="id">${name} · ${escapeHtml(sourceText(row))}</span>`;
}

function figureCell(value: number | null, row: ScorecardRow): TableCell {
  return { html: escapeHtml(figureText(value, row)), sort: value ?? '' };
}

function replayedHtml(row: ScorecardRow): string {
  const interval = intervalText(row);
  const figure = escapeHtml(figureText(row.replayed, row));
  if (interval === '') return figure;
  const source = escapeHtml(row.interval ?? 'source of the interval not given');
  return `${figure}<br><span class="note" title="${source}">${escapeHtml(interval)}</span>`;
}

/** The verdict, and all that a reader must know before trusting it. */
function verdictCell(row: ScorecardRow): string {
  const remarks = [
    ...(row.reason === null ? [] : [row.reason]),
    ...(row.definition_changed ? ['another definition than at its first comparison'] : []),
    ...row.changes.map(({ date, what, why }) => `changed ${date}: ${what} (${why})`),
  ];
  const notes = remarks.map((remark) => `<br><span class="note">${typeset(remark)}</span>`);
  return verdictHtml(row.verdict) + notes.join('');
}

/** What errors are ordered by: their size. */
function magnitude({ relative_error }: ScorecardRow): number | string {
  return relative_error === null ? '' : Math.abs(relative_error);
}

/** The claims as a file: one line each. */
export function claimRows(rows: readonly ScorecardRow[]): Row[] {
  return rows.map((row) => ({
    paper: row.paper,
    id: row.id,
    says: row.says,
    kind: row.kind,
    source: sourceText(row),
    unit: row.unit,
    published: row.published,
    replayed: row.replayed,
    low: row.low,
    high: row.high,
    interval: row.interval,
    relative_error: row.relative_error,
    tolerance: 'absolute' in row.tolerance ? row.tolerance.absolute : row.tolerance.relative,
    tolerance_is: 'absolute' in row.tolerance ? 'absolute' : 'relative',
    verdict: row.verdict,
    reason: row.reason,
    experiment: row.experiment,
    runs: row.runs.join(' '),
  }));
}
