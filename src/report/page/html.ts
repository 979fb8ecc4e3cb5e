import type { Cell, Row } from '../session.ts';

/** Text for HTML content and double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** As `escapeHtml`; a number and its unit stay on one line. */
export function typeset(text: string): string {
  return escapeHtml(text).replace(/(\d) (?=(?:%|ms|s|requests\/s)(?![\w]))/g, '$1\u00a0');
}

/** JSON for a script element: nothing in it can end the element or open a comment. */
export function escapeJson(json: string): string {
  return json.replaceAll('<', '\\u003c');
}

/** Code for a script element: what could end the element stands in strings only. */
export function escapeCode(code: string): string {
  return code.replace(/<\/(?=script)/gi, '<\\/').replaceAll('<!--', '<\\!--');
}

/** A lower-case name for ids and files. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export interface TableColumn {
  readonly title: string;
  /** Numbers stand right, in figures of one width. */
  readonly numeric?: boolean;
}

/** Text, or HTML as it is; `sort` is what the column is ordered by where its text is not. */
export type TableCell = string | { readonly html: string; readonly sort?: number | string };

export interface TableOptions {
  /** Cells to set in bold. */
  readonly best?: (row: number, column: number) => boolean;
  readonly attributes?: (row: number) => string;
  /** A click on a column's head orders the rows, where scripts run. */
  readonly sortable?: boolean;
}

/** A table that scrolls by itself where the screen is narrower; the first column heads the rows. */
export function htmlTable(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  { best, attributes, sortable = false }: TableOptions = {},
): string {
  const kind = (c: number) => (columns[c]?.numeric ? ' class="n"' : '');
  const head = columns.map(
    (column, c) => `<th scope="col"${kind(c)}>${escapeHtml(column.title)}</th>`,
  );
  const body = rows.map((row, r) => {
    const cells = row.map((cell, c) => {
      const { html, sort } =
        typeof cell === 'string' ? { html: escapeHtml(cell), sort: undefined } : cell;
      const by = sort === undefined ? '' : ` data-sort="${escapeHtml(String(sort))}"`;
      if (c === 0) return `<th scope="row"${by}>${html}</th>`;
      return `<td${kind(c)}${by}>${best?.(r, c) ? `<b>${html}</b>` : html}</td>`;
    });
    return `<tr${attributes?.(r) ?? ''}>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table${sortable ? ' class="sortable"' : ''}><caption>${escapeHtml(caption)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** Rows as CSV (RFC 4180, line feeds), numbers to seven digits. */
export function csvOf(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => csvLine(columns.map((column) => row[column] ?? null)));
  return [columns.map(csvCell).join(','), ...lines, ''].join('\n');
}

export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(',');
}

function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(Number(value.toPrecision(7)));
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A data URI of text; only what a URI in an attribute cannot hold is encoded. */
export function dataUri(type: string, text: string): string {
  const encoded = text.replace(/[^\x21-\x7e]|[%#"'<>&\\^`{|}]/gu, (c) =>
    encodeURIComponent(c).replace("'", '%27'),
  );
  return `data:${type};charset=utf-8,${encoded}`;
}
