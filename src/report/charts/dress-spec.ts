import type { Layout } from '../chart.ts';
import { logTicks } from '../scales.ts';
import type { Cell, Row } from '../session.ts';
import {
  dashes,
  type HueName,
  hueOf,
  hueOrder,
  hues,
  msLabel,
  shapes,
  studyConfig,
  tones,
} from '../theme.ts';

type Json = Record<string, unknown>;

export interface Dressing {
  readonly rows: readonly Row[];
  /** Values of the fields that name systems, in the order in which all charts show them. */
  readonly order: ReadonlyMap<string, readonly Cell[]>;
  readonly layout: Layout;
}

/** Colours that a specification may name, so that they follow the reader's theme: `$blue`, `$muted`. */
const named: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.entries(tones).map(([name, { light }]) => [`$${name}`, light]),
  ...Object.entries(hues).map(([name, { mark }]) => [`$${name}`, mark.light]),
]);

/**
 * A researcher's Vega-Lite specification in the clothes of the site: its theme, one colour per
 * system in every chart, a second channel beside colour, times as people read them, one plot below
 * the other on narrow screens, tooltips and a legend to isolate series where scripts run. What the
 * author has set stays.
 */
export function dressSpec(spec: Json, dressing: Dressing): Json {
  const { layout } = dressing;
  const { $schema: _, data: __, ...own } = resolved(spec) as Json;
  const dressed = dressView(own, dressing, { isolated: [] });
  return {
    ...dressed,
    data: { name: 'rows' },
    autosize: { type: 'pad' },
    padding: { top: 4, right: 6, bottom: 4, left: 4 },
    config: merge(studyConfig(layout), (own.config ?? {}) as Json),
  };
}

function resolved(value: unknown): unknown {
  if (typeof value === 'string') return named[value] ?? value;
  if (Array.isArray(value)) return value.map(resolved);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
}

interface Context {
  /** Fields that a selection isolates already, somewhere in the picture. */
  readonly isolated: string[];
  /** Of the plot that the view is a part of. */
  readonly plot?: Plot;
  readonly encoding?: Json;
}

/** What a plot of one or several layers is drawn with. */
interface Plot {
  readonly marks: ReadonlySet<string>;
  /** Fields by axis. */
  readonly fields: Readonly<Record<'x' | 'y', readonly string[]>>;
}

function dressView(view: Json, dressing: Dressing, context: Context): Json {
  const dressed: Json = stacked({ ...view }, dressing.layout);
  const plot = context.plot ?? ('mark' in view || 'layer' in view ? plotOf(view) : undefined);
  const around: Context = plot === undefined ? context : { ...context, plot };
  const given = isObject(dressed.encoding) ? dressed.encoding : {};
  const encoding = dressEncoding(given, dressing, plot);
  const inherited = { ...context.encoding, ...encoding };
  const inner: Context = { ...around, encoding: inherited };
  for (const key of ['layer', 'hconcat', 'vconcat', 'concat'] as const) {
    const views = dressed[key];
    if (!Array.isArray(views)) continue;
    const own = key === 'layer' ? inner : around;
    dressed[key] = views.map((one: Json) => dressView(one, dressing, own));
  }
  if (isObject(dressed.spec)) {
    const { facet } = dressed;
    if (isObject(facet) && 'field' in facet) {
      const header = headerOf(facet, dressing, plotOf(dressed.spec));
      dressed.facet = { ...ordered(facet, dressing), ...header };
    }
    dressed.spec = dressView(dressed.spec, dressing, around);
  }
  if ('mark' in dressed) {
    const more = secondChannel(markOf(dressed), inherited, { dressing, plot });
    const isolation = dressing.layout.interactive ? isolating(inherited, context.isolated) : null;
    if (isolation?.params) dressed.params = [...listOf(dressed.params), ...isolation.params];
    if (dressing.layout.interactive) dressed.mark = hoverable(dressed.mark);
    dressed.encoding = { ...isolation?.encoding, ...more, ...encoding };
  } else if (isObject(dressed.encoding)) dressed.encoding = encoding;
  return dressed;
}

function markOf({ mark }: Json): string {
  const type = isObject(mark) ? mark.type : mark;
  return typeof type === 'string' ? type : '';
}

/** Marks and fields of a view and of the layers in it. */
function plotOf(view: Json): Plot {
  const layers = [view];
  for (const one of layers) layers.push(...(listOf(one.layer) as Json[]));
  const fieldsOn = (channels: readonly string[]) =>
    layers.flatMap(({ encoding }) =>
      channels.flatMap((channel) => {
        const given = isObject(encoding) ? encoding[channel] : undefined;
        return isObject(given) && typeof given.field === 'string' ? [given.field] : [];
      }),
    );
  return {
    marks: new Set(layers.map(markOf)),
    fields: { x: fieldsOn(['x', 'x2']), y: fieldsOn(['y', 'y2']) },
  };
}

