import type { ResultColumn } from '../tables/duckdb.ts';
import type { SqlValue } from '../tables/sql-values.ts';

/** A table as text, ready to be aligned. */
export interface TextTable {
  readonly columns: { title: string; align: 'left' | 'right' }[];
  readonly rows: string[][];
}

const numeric = /INT|DOUBLE|FLOAT|DECIMAL/;
const longestCell = 60;

/**
 * A result as tables of text: one, or, where that is wider than `width` and has few rows, one per
 * row with a line for each column.
 */
export function layOut(
  columns: readonly ResultColumn[],
  rows: readonly (readonly SqlValue[])[],
  width: number,
): TextTable[] {
  const cells = columns.map((column, c) =>
    texts(
      column,
      rows.map((row) => row[c] as SqlValue),
    ),
  );
  const widths = columns.map((column, c) =>
    Math.max(column.name.length, ...(cells[c] as string[]).map((cell) => cell.length)),
  );
  const total = widths.reduce((sum, one) => sum + one + 2, -2);
  if (total > width && rows.length <= 10 && columns.length > 2) {
    return rows.map((_, r) => ({
      columns: [
        { title: rows.length > 1 ? `row ${r + 1}` : 'column', align: 'left' },
        { title: 'value', align: 'left' },
      ],
      rows: columns.map((column, c) => [column.name, cells[c]?.[r] ?? '']),
    }));
  }
  const titled = columns.map(({ name, type }) => {
    return { title: name, align: isNumber(type) ? ('right' as const) : ('left' as const) };
  });
  return [
    { columns: titled, rows: rows.map((_, r) => cells.map((column) => column[r] as string)) },
  ];
}

function isNumber(type: string): boolean {
  return numeric.test(type) && !/[[(]/.test(type.replace(/^DECIMAL\(\d+,\d+\)$/, ''));
}

function texts({ type }: ResultColumn, values: readonly SqlValue[]): string[] {
  const decimals = isNumber(type) ? decimalsOf(values) : 0;
  return values.map((value) => {
    if (value === null) return '-';
    if (typeof value === 'number') return numberText(value, decimals);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const line = text.replace(/[\n\r\t]+/g, ' ');
    return line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line;
  });
}

/** Decimals that show six significant digits of every value of a column, six at most. */
function decimalsOf(values: readonly SqlValue[]): number {
  let most = 0;
  for (const value of values) {
    if (typeof value !== 'number' || Number.isInteger(value) || !isPlain(value)) continue;
    const [, after = ''] = String(Number(value.toPrecision(6))).split('.');
    most = Math.max(most, after.length);
  }
  return Math.min(6, most);
}

function numberText(value: number, decimals: number): string {
  return isPlain(value) || value === 0 ? value.toFixed(decimals) : String(value);
}

/** Of a size that reads well without an exponent. */
function isPlain(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) >= 1e-6 && Math.abs(value) < 1e15;
}
