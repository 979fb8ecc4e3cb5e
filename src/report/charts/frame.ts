import type { TopLevelSpec } from 'vega-lite';
import type { Layout, Margins } from '../chart.ts';
import type { Series } from '../groups.ts';
import { chartConfig, tones } from '../theme.ts';

type Axis = Record<string, unknown>;

/** The parts of a specification that every chart shares; sizes are fixed, nothing is fitted. */
export function frame({ top, right, bottom, left }: Margins) {
  return {
    autosize: { type: 'none' },
    padding: { top, right, bottom, left },
    data: { name: 'rows' },
    config: chartConfig,
  } as const;
}

/** A y axis whose title stands above it, level with the text (turned text is hard to read). */
export function titleAbove(title: string, left: number, more: Axis = {}) {
  return {
    title,
    titleAngle: 0,
    titleAlign: 'left',
    titleAnchor: 'end',
    titleBaseline: 'bottom',
    titleX: -left + 2,
    titleY: -8,
    ...more,
  } as const;
}

/** Colour and dash by series, without a legend: series are labelled where they are drawn. */
export function seriesChannels(series: readonly Series[], layout: Layout) {
  const domain = series.map((s) => s.label);
  const isolated = { param: 'isolate', empty: true, value: 1 } as const;
  return {
    color: {
      field: 'series',
      type: 'nominal',
      scale: { domain, range: series.map((s) => s.colour) },
      legend: null,
    },
    strokeDash: {
      field: 'series',
      type: 'nominal',
      scale: { domain, range: series.map((s) => [...s.dash]) },
      legend: null,
    },
    ...(layout.interactive ? { opacity: { condition: isolated, value: 0.15 } } : {}),
  } as const;
}

/**
 * Clicking a label (or a line) leaves its series alone in the light; clicking beside undoes it.
 * @param views names of the views that share the selection, in a picture of several
 */
export function isolation(layout: Layout, views?: readonly string[]) {
  if (!layout.interactive) return {};
  const select = { type: 'point', fields: ['series'] } as const;
  return {
    params: [{ name: 'isolate', select, ...(views === undefined ? {} : { views }) }],
  } as const;
}

/**
 * What makes a label of a series clickable: Vega-Lite lets only marks with a selection or a tooltip
 * of their own see the pointer.
 */
export function clickable(layout: Layout) {
  if (!layout.interactive) return { mark: {}, encoding: {} };
  const tooltip = { value: 'click to see it alone, click beside to see all' };
  return { mark: { cursor: 'pointer' }, encoding: { tooltip } } as const;
}

/** The filled mark of a series: its shape tells it apart where colour does not. */
export function seriesPoint({ shape, colour }: Series) {
  return { type: 'point', filled: true, shape, fill: colour, opacity: 1, aria: false } as const;
}

/** Invisible marks that carry the tooltips of a line's points; only where a script runs. */
export function hoverPoints(
  layout: Layout,
  encoding: Record<string, unknown>,
  tooltip: readonly Record<string, unknown>[],
) {
  if (!layout.interactive) return [];
  return [
    {
      mark: { type: 'point', filled: true, size: 120, opacity: 0, aria: false },
      encoding: { ...encoding, tooltip },
    },
  ] as const;
}

/** Text that stays readable over lines: drawn once as a rim in the colour of the paper, then itself. */
export function rimmedText(
  mark: Record<string, unknown>,
  encoding: Record<string, unknown>,
  row: Record<string, unknown> = {},
) {
  const rim = { stroke: tones.paper.light, strokeWidth: 4, strokeJoin: 'round' };
  return [rim, {}].map((style) => ({
    data: { values: [row] },
    mark: { type: 'text', baseline: 'middle', aria: false, ...mark, ...style },
    encoding,
  }));
}

/** Samples that name the series of a chart, as layers; where a script runs, a click isolates one. */
export function seriesKey(series: readonly Series[], layout: Layout, x0: number, y0: number) {
  const entries = keyPlaces(series, layout, x0, y0);
  const click = clickable(layout);
  return entries.flatMap(({ s, lines, x, y }) => [
    {
      data: { values: [{ series: s.label }] },
      mark: {
        type: 'rule',
        stroke: s.colour,
        strokeDash: [...s.dash],
        strokeWidth: 2.5,
        aria: false,
      },
      encoding: { x: { value: x }, x2: { value: x + 26 }, y: { value: y } },
    },
    {
      data: { values: [{ series: s.label }] },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'middle',
        fill: s.textColour,
        fontWeight: 600,
        text: lines.length > 1 ? lines : s.label,
        lineHeight: 14,
        ...click.mark,
      },
      encoding: { x: { value: x + 32 }, y: { value: y + 1 }, ...click.encoding },
    },
  ]);
}

/** Rows that the key of these series takes in a layout. */
export function keyRows(series: readonly Series[], layout: Layout): number {
  const places = keyPlaces(series, layout, 0, 0);
  return Math.max(0, ...places.map(({ lines, y }) => y / 18 + lines.length));
}

function keyPlaces(series: readonly Series[], layout: Layout, x0: number, y0: number) {
  let x = x0;
  let y = y0;
  let rows = 1;
  const room = layout.width - 8;
  return series.map((s) => {
    const lines = wrapped(s.label, Math.floor((room - 50) / 7));
    const width = 32 + Math.max(...lines.map((line) => line.length)) * 7 + 18;
    if (x > x0 && x + width > room + x0) {
      x = x0;
      y += 18 * rows;
      rows = 1;
    }
    const place = { s, lines, x, y };
    x += width;
    rows = Math.max(rows, lines.length);
    return place;
  });
}

/** A label in lines of at most so many letters, broken between words. */
function wrapped(label: string, letters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of label.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > letters) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * A specification whose layers were put together from parts: their types are too wide for the
 * compiler to follow, so the tests compile every one and fail on what Vega-Lite warns of.
 */
export function asSpec(spec: Record<string, unknown>): TopLevelSpec {
  return spec as unknown as TopLevelSpec;
}