/** Side by side becomes one below the other where the screen is narrow. */
function stacked(view: Json, { compact }: Layout): Json {
  if (!compact) return view;
  const { hconcat, ...rest } = view;
  const upright: Json = hconcat === undefined ? view : { ...rest, vconcat: hconcat };
  if ('facet' in upright || 'concat' in upright || 'repeat' in upright) upright.columns = 1;
  if (isObject(upright.encoding)) {
    const { column, ...others } = upright.encoding;
    const facet = isObject(column) ? column : upright.encoding.facet;
    if (isObject(facet)) upright.encoding = { ...others, facet: { ...facet, columns: 1 } };
  }
  return upright;
}

const axes = ['x', 'y'];
const places = [...axes, 'xOffset', 'yOffset', 'row', 'column', 'facet'];

function dressEncoding(encoding: Json, dressing: Dressing, plot: Plot | undefined): Json {
  const dressed: Json = {};
  for (const [channel, given] of Object.entries(encoding)) {
    const isField = isObject(given) && typeof given.field === 'string';
    if (!isField) dressed[channel] = given;
    else if (['color', 'fill', 'stroke'].includes(channel)) {
      dressed[channel] = dressColour(given, dressing, plot);
    } else if (places.includes(channel)) {
      dressed[channel] = ordered(given, dressing);
      if (channel === 'facet' || channel === 'column') {
        dressed[channel] = { ...(dressed[channel] as Json), ...headerOf(given, dressing, plot) };
      }
      if (axes.includes(channel) && given.type === 'quantitative') {
        dressed[channel] = dressAxis(given, dressing, {
          axis: channel as 'x' | 'y',
          plot,
        });
      }
    } else dressed[channel] = given;
  }
  return dressed;
}

/** The names of small multiples stand above the title of their y axis. */
function headerOf({ header }: Json, { rows }: Dressing, plot: Plot | undefined): Json {
  const isTitled = plot?.fields.y.some((name) => typeof rows[0]?.[name] === 'number') ?? false;
  if (!isTitled || header === null) return {};
  return { header: { labelPadding: 24, ...(isObject(header) ? header : {}) } };
}

/** Systems get their colours, in their order; other fields in order of appearance. */
function dressColour(given: Json, dressing: Dressing, plot: Plot | undefined): Json {
  const values = categories(given, dressing);
  if (values === null) return given;
  const scale = isObject(given.scale) ? given.scale : {};
  const isColoured = 'range' in scale || 'scheme' in scale;
  const colours = coloursOf(given.field as string, values, dressing);
  const range = values.map((value) => colours.get(value));
  return {
    ...given,
    scale: { domain: values, ...(isColoured ? {} : { range }), ...scale },
    ...keyOf(given, values, { layout: dressing.layout, plot }),
  };
}

/** A system keeps its colour in every chart, as long as the colours suffice for all systems. */
function coloursOf(
  field: string,
  values: readonly Cell[],
  { order }: Dressing,
): ReadonlyMap<Cell, string> {
  const all = order.get(field) ?? values;
  const taken: HueName[] = [];
  const colours = new Map<Cell, string>();
  for (const value of all.length <= hueOrder.length ? all : values) {
    const hue = hueOf(String(value), taken);
    taken.push(hue);
    colours.set(value, hues[hue].mark.light);
  }
  return colours;
}

/** The key above the plot, in as many columns as fit: the same for all layers, or they get one each. */
function keyOf(
  given: Json,
  values: readonly Cell[],
  { layout, plot }: { layout: Layout; plot: Plot | undefined },
): Json {
  if (given.legend === null) return {};
  const has = (...marks: string[]) => marks.some((one) => plot?.marks.has(one));
  const legend = isObject(given.legend) ? given.legend : {};
  const longest = Math.max(...values.map((value) => String(value).length));
  const fitting = Math.floor((layout.width - 60) / (longest * 7 + 44));
  const columns = Math.max(1, Math.min(values.length, fitting));
  const untitled = 'title' in given || 'title' in legend ? {} : { title: null };
  const line = { symbolType: 'stroke', symbolSize: 400 };
  const samples = has('line') && !has('point') ? line : {};
  return { legend: { columns, ...untitled, ...samples, ...legend } };
}

