import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type Chart, descriptionOf, type Layout, sizeInside, textWidth } from './chart.ts';

/**
 * The chart as SVG text for one layout: same rows, same bytes. Ids inside carry `prefix`, since
 * several pictures share a page.
 */
export async function renderSvg(chart: Chart, layout: Layout, prefix: string): Promise<string> {
  const picture = chart.draw(layout);
  const { spec, height } = picture;
  seedVega();
  const compiled = compile(withRows(spec, chart), { logger: quiet }).spec;
  const runtime = vega.parse({ ...compiled, ...sizeInside(picture, layout) } as vega.Spec);
  const view = new vega.View(runtime, { renderer: 'none', logger: quiet });
  const svg = await view.toSVG();
  view.finalize();
  return tidy(svg, picture.width ?? layout.width, height, prefix, descriptionOf(chart));
}

/** Vega draws random numbers and counts ids in globals, and knows no font metrics in Node. */
export function seedVega(): void {
  const globals = vega as unknown as {
    setRandom: (source: unknown) => void;
    randomLCG: (seed: number) => unknown;
    textMetrics: { width: (item: { fontSize?: number }, text: string) => number };
  };
  globals.setRandom(globals.randomLCG(1));
  globals.textMetrics.width = (item, text) => textWidth(String(text ?? ''), item.fontSize ?? 12);
  vega.resetSVGDefIds();
}

function withRows(spec: TopLevelSpec, { rows }: Chart): TopLevelSpec {
  return { ...spec, datasets: { rows: [...rows] } } as TopLevelSpec;
}

/** Errors end the drawing; nothing is printed beside a report (the tests listen to warnings). */
export const quiet = {
  level: () => quiet,
  error: (...messages: unknown[]) => {
    throw new Error(messages.join(' '));
  },
  warn: () => quiet,
  info: () => quiet,
  debug: () => quiet,
} as unknown as vega.LoggerInterface & { level: never };

/** Prefixed ids, shorter paths, a size that follows the page, and one description for readers. */
function tidy(svg: string, width: number, height: number, prefix: string, label: string): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" class="marks" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeAttribute(label)}">`;
  const body = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<[a-z][^>]*>/g, (tag) => tidyTag(tag, prefix))
    .replace(/<path class="(?:background|foreground)"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*\/>/g, '');
  return head + body;
}

/** Parts of a picture have no roles of their own: it is read as one, by its description. */
function tidyTag(tag: string, prefix: string): string {
  return tag
    .replace(/ (?:role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
    .replace(/(id="|url\(#)((?:clip|gradient)[\w-]*)/g, `$1${prefix}-$2`)
    .replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10));
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
