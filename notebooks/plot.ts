import { logTicks } from '../src/report/scales.ts';
import { dashes, type HueName, hues, shapes, tones } from '../src/report/theme.ts';
import { formatShare } from '../src/units/format.ts';
import type { Row } from './figure.ts';

/** One series of a chart: colour, and a dash and a shape for those who do not see it. */
export interface Series {
  readonly name: string;
  readonly hue: HueName;
  readonly dash: readonly number[];
  readonly shape: string;
}

/** Series in the order given, each with a colour, a dash and a shape of its own. */
export function seriesOf(names: readonly (readonly [name: string, hue: HueName])[]): Series[] {
  return names.map(([name, hue], i) => ({
    name,
    hue,
    dash: dashes[i % dashes.length] as readonly number[],
    shape: shapes[i % shapes.length] as string,
  }));
}

/** Channels that tell series apart; the key is the figure's. */
export function seriesChannels(series: readonly Series[], field = 'series') {
  const domain = series.map((one) => one.name);
  return {
    color: {
      field,
      type: 'nominal',
      scale: { domain, range: series.map((one) => hues[one.hue].mark.light) },
      legend: null,
    },
    strokeDash: {
      field,
      type: 'nominal',
      scale: { domain, range: series.map((one) => [...one.dash]) },
      legend: null,
    },
  };
}

/** A logarithmic axis whose ticks are at steps of 1, 2 and 5. */
export function logScale(
  domain: readonly [number, number],
  axis: Readonly<Record<string, unknown>>,
) {
  return {
    type: 'quantitative',
    scale: { type: 'log', domain: [...domain], nice: false, clamp: true },
    axis: { values: logTicks(...domain, 10), labelOverlap: 'greedy', grid: true, ...axis },
  };
}

/** A percentage whose sign stays beside its number. */
export function percent(share: number): string {
  return formatShare(share).replace(' ', '\u00a0');
}

/** A y axis whose title stands level above it: turned text is hard to read. */
export function titleAbove(title: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    title,
    titleAngle: 0,
    titleAlign: 'left',
    titleAnchor: 'end',
    titleBaseline: 'bottom',
    titleX: -40,
    titleY: -10,
    minExtent: 40,
    maxExtent: 40,
    ...more,
  };
}

export const shareAxis = (title: string) =>
  titleAbove(title, { format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] });

/** Invisible marks that carry the tooltips of a line's points. */
export function hover(
  encoding: Readonly<Record<string, unknown>>,
  tooltip: readonly Readonly<Record<string, unknown>>[],
) {
  return {
    mark: { type: 'point', filled: true, size: 120, opacity: 0, aria: false },
    encoding: { ...encoding, tooltip },
  };
}

/** A bound or reference: a dashed grey line through the given points, labelled at its last one. */
export function reference(
  points: readonly { readonly x: number; readonly y: number }[],
  label: string,
  labelMark: Readonly<Record<string, unknown>> = {},
) {
  const end = points[points.length - 1];
  const at = {
    x: { field: 'x', type: 'quantitative' },
    y: { field: 'y', type: 'quantitative' },
  };
  return [
    {
      data: { values: [...points] },
      mark: { type: 'line', stroke: tones.axis.light, strokeDash: [5, 4], strokeWidth: 1.5 },
      encoding: at,
    },
    ...rimmed(
      {
        align: 'right',
        baseline: 'bottom',
        dy: -5,
        fill: tones.muted.light,
        text: label,
        ...labelMark,
      },
      at,
    ).map((layer) => ({ data: { values: end === undefined ? [] : [end] }, ...layer })),
  ];
}

/** Text drawn over lines: once as a rim in the colour of the paper, then itself. */
export function rimmed(
  mark: Readonly<Record<string, unknown>>,
  encoding: Readonly<Record<string, unknown>>,
) {
  const rim = { stroke: tones.paper.light, strokeWidth: 4, strokeJoin: 'round' };
  return [rim, {}].map((style) => ({
    mark: { type: 'text', baseline: 'middle', aria: false, ...mark, ...style },
    encoding,
  }));
}

/** Tick labels with k and M. */
export const countLabel =
  "datum.value >= 1e6 ? format(datum.value / 1e6, '~r') + ' M' : datum.value >= 1e3 ? format(datum.value / 1e3, '~r') + ' k' : format(datum.value, '~r')";

/** The number in a column; NaN where it is absent. */
export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === 'number' ? value : Number.NaN;
}

/** Value of a CDF's `x` at a share, between the points around it. */
export function quantile(rows: readonly Row[], x: string, share: number): number {
  const after = rows.findIndex((row) => numberOf(row, 'share') >= share);
  if (after < 0) return Number.NaN;
  const high = rows[after];
  const low = rows[after - 1];
  if (low === undefined) return numberOf(high, x);
  const width = numberOf(high, 'share') - numberOf(low, 'share');
  const part = width > 0 ? (share - numberOf(low, 'share')) / width : 1;
  return numberOf(low, x) + part * (numberOf(high, x) - numberOf(low, x));
}