/** Names of systems in the order of the cells. */
function ordered(given: Json, { order }: Dressing): Json {
  const values = order.get(given.field as string);
  const isSorted = 'sort' in given || given.type === 'quantitative' || values === undefined;
  return isSorted ? given : { ...given, sort: [...values] };
}

/** Times as people read them, few ticks; a log axis is as long as its values, at round numbers. */
function dressAxis(
  given: Json,
  { rows, layout }: Dressing,
  { axis: which, plot }: { axis: 'x' | 'y'; plot: Plot | undefined },
): Json {
  if (given.axis === null) return given;
  const field = given.field as string;
  const axis = isObject(given.axis) ? given.axis : {};
  const scale = isObject(given.scale) ? given.scale : {};
  const isWritten = 'format' in axis || 'labelExpr' in axis;
  const words = field.endsWith('_ms') && !isWritten ? { labelExpr: msLabel } : {};
  const most = which === 'y' || layout.compact ? 5 : 9;
  const values = (plot?.fields[which] ?? [field])
    .flatMap((name) => rows.map((row) => row[name]))
    .filter((value): value is number => typeof value === 'number' && value > 0);
  if (scale.type !== 'log' || 'domain' in scale || values.length === 0) {
    return { ...given, axis: { tickCount: most, ...words, ...axis } };
  }
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const ticks = { values: logTicks(low * 0.9, high * 1.1, most + 1) };
  return {
    ...given,
    scale: { nice: false, padding: 8, ...scale },
    axis: { ...ticks, ...words, ...axis },
  };
}

/** The values that a field of categories takes; null where the channel is a quantity. */
function categories(given: Json, { rows, order }: Dressing): Cell[] | null {
  const field = given.field as string;
  const found = [...new Set(rows.map((row) => row[field] ?? null))].filter(
    (value) => value !== null,
  );
  const isName = given.type === 'nominal' || found.some((value) => typeof value === 'string');
  if (!isName || given.type === 'quantitative' || found.length === 0) return null;
  const known = order.get(field);
  return known === undefined
    ? found
    : known.filter((value) => value !== null && found.includes(value));
}

/** Colour is never alone: lines differ in dash as well, points in shape. */
function secondChannel(
  mark: string,
  encoding: Json,
  { dressing, plot }: { dressing: Dressing; plot: Plot | undefined },
): Json {
  const colour = encoding.color ?? encoding.stroke ?? encoding.fill;
  if (!isObject(colour) || typeof colour.field !== 'string') return {};
  const values = categories(colour, dressing);
  if (values === null || values.length < 2) return {};
  const of = (range: readonly unknown[]) => ({
    field: colour.field,
    type: 'nominal',
    ...('title' in colour ? { title: colour.title } : {}),
    scale: { domain: values, range: values.map((_, i) => range[i % range.length]) },
    ...('legend' in colour ? { legend: colour.legend } : {}),
  });
  // Where points tell the lines apart, dashes would only ruin the key.
  const isTold = plot?.marks.has('point') || 'strokeDash' in encoding;
  if (mark === 'line' && !isTold) return { strokeDash: of(dashes) };
  if (mark === 'point' && !('shape' in encoding)) return { shape: of(shapes) };
  return {};
}

/**
 * Marks that tell their values under the pointer: each says so itself, or Vega-Lite hides it from
 * the pointer. A line would tell its first point only: its points, unseen, tell their own.
 */
function hoverable(mark: unknown): unknown {
  const given: Json = isObject(mark) ? mark : { type: mark };
  if ('tooltip' in given || given.type === 'text') return mark;
  if (given.type !== 'line') return { ...given, tooltip: true };
  if ('point' in given) return given;
  const unseen = { filled: true, fillOpacity: 0, strokeOpacity: 0, size: 120, tooltip: true };
  return { ...given, point: unseen };
}

/** A click on the key leaves one series in the light. */
function isolating(encoding: Json, isolated: string[]) {
  const colour = encoding.color ?? encoding.stroke ?? encoding.fill;
  if (!isObject(colour) || typeof colour.field !== 'string' || colour.legend === null) return null;
  if (colour.type === 'quantitative' || 'opacity' in encoding) return null;
  const { field } = colour;
  const name = `isolate_${field.replace(/\W/g, '_')}`;
  const opacity = { opacity: { condition: { param: name, value: 1 }, value: 0.15 } };
  if (isolated.includes(field)) return { encoding: opacity };
  isolated.push(field);
  const select = { type: 'point', fields: [field] };
  return { params: [{ name, select, bind: 'legend' }], encoding: opacity };
}

function merge(base: Json, over: Json): Json {
  const merged: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
  }
  return merged;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
