import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import { logDomain, logTicks } from '../scales.ts';
import { hues, tones } from '../theme.ts';
import type { ErrorBin } from './error-bins.ts';
import { asSpec, frame } from './frame.ts';
import { panelHead, panelPlaces } from './panels.ts';

/** Binned errors of one panel. */
export interface ShapePanel {
  readonly panel: string;
  /** What the size is, with its unit. */
  readonly size: string;
  readonly bins: readonly ErrorBin[];
}

/** Signed errors beyond it are cut off at the edge, %. */
const most = 60;

/** Signed error over size: the median as a line, the middle 80 % as a band; a panel per group. */
export function errorByShape(
  panels: readonly ShapePanel[],
  head: Omit<Chart, 'rows' | 'draw'>,
): Chart {
  const rows = panels.flatMap(({ panel, size, bins }) =>
    bins.map((bin) => ({ panel, size_of: size, ...bin })),
  );
  return { ...head, rows, draw: (layout) => draw(panels, layout) };
}

function draw(panels: readonly ShapePanel[], layout: Layout): Picture {
  const columns = layout.compact ? 1 : 3;
  const margins = { top: 46, right: 14, bottom: 46, left: 52 };
  const gaps = { column: 60, row: 100 };
  const width = Math.floor((plotWidth(layout, margins) - (columns - 1) * gaps.column) / columns);
  const height = 120;
  const { lastRow, rowsOfPanels } = panelPlaces(panels.length, columns);
  const panelSpec = ({ panel, size, bins }: ShapePanel) => {
    const domain = logDomain(bins.map((bin) => bin.size));
    const x = {
      field: 'size',
      type: 'quantitative',
      scale: { type: 'log', domain, nice: false },
      axis: {
        title: `${size}, log scale`,
        values: logTicks(domain[0], domain[1], 4),
        labelExpr: "format(datum.value, '~s')",
        labelFontSize: 11,
      },
    };
    const y = (field: string) => ({
      field,
      type: 'quantitative',
      scale: { domain: [-most, most], clamp: true },
      axis: {
        title: null,
        values: [-50, -25, 0, 25, 50],
        labelExpr: "(datum.value > 0 ? '+' : '') + datum.value + ' %'",
        labelFontSize: 11,
        grid: true,
      },
    });
    const blue = hues.blue.mark.light;
    return {
      width,
      height,
      transform: [
        { filter: { field: 'panel', equal: panel } },
        { filter: { field: 'size_of', equal: size } },
      ],
      layer: [
        {
          data: { values: [{}] },
          mark: { type: 'rule', stroke: tones.axis.light, strokeWidth: 1.2, aria: false },
          encoding: { y: { datum: 0, type: 'quantitative' } },
        },
        {
          mark: { type: 'area', fill: blue, fillOpacity: 0.18, aria: false },
          encoding: { x, y: y('p10'), y2: { field: 'p90' } },
        },
        {
          mark: { type: 'line', stroke: blue, aria: false },
          encoding: { x, y: y('median') },
        },
        {
          mark: { type: 'point', filled: true, fill: blue, size: 28, opacity: 1, aria: false },
          encoding: {
            x,
            y: y('median'),
            ...(layout.interactive ? { tooltip: tooltip(size) } : {}),
          },
        },
        ...panelHead(panel, 'error'),
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
  const total = rowsOfPanels * height + lastRow * gaps.row + margins.top + margins.bottom;
  return { spec: asSpec(spec), height: total, margins };
}

function tooltip(size: string) {
  return [
    { field: 'size', title: size, format: ',.3~s' },
    { field: 'median', title: 'median error, %', format: '+.1f' },
    { field: 'p10', title: '10th percentile, %', format: '+.1f' },
    { field: 'p90', title: '90th percentile, %', format: '+.1f' },
    { field: 'rows', title: 'measured rows' },
  ];
}
