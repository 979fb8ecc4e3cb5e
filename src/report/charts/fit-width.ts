import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { quiet, seedVega } from '../svg.ts';

type Json = Record<string, unknown>;

/** Size of a drawn picture in pixels, axes, legends and titles included. */
export interface DrawnSize {
  readonly width: number;
  readonly height: number;
}

/** The width of each plot with which the picture, all around them included, is `width` pixels wide. */
export async function fitWidth(
  spec: Json,
  width: number,
): Promise<{ readonly inner: number; readonly size: DrawnSize }> {
  // What stands around the plots hardly depends on their width (a key may, while they are narrow):
  // two tries give the line, a third corrects it.
  let [from, to] = [width * 0.6, width];
  let before = (await drawnSize(withWidth(spec, from))).width;
  for (let round = 0; round < 2; round++) {
    const after = (await drawnSize(withWidth(spec, to))).width;
    const perPixel = (after - before) / (to - from);
    if (!(perPixel > 0.1) || Math.abs(after - width) <= 2) break;
    [from, before] = [to, after];
    to = Math.max(60, Math.floor(to + (width - after) / perPixel));
    if (to === from) break;
  }
  return { inner: to, size: await drawnSize(withWidth(spec, to)) };
}

/** Every plot of a composed specification at one width; steps stay, the author counted them. */
export function withWidth(spec: Json, width: number): Json {
  const widened = { ...spec };
  for (const key of ['hconcat', 'vconcat', 'concat'] as const) {
    const views = spec[key];
    if (Array.isArray(views)) widened[key] = views.map((view: Json) => withWidth(view, width));
  }
  if (isObject(spec.spec)) widened.spec = withWidth(spec.spec, width);
  else if (isUnit(spec) && !isObject(spec.width)) widened.width = width;
  return widened;
}

function isUnit(spec: Json): boolean {
  return 'mark' in spec || 'layer' in spec;
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

async function drawnSize(spec: Json): Promise<DrawnSize> {
  seedVega();
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: quiet }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: quiet });
  const svg = await view.toSVG();
  view.finalize();
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  return { width: Math.ceil(Number(width)), height: Math.ceil(Number(height)) };
}
