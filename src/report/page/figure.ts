import { type Chart, descriptionOf, type Layout, narrow, sizeInside, wide } from '../chart.ts';
import { renderSvg } from '../svg.ts';
import { csvOf, dataUri, escapeHtml, escapeJson, typeset } from './html.ts';

/** The page that a figure stands on: whether a script draws it again, and where its data lies. */
export interface FigureHost {
  readonly interactive: boolean;
  /** The link to the chart's rows as CSV. */
  readonly data: (chart: Chart) => string;
  /** Whether that link is a file, which the script of a page from disk cannot read. */
  readonly dataIsFile: boolean;
}

/** A page that holds its data in its links. */
export function selfContained(interactive: boolean): FigureHost {
  const data = ({ rows, csv }: Chart) => dataUri('text/csv', csv ?? csvOf(rows));
  return { interactive, data, dataIsFile: false };
}

/** A chart as a figure: picture for both widths, small type, SQL, data and scenarios. */
export async function figureHtml(chart: Chart, host: FigureHost): Promise<string> {
  const { id, title, subtitle } = chart;
  return `<figure class="chart" id="${id}" aria-labelledby="${id}-t">
<h3${chart.echo ? ' class="echo"' : ''}><span id="${id}-t">${typeset(title)}</span>${anchorTo(id)}</h3>
<p class="sub">${typeset(subtitle)}</p>
${await pictureHtml(chart, id)}
${chart.extra ?? ''}
<figcaption>${chart.provenance.map(escapeHtml).join(' · ')}<span class="links"><br>${links(chart, host)}</span></figcaption>
${sqlBlock(chart)}${host.interactive ? liveSpecs(chart, host) : ''}
</figure>`;
}

/** The pictures alone, for both widths; ids inside them begin with `prefix`. */
export async function pictureHtml(chart: Chart, prefix: string): Promise<string> {
  const wideSvg = await renderSvg(chart, wide, `${prefix}-w`);
  const narrowSvg = await renderSvg(chart, narrow, `${prefix}-n`);
  return `<div class="plot"><div class="wide">${wideSvg}</div><div class="narrow">${narrowSvg}</div></div>`;
}

/** A mark beside a title, to copy the link to it from. */
export function anchorTo(id: string): string {
  return ` <a class="anchor" href="#${id}" aria-label="Link to this part">#</a>`;
}

function links(chart: Chart, host: FigureHost): string {
  const { id, scenarios } = chart;
  const parts = [`<a class="data" download="${id}.csv" href="${host.data(chart)}">data (CSV)</a>`];
  if (scenarios !== undefined) parts.push(`<a href="${scenarios}">scenarios (JSON)</a>`);
  return parts.join(' · ');
}

/** SQL, folded away. */
export function sqlBlock({ sql }: Pick<Chart, 'sql'>): string {
  if (sql === '') return '';
  return `<details><summary>SQL</summary><pre tabindex="0"><code>${escapeHtml(sql)}</code></pre></details>`;
}

/** What a script needs to draw the chart again: both specifications, sizes and column types. */
function liveSpecs(chart: Chart, { dataIsFile }: FigureHost): string {
  const of = (layout: Layout) => {
    const picture = chart.draw({ ...layout, interactive: true });
    const description = descriptionOf(chart);
    return { spec: { ...picture.spec, description }, size: sizeInside(picture, layout) };
  };
  const first = chart.rows[0] ?? {};
  const types = Object.fromEntries(
    Object.keys(first).map((column) => {
      const isNumber = chart.rows.some((row) => typeof row[column] === 'number');
      return [column, isNumber ? 'number' : 'string'];
    }),
  );
  const csv = dataIsFile ? { csv: csvOf(chart.rows) } : {};
  const json = JSON.stringify({ wide: of(wide), narrow: of(narrow), types, ...csv }, shorten);
  return `<script type="application/json" class="specs">${escapeJson(json)}</script>`;
}

/** Positions to a tenth of a pixel: what was computed needs no fifteen digits. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(6))
    : value;
}
