import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import { logDomain, logTicks } from '../scales.ts';
import { hues, tones } from '../theme.ts';
import { asSpec, frame } from './frame.ts';
import { panelHead, panelPlaces } from './panels.ts';

/** One measured row beside its prediction. */
export interface ComparedPoint {
  /** Rows of one panel share an axis. */
  readonly panel: string;
  /** What the panel's times are in. */
  readonly unit: 'us' | 'ms';
  readonly measured: number;
  readonly predicted: number;
  /** Whether a fit saw the row. */
  readonly fitted: 'yes' | 'no';
  readonly shape: string;
}

/** Marks of one picture at most. */
const mostMarks = 3000;

/** Predicted over measured on two logarithmic axes, a panel per group. */
export function predictedMeasured(
  points: readonly ComparedPoint[],
  head: Omit<Chart, 'rows' | 'draw'>,
): Chart {
  const panels = [...new Set(points.map(({ panel }) => panel))];
  const each = Math.floor(mostMarks / panels.length);
  const rows = panels.flatMap((panel) =>
    thinned(
      points.filter((point) => point.panel === panel),
      each,
    ).map((point) => ({ ...point })),
  );
  const left = points.length - rows.length;
  const said = `${rows.length.toLocaleString('en')} of ${points.length.toLocaleString('en')} rows drawn, evenly spaced in each panel by measured time`;
  return {
    ...head,
    provenance: left > 0 ? [...head.provenance, said] : head.provenance,
    rows,
    draw: (layout) => draw(rows, panels, layout),
  };
}

/** An even choice in order of the measured time, both ends among it. */
export function thinned<T extends { readonly measured: number; readonly predicted: number }>(
  rows: readonly T[],
  most: number,
): T[] {
  const ordered = [...rows].sort((a, b) => a.measured - b.measured || a.predicted - b.predicted);
  if (ordered.length <= most) return ordered;
  const at = (i: number) => Math.round((i * (ordered.length - 1)) / (most - 1));
  return Array.from({ length: most }, (_, i) => ordered[at(i)] as T);
}

/** Bands around equality, the wider one first. */
const bands = [
  { ratio: 1.25, opacity: 0.13 },
  { ratio: 1.1, opacity: 0.22 },
];

function draw(rows: readonly ComparedPoint[], panels: readonly string[], layout: Layout): Picture {
  const columns = layout.compact ? 2 : 3;
  const margins = { top: 46, right: 14, bottom: 46, left: 52 };
  const gaps = { column: layout.compact ? 50 : 62, row: 100 };
  const side = Math.floor((plotWidth(layout, margins) - (columns - 1) * gaps.column) / columns);
  const { lastRow, rowsOfPanels } = panelPlaces(panels.length, columns);
  const panelSpec = (panel: string) => {
    const own = rows.filter((row) => row.panel === panel);
    const domain = logDomain(own.flatMap(({ measured, predicted }) => [measured, predicted]));
    const [low, high] = domain;
    const unit = own[0]?.unit === 'us' ? 'µs' : 'ms';
    const scale = { type: 'log', domain, nice: false };
    const axis = {
      values: logTicks(low, high, 4),
      labelExpr: "format(datum.value, '~s')",
      grid: true,
      labelFontSize: 11,
    };
    const x = { type: 'quantitative', scale, axis: { ...axis, title: `measured, ${unit}` } };
    const y = { type: 'quantitative', scale, axis: { ...axis, title: null } };
    const colour = hues.blue.mark.light;
    const dots = (fitted: 'yes' | 'no') => ({
      transform: [{ filter: { field: 'fitted', equal: fitted } }],
      mark: {
        type: 'point',
        size: fitted === 'yes' ? 20 : 12,
        clip: true,
        aria: false,
        ...(fitted === 'yes'
          ? { filled: false, stroke: hues.vermillion.mark.light, strokeWidth: 1, opacity: 0.8 }
          : { filled: true, fill: colour, opacity: own.length > 150 ? 0.45 : 0.85 }),
      },
      encoding: {
        x: { field: 'measured', ...x },
        y: { field: 'predicted', ...y },
        ...(layout.interactive ? { tooltip: tooltipOf(unit) } : {}),
      },
    });
    return {
      width: side,
      height: side,
      transform: [{ filter: { field: 'panel', equal: panel } }],
      layer: [
        ...bands.map(({ ratio, opacity }) => ({
          data: {
            values: [low, high].map((value) => ({
              measured: value,
              least: value / ratio,
              most: value * ratio,
            })),
          },
          mark: {
            type: 'area',
            clip: true,
            fill: tones.axis.light,
            fillOpacity: opacity,
            aria: false,
          },
          encoding: {
            x: { field: 'measured', ...x },
            y: { field: 'least', ...y },
            y2: { field: 'most' },
          },
        })),
        {
          data: { values: [low, high].map((value) => ({ measured: value, predicted: value })) },
          mark: { type: 'line', stroke: tones.axis.light, strokeWidth: 1, aria: false },
          encoding: { x: { field: 'measured', ...x }, y: { field: 'predicted', ...y } },
        },
        dots('no'),
        dots('yes'),
        ...panelHead(panel, `predicted, ${unit}`),
      ],
    };
  };
  const spec = {
    ...frame(margins),
    concat: panels.map(panelSpec),
    columns,
    spacing: gaps,
    bounds: 'flush',
  };
  const height = rowsOfPanels * side + lastRow * gaps.row + margins.top + margins.bottom;
  return { spec: asSpec(spec), height, margins };
}

function tooltipOf(unit: string) {
  return [
    { field: 'measured', title: `measured, ${unit}`, format: ',.4~r' },
    { field: 'predicted', title: `predicted, ${unit}`, format: ',.4~r' },
    { field: 'shape' },
  ];
}
