import { countByPaper, countClaims } from '../../experiment/claims/headline.ts';
import type { ScorecardRow } from '../../experiment/claims/row.ts';
import type { Scorecard } from '../../experiment/claims/scorecard.ts';
import { type WithdrawnRow, withdrawnRow } from '../../experiment/claims/withdrawn-row.ts';
import { claimKinds } from '../../experiment/define.ts';
import { bold, print, printTable } from '../terminal.ts';

/** Characters of a line, at most. */
const lineWidth = 100;
const columns = [
  { title: 'claim' },
  { title: 'source' },
  { title: 'published', align: 'right' },
  { title: 'replayed', align: 'right' },
  { title: 'error', align: 'right' },
  { title: 'verdict' },
] as const;

/** Claims by paper and kind, predicted ones first; then what there is to say on some; the count. */
export function printScorecard({ rows, withdrawn }: Scorecard): void {
  const counts = countByPaper(rows, withdrawn);
  const lines: string[][] = [];
  for (const [paper] of counts) {
    for (const kind of ['predicted' as const, ...claimKinds.filter((k) => k !== 'predicted')]) {
      const own = rows.filter((row) => row.paper === paper && row.kind === kind);
      if (own.length > 0) lines.push([`${paper}, ${kind}`], ...own.map(cellsOf));
    }
    const gone = withdrawn.filter((one) => one.paper === paper).map(withdrawnRow);
    if (gone.length > 0) lines.push([`${paper}, withdrawn`], ...gone.map(cellsOf));
  }
  printTable(columns, fitted(lines), { bold: (row) => lines[row]?.length === 1 });
  printRemarks(rows);
  print();
  if (counts.size > 1) {
    for (const [paper, { headline }] of counts) print(`${paper}: ${headline}`);
    print();
  }
  print(bold(wrapped(countClaims(rows, withdrawn).headline, '')));
  print('Next: reprise report   or   reprise scorecard --json');
}

function cellsOf(row: ScorecardRow | WithdrawnRow): string[] {
  const { id, source, unit, published, replayed, low, high, relative_error, verdict } = row;
  const shape = row.kind === 'shape';
  const interval = low === null || high === null ? '' : ` [${figure(low, 3)}, ${figure(high, 3)}]`;
  const ours = replayed === null ? '-' : shape ? holds(replayed) : `${figure(replayed)}${interval}`;
  return [
    `  ${id}`,
    source === null ? `${row.kind}, ${row.first_comparison.date}` : source.where,
    shape ? 'holds' : `${figure(published)} ${unit}`,
    ours,
    relative_error === null ? '' : signedShare(relative_error),
    verdict,
  ];
}

function holds(value: number): string {
  return value === 1 ? 'holds' : 'does not';
}

/** Significant digits, and all digits of whole numbers. */
function figure(value: number, digits = 4): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const whole = Math.abs(value) >= 10 ** digits;
  return whole ? value.toFixed(0) : String(Number(value.toPrecision(digits)));
}

function signedShare(share: number): string {
  const percent = 100 * share;
  const digits = Math.abs(percent) >= 100 ? 0 : 1;
  const shown = percent.toFixed(digits);
  return `${percent > 0 && Number(shown) !== 0 ? '+' : ''}${shown.replace(/^-(0\.?0*)$/, '$1')} %`;
}

/** Sources cut to what the other columns leave of a line. */
function fitted(lines: readonly string[][]): string[][] {
  const widths = columns.map(({ title }, c) =>
    Math.max(title.length, ...lines.map((line) => line[c]?.length ?? 0)),
  );
  const others = widths.reduce((sum, width, c) => sum + (c === 1 ? 0 : width), 0);
  const room = Math.max(columns[1].title.length, lineWidth - others - 2 * (columns.length - 1));
  return lines.map((line) => line.map((text, c) => (c === 1 ? clipped(text, room) : text)));
}

function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** Reasons, changes, and what the intervals are. */
function printRemarks(rows: readonly ScorecardRow[]): void {
  const remarks = rows.flatMap(({ id, reason, changes }) => [
    ...(reason === null ? [] : [`${id}: ${reason}`]),
    ...changes.map(({ date, what, why }) => `${id}, changed ${date}: ${what} (${why})`),
  ]);
  const intervals = new Set(rows.flatMap(({ interval }) => interval ?? []));
  if (intervals.size > 0) remarks.push(`[low, high]: ${[...intervals].join('; ')}`);
  if (remarks.length > 0) print();
  for (const remark of remarks) print(wrapped(remark, '  '));
}

/** A text in lines of the terminal's width, all but the first indented. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line.trim() !== '' && line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = indent + word;
    } else {
      line += line === '' ? word : ` ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
