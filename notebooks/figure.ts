import { html } from 'htl';
import embed, { type VisualizationSpec } from 'vega-embed';
import type { Config } from 'vega-lite';
import { chartConfig, hues } from '../src/report/theme.ts';
import type { Series } from './plot.ts';

export type Cell = number | string | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Rows of an SQL cell; the build puts the query beside them. */
export type Rows = readonly Row[] & { readonly sql?: string };

/** A chart with all that stands around it. */
export interface Figure {
  /** The finding. */
  readonly title: string;
  /** What is drawn. */
  readonly subtitle: string;
  /** Vega-Lite without data, size and theme: its rows are those of `rows`. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly rows: readonly Row[];
  /** Shown as a key above the plot, where there are several. */
  readonly series?: readonly Series[];
  /** Where the rows are from, in small type: trace and kind, cost profile, what an interval is. */
  readonly caption: string;
  readonly sql?: string | undefined;
}

/** Widest plot in CSS pixels; narrower where the page is. */
const widest = 860;

/**
 * Draws a figure. In a cell: `display(await figure(lengths(rows, trace), width))`.
 * @param width of the page's column, in CSS pixels: the `width` of Notebook Kit
 */
export async function figure(what: Figure, width: number) {
  const { title, subtitle, spec, rows, series = [], caption, sql } = what;
  const plot = html`<div class="plot"></div>`;
  const size = { width: Math.max(240, Math.min(width, widest)), autosize: fitted, padding };
  await embed(
    plot,
    {
      description: `${title}. ${subtitle}`,
      ...size,
      ...spec,
      datasets: { rows },
      data: { name: 'rows' },
      config: chartConfig as Config,
    } as unknown as VisualizationSpec,
    {
      renderer: 'svg',
      actions: false,
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    },
  );
  return html`<figure class="chart">
    <h3>${title}</h3>
    <p class="sub">${subtitle}</p>
    ${series.length > 1 ? html`<div class="plot key">${series.map(keyEntry)}</div>` : null}
    ${plot}
    <figcaption>${caption}. <a download="rows.csv" href=${csvLink(rows)}>Data (CSV)</a>${sqlFold(sql)}</figcaption>
  </figure>`;
}

/** Letters below their line, and half of a last tick's label. */
const padding = { top: 5, right: 12, bottom: 6, left: 0 } as const;

/** Axes and titles inside the width, not beside it. */
const fitted = { type: 'fit-x', contains: 'padding' } as const;

/** A sample of the line with its mark. The page's style gives it its dark colour, as in a chart. */
function keyEntry({ name, hue, dash, shape }: Series) {
  const { light } = hues[hue].mark;
  return html`<span>
    <svg width="34" height="12" viewBox="-17 -6 34 12" aria-hidden="true">
      <path d="M-17,0H17" fill="none" stroke=${light} stroke-width="2" stroke-dasharray=${dash.join(' ')} />
      <path d=${symbolPaths[shape]} fill=${light} />
    </svg>
    ${name}
  </span>`;
}

/** Of the shapes in the theme, those that series here take first. */
const symbolPaths: Readonly<Record<string, string>> = {
  circle: 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
  square: 'M-3.5,-3.5h7v7h-7z',
  'triangle-up': 'M0,-4.5L4.5,3.5H-4.5z',
  diamond: 'M0,-5L4,0L0,5L-4,0z',
};

function sqlFold(sql: string | undefined) {
  if (sql === undefined) return null;
  return html`<details><summary>SQL</summary><pre><code>${sql}</code></pre></details>`;
}

function csvLink(rows: readonly Row[]): string {
  return `data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(rows))}`;
}

/** Rows as CSV, nulls as empty fields. */
export function csvOf(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => field(row[column] ?? null)).join(','));
  return [columns.map(field).join(','), ...lines, ''].join('\n');
}

function field(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
