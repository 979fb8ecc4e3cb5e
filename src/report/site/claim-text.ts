import type { ScorecardRow } from '../../experiment/claims/row.ts';
import type { Verdict } from '../../experiment/claims/verdict.ts';
import { escapeHtml, slug } from '../page/html.ts';

/** Anchor of a claim, on the scorecard and on its experiment's page. */
export function claimAnchor({ paper, id }: Pick<ScorecardRow, 'paper' | 'id'>): string {
  return `claim-${slug(paper)}-${slug(id)}`;
}

/** A figure in its unit, to four digits: "3.42 s", "1.38x", "holds". */
export function figureText(value: number | null, { unit, kind }: ScorecardRow): string {
  if (value === null) return '-';
  if (kind === 'shape') return value === 1 ? 'holds' : 'does not hold';
  const digits = value.toLocaleString('en', { maximumSignificantDigits: 4 });
  if (unit === '' || unit === '1') return digits;
  return unit === 'x' ? `${digits}x` : `${digits} ${unit}`;
}

/** "3.1 to 3.6 s"; empty without an interval. */
export function intervalText(row: ScorecardRow): string {
  const { low, high } = row;
  if (low === null || high === null || row.kind === 'shape') return '';
  const from = low.toLocaleString('en', { maximumSignificantDigits: 4 });
  return `${from} to ${figureText(high, row)}`;
}

export function toleranceText(row: ScorecardRow): string {
  const { tolerance, kind } = row;
  if (kind === 'shape') return '-';
  if ('absolute' in tolerance) return `± ${figureText(tolerance.absolute, row)}`;
  return `± ${percentText(tolerance.relative)}`;
}

/** The tolerance as a share of the published figure; 0 where that is 0. */
export function toleranceShare({ tolerance, published }: ScorecardRow): number {
  if ('relative' in tolerance) return tolerance.relative;
  return published === 0 ? 0 : tolerance.absolute / Math.abs(published);
}

/** "+12.4 %", "-3 %", "+1,200 %". */
export function errorText(error: number | null): string {
  if (error === null) return '-';
  const text = percentText(error);
  return error > 0 && text !== '0 %' ? `+${text}` : text;
}

function percentText(share: number): string {
  const percent = 100 * share;
  const text = percent.toLocaleString('en', {
    maximumFractionDigits: Math.abs(percent) >= 100 ? 0 : 1,
  });
  return `${text === '-0' ? '0' : text} %`;
}

/** "v3, Table 2 (printed)". */
export function sourceText({ source }: Pick<ScorecardRow, 'source'>): string {
  return `${source.version}, ${source.where} (${source.read})`;
}

export const verdictWords: Readonly<Record<Verdict, string>> = {
  reproduced: 'reproduced',
  close: 'close',
  off: 'off',
  'not-comparable': 'not comparable',
  'not-run': 'not run',
};

/** A verdict with its mark. */
export function verdictHtml(verdict: Verdict): string {
  return `<span class="v v-${verdict}">${escapeHtml(verdictWords[verdict])}</span>`;
}
