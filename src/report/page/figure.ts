import { type Chart, descriptionOf, type Layout, narrow, sizeInside, wide } from '../chart.ts';
import { renderSvg } from '../svg.ts';
import { csvOf, dataUri, escapeHtml, escapeJson, typeset } from './html.ts';

/** A chart as a figure: picture for both widths, small type, SQL, data and scenarios. */
export async function figureHtml(chart: Chart, interactive: boolean): Promise<string> {
  const { id, title, subtitle } = chart;
  const wideSvg = await renderSvg(chart, wide, `${id}-w`);
  const narrowSvg = await renderSvg(chart, narrow, `${id}-n`);
  return `<figure class="chart" id="${id}" aria-labelledby="${id}-t">
<h3 id="${id}-t">${typeset(title)}</h3>
<p class="sub">${typeset(subtitle)}</p>
<div class="plot"><div class="wide">${wideSvg}</div><div class="narrow">${narrowSvg}</div></div>
${chart.extra ?? ''}
<figcaption>${chart.provenance.map(escapeHtml).join(' · ')}<span class="links"><br>${links(chart)}</span></figcaption>
${sqlBlock(chart)}${interactive ? liveSpecs(chart) : ''}
</figure>`;
}

function links({ id, rows, scenarios }: Chart): string {
  const csv = dataUri('text/csv', csvOf(rows));
  const parts = [`<a class="data" download="${id}.csv" href="${csv}">data (CSV)</a>`];
  if (scenarios !== undefined) parts.push(`<a href="#${scenarios}">scenarios (JSON)</a>`);
  return parts.join(' · ');
}

function sqlBlock({ sql }: Chart): string {
  if (sql === '') return '';
  return `<details><summary>SQL</summary><pre tabindex="0"><code>${escapeHtml(sql)}</code></pre></details>`;
}

/** What a script needs to draw the chart again: both specifications, sizes and column types. */
function liveSpecs(chart: Chart): string {
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
  const json = JSON.stringify({ wide: of(wide), narrow: of(narrow), types }, shorten);
  return `<script type="application/json" class="specs">${escapeJson(json)}</script>`;
}

/** Positions to a tenth of a pixel: what was computed needs no fifteen digits. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(6))
    : value;
}
