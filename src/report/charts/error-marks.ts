import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { Row } from '../session.ts';
import { hues, tones } from '../theme.ts';
import { asSpec, frame, titleAbove } from './frame.ts';

/** A figure of each row: its column, its name in the key, and its mark. */
export interface ErrorMark {
  readonly field: string;
  readonly label: string;
  readonly shape: 'circle' | 'diamond' | 'square' | 'stroke' | 'triangle-right';
  readonly hue?: keyof typeof hues;
  /** Hollow: not evidence, since a fit saw these rows. */
  readonly hollow?: boolean;
}

/** One line of the picture; the columns of marks are %, null where there is none. */
export type ErrorRow = Row & { readonly panel: string; readonly row: string };

interface Drawing {
  readonly marks: readonly ErrorMark[];
  /** Title of the axis. */
  readonly axis: string;
}

const rowHeight = 17;
const gap = 30;

/** Errors as marks on one axis, a line per row, panels below each other. */
export function errorMarks(
  rows: readonly ErrorRow[],
  drawing: Drawing,
  head: Omit<Chart, 'rows' | 'draw'>,
): Chart {
  return { ...head, rows, draw: (layout) => draw(rows, drawing, layout) };
}

function draw(rows: readonly ErrorRow[], { marks, axis }: Drawing, layout: Layout): Picture {
  const panels = [...new Set(rows.map(({ panel }) => panel))];
  const longest = Math.max(...rows.map(({ row }) => row.length));
  const left = Math.min(layout.compact ? 172 : 300, 20 + longest * 6.6);
  const places = keyPlaces(marks, layout, left);
  const keyHeight = (places.at(-1)?.y ?? 0) + 8;
  const margins = { top: keyHeight + 44, right: 22, bottom: 46, left };
  const width = plotWidth(layout, margins);
  const heights = panels.map((panel) => count(rows, panel) * rowHeight);
  const values = rows.flatMap((row) => marks.map(({ field }) => row[field] as number | null));
  const domain = [0, highest(values)];
  const tooltip = layout.interactive
    ? {
        tooltip: [
          { field: 'panel', title: 'of' },
          { field: 'row', title: 'on' },
          ...marks.map(({ field, label }) => ({ field, title: `${label}, %`, format: '.1f' })),
          { field: 'rows', title: 'measured rows' },
        ],
      }
    : {};
  const panelSpec = (panel: string, i: number) => {
    const isLast = i === panels.length - 1;
    const own = rows.filter((row) => row.panel === panel).map(({ row }) => row);
    const scale = { domain, nice: false };
    const x = (field: string) => ({
      field,
      type: 'quantitative',
      scale,
      axis: {
        title: isLast ? axis : null,
        tickCount: layout.compact ? 4 : 8,
        labelExpr: "datum.value + ' %'",
        labels: isLast,
        ticks: isLast,
        grid: true,
      },
    });
    const y = {
      field: 'row',
      type: 'nominal',
      scale: { domain: own, padding: 0.2 },
      axis: titleAbove(panel, margins.left, {
        titleFontWeight: 600,
        titleColor: tones.ink.light,
        labelFontSize: layout.compact ? 11 : 12,
        labelLimit: left - 8,
        titleY: -6,
      }),
    };
    const first = `datum[${JSON.stringify(marks[0]?.field)}]`;
    // Absent figures count as the first, which every row has.
    const given = marks
      .map(({ field }) => `datum[${JSON.stringify(field)}]`)
      .map((value) => `isValid(${value}) ? ${value} : ${first}`)
      .join(', ');
    return {
      width,
      height: heights[i],
      transform: [
        { filter: { field: 'panel', equal: panel } },
        { calculate: `min(${given})`, as: 'least' },
        { calculate: `max(${given})`, as: 'most' },
      ],
      layer: [
        {
          mark: { type: 'rule', stroke: tones.axis.light, strokeWidth: 1.5, aria: false },
          encoding: { x: x('least'), x2: { field: 'most' }, y },
        },
        ...marks.map((mark) => ({
          transform: [{ filter: `isValid(datum[${JSON.stringify(mark.field)}])` }],
          mark: { type: 'point', aria: false, ...markStyle(mark) },
          encoding: { x: x(mark.field), y, ...tooltip },
        })),
        ...(i === 0 ? key(places, margins) : []),
      ],
    };
  };
  const spec = {
    ...frame(margins),
    vconcat: panels.map(panelSpec),
    spacing: gap,
    bounds: 'flush',
  };
  const plots = heights.reduce((a, b) => a + b, 0) + (panels.length - 1) * gap;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}

function count(rows: readonly ErrorRow[], panel: string): number {
  return rows.filter((row) => row.panel === panel).length;
}

/** The next multiple of ten (of two, below ten) that holds every value. */
function highest(values: readonly (number | null)[]): number {
  const most = values.reduce<number>((a, b) => Math.max(a, b ?? 0), 1);
  const step = most > 10 ? 10 : 2;
  return Math.ceil((most * 1.01) / step) * step;
}

function markStyle({ shape, hue, hollow = false }: ErrorMark) {
  const colour = hue === undefined ? tones.axis.light : hues[hue].mark.light;
  const size = shape === 'stroke' ? 110 : shape === 'diamond' ? 70 : 48;
  if (shape === 'stroke') {
    return { shape, angle: 90, size, stroke: colour, strokeWidth: 2, opacity: 1 };
  }
  return hollow
    ? { shape, size, fill: tones.paper.light, stroke: colour, strokeWidth: 1.5, opacity: 1 }
    : { shape, size, filled: true, fill: colour, opacity: 1 };
}

interface KeyPlace {
  readonly mark: ErrorMark;
  readonly x: number;
  readonly y: number;
}

function keyPlaces(marks: readonly ErrorMark[], layout: Layout, left: number): KeyPlace[] {
  let [x, y] = [-left + 10, 0];
  return marks.map((mark) => {
    const width = 20 + mark.label.length * 6.3 + 14;
    if (x > -left + 10 && x + width > layout.width - left) [x, y] = [-left + 10, y + 18];
    const place = { mark, x, y };
    x += width;
    return place;
  });
}

function key(places: readonly KeyPlace[], { top }: { readonly top: number }) {
  return places.flatMap(({ mark, x, y }) => {
    const at = { x: { value: x }, y: { value: y - top + 10 } };
    return [
      {
        data: { values: [{}] },
        mark: { type: 'point', aria: false, ...markStyle(mark) },
        encoding: at,
      },
      {
        data: { values: [{}] },
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'middle',
          dx: 10,
          text: mark.label,
          aria: false,
        },
        encoding: { x: at.x, y: { value: y - top + 11 } },
      },
    ];
  });
}
