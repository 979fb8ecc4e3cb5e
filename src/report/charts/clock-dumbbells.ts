import { type Chart, type Layout, type Picture, plotWidth } from '../chart.ts';
import type { StepError } from '../clock-errors.ts';
import { hues, tones } from '../theme.ts';
import { asSpec, frame, titleAbove } from './frame.ts';

/**
 * Predicted against measured step times: one dumbbell per engine, model and phase. Ours is the
 * filled mark at 1, the published figure the hollow diamond with its range.
 */
export function clockDumbbells(
  errors: readonly StepError[],
  head: Omit<Chart, 'rows' | 'draw'>,
): Chart {
  const engines = [...new Set(errors.map((error) => error.engine))];
  const rows = engines.flatMap((engine) =>
    errors
      .filter((error) => error.engine === engine)
      .sort((a, b) => a.mape - b.mape)
      .map((error) => ({
        engine,
        row: `${error.model}, ${error.phase}`,
        points: error.points,
        mean_error_percent: error.mape,
        lowest_ratio: error.low,
        median_ratio: error.median,
        highest_ratio: error.high,
      })),
  );
  return { ...head, rows, draw: (layout) => draw(rows, engines, layout) };
}

type DumbbellRow = { engine: string; row: string; highest_ratio: number };

function draw(rows: readonly DumbbellRow[], engines: readonly string[], layout: Layout): Picture {
  const margins = { top: 54, right: 18, bottom: 46, left: layout.compact ? 162 : 190 };
  const width = plotWidth(layout, margins);
  const rowHeight = 17;
  const gap = 30;
  const heights = engines.map(
    (engine) => rows.filter((row) => row.engine === engine).length * rowHeight,
  );
  const domain = [0.75, 3.2];
  const panel = (engine: string, i: number) => {
    const isLast = i === engines.length - 1;
    const own = rows.filter((row) => row.engine === engine).map((row) => row.row);
    const x = (field: string) => ({
      field,
      type: 'quantitative',
      scale: { type: 'log', domain, nice: false },
      axis: {
        title: isLast ? 'measured / predicted step time, log scale' : null,
        values: [0.8, 1, 1.25, 1.5, 2, 3],
        labelExpr: "format(datum.value, '~r') + 'x'",
        labels: isLast,
        ticks: isLast,
        grid: true,
      },
    });
    const y = {
      field: 'row',
      type: 'nominal',
      scale: { domain: own, padding: 0.2 },
      axis: titleAbove(engine, margins.left, {
        titleFontWeight: 600,
        titleColor: tones.ink.light,
        labelFontSize: layout.compact ? 11 : 12,
        titleY: -6,
      }),
    };
    const one = { datum: 1, type: 'quantitative', scale: { type: 'log', domain, nice: false } };
    const tooltip = layout.interactive
      ? {
          tooltip: [
            { field: 'engine' },
            { field: 'row', title: 'model, phase' },
            { field: 'median_ratio', title: 'measured / predicted, median', format: '.2f' },
            { field: 'lowest_ratio', title: 'lowest', format: '.2f' },
            { field: 'highest_ratio', title: 'highest', format: '.2f' },
            { field: 'mean_error_percent', title: 'mean error, %', format: '.1f' },
            { field: 'points' },
          ],
        }
      : {};
    return {
      width,
      height: heights[i],
      transform: [{ filter: { field: 'engine', equal: engine } }],
      layer: [
        {
          mark: { type: 'rule', stroke: tones.axis.light, strokeWidth: 1.5, aria: false },
          encoding: { x: x('lowest_ratio'), x2: { field: 'highest_ratio' }, y },
        },
        {
          mark: { type: 'rule', stroke: hues.blue.mark.light, strokeWidth: 2.5, aria: false },
          encoding: { x: x('median_ratio'), x2: { datum: 1 }, y },
        },
        {
          mark: {
            type: 'point',
            filled: true,
            shape: 'circle',
            size: 45,
            fill: hues.blue.mark.light,
            opacity: 1,
            aria: false,
          },
          encoding: { x: one, y },
        },
        {
          mark: {
            type: 'point',
            shape: 'diamond',
            size: 75,
            fill: tones.paper.light,
            stroke: tones.ink.light,
            strokeWidth: 1.5,
            opacity: 1,
            aria: false,
          },
          encoding: { x: x('median_ratio'), y, ...tooltip },
        },
        ...(i === 0 ? markKey(margins) : []),
      ],
    };
  };
  const spec = {
    ...frame(margins),
    vconcat: engines.map(panel),
    spacing: gap,
    bounds: 'flush',
  };
  const plots = heights.reduce((a, b) => a + b, 0) + (engines.length - 1) * gap;
  return { spec: asSpec(spec), height: plots + margins.top + margins.bottom, margins };
}

function markKey({ top, left }: { top: number; left: number }) {
  const y = -top + 10;
  const entry = (x: number, mark: Record<string, unknown>, text: string) => [
    {
      data: { values: [{}] },
      mark: { type: 'point', strokeWidth: 1.5, opacity: 1, aria: false, ...mark },
      encoding: { x: { value: x }, y: { value: y } },
    },
    {
      data: { values: [{}] },
      mark: { type: 'text', align: 'left', baseline: 'middle', dx: 10, text, aria: false },
      encoding: { x: { value: x }, y: { value: y + 1 } },
    },
  ];
  return [
    ...entry(
      -left + 10,
      { shape: 'circle', filled: true, size: 45, fill: hues.blue.mark.light },
      'predicted',
    ),
    ...entry(
      -left + 100,
      { shape: 'diamond', size: 75, fill: tones.paper.light, stroke: tones.ink.light },
      'measured: median, range',
    ),
  ];
}
