import type { Config } from 'vega-lite';
import type { Layout } from './chart.ts';

/**
 * Every colour, face and size of the charts. A chart carries its light colours as attributes;
 * the page maps exactly these values to their dark ones by attribute selectors (`themeRules`),
 * so the same SVG serves both themes and stays readable on its own.
 */
export const font = 'Inter, system-ui, -apple-system, "Segoe UI", sans-serif';

interface Tone {
  readonly light: string;
  readonly dark: string;
}

/** Lines, text and paper. Text tones keep a contrast of 4.5:1 and more on their paper. */
export const tones = {
  ink: { light: '#1c1d1f', dark: '#ececee' },
  muted: { light: '#5d6168', dark: '#a6abb3' },
  axis: { light: '#8d929a', dark: '#767b84' },
  grid: { light: '#e5e6e9', dark: '#33363c' },
  paper: { light: '#fefefe', dark: '#17181b' },
} as const satisfies Record<string, Tone>;

export interface Hue {
  /** For marks: 3:1 and more on the paper of its theme, except orange in the light one. */
  readonly mark: Tone;
  /** For text in that colour: 4.5:1 and more. */
  readonly text: Tone;
}

/** Okabe and Ito's palette without the two hues that vanish on white. */
export const hues = {
  blue: {
    mark: { light: '#0072B2', dark: '#3f9fdd' },
    text: { light: '#0068a3', dark: '#5db0e8' },
  },
  vermillion: {
    mark: { light: '#D55E00', dark: '#e2701a' },
    text: { light: '#b34f00', dark: '#f08a3c' },
  },
  green: {
    mark: { light: '#009E73', dark: '#17b187' },
    text: { light: '#007453', dark: '#2fc39a' },
  },
  purple: {
    mark: { light: '#CC79A7', dark: '#d58ab4' },
    text: { light: '#a3457b', dark: '#e09cc2' },
  },
  orange: {
    mark: { light: '#E69F00', dark: '#e8a613' },
    text: { light: '#8a5f00', dark: '#f0b535' },
  },
  sky: {
    mark: { light: '#56B4E9', dark: '#5fb8ea' },
    text: { light: '#0a6ea8', dark: '#7cc6ef' },
  },
  black: {
    mark: { light: '#3a3c40', dark: '#d4d6da' },
    text: { light: '#2b2d30', dark: '#e3e4e7' },
  },
} as const satisfies Record<string, Hue>;

export type HueName = keyof typeof hues;

/** In the order in which series without a family of their own take them. */
export const hueOrder: readonly HueName[] = [
  'blue',
  'vermillion',
  'green',
  'purple',
  'orange',
  'black',
];

/** One colour per policy family, on every page. Families that compare differ in colour. */
export const familyHues: Readonly<Record<string, HueName>> = {
  // schedulers
  'chunked-prefill': 'blue',
  'prefill-first': 'vermillion',
  orca: 'green',
  // orders of the queue
  fcfs: 'black',
  'shortest-prompt': 'blue',
  'longest-prompt': 'orange',
  'shortest-output': 'green',
  'longest-output': 'purple',
  // placements
  'round-robin': 'black',
  'least-loaded': 'orange',
  random: 'purple',
};

/**
 * The hue of a system by its name: that of its policy family, unless another series of the chart
 * has it, else the next free one; beyond six, hues come again.
 */
export function hueOf(name: string, taken: readonly string[]): HueName {
  const family = Object.keys(familyHues)
    .filter((policy) => new RegExp(`(?:^|[^\\w-])${policy}(?![\\w-])`).test(name))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))[0];
  const own = family === undefined ? undefined : familyHues[family];
  if (own !== undefined && !taken.includes(own)) return own;
  const free = hueOrder.find((hue) => !taken.includes(hue));
  return free ?? (hueOrder[taken.length % hueOrder.length] as HueName);
}

/** The second channel beside colour, by the place of a series among those of its colour. */
export const dashes: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [9, 3, 2, 3],
];

export const shapes = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
] as const;

/** The stages of a request, in the order in which they pass. */
export const stageHues: Readonly<Record<'queue' | 'prefill' | 'handoff' | 'decode', string>> = {
  queue: tones.axis.light,
  prefill: hues.orange.mark.light,
  handoff: hues.purple.mark.light,
  decode: hues.sky.mark.light,
};

export const chartConfig: Config = {
  font,
  background: 'transparent',
  padding: 0,
  view: { stroke: null },
  axis: {
    labelFont: font,
    titleFont: font,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 400,
    labelColor: tones.muted.light,
    titleColor: tones.muted.light,
    titlePadding: 8,
    domainColor: tones.axis.light,
    tickColor: tones.axis.light,
    gridColor: tones.grid.light,
    labelPadding: 5,
    tickSize: 4,
    labelLimit: 0,
    titleLimit: 0,
  },
  axisY: { domain: false, ticks: false },
  axisX: { grid: false },
  text: { font, fontSize: 12, fill: tones.ink.light },
  line: { strokeWidth: 2, strokeCap: 'butt', strokeJoin: 'round' },
};

/** The theme of charts that an experiment defines: axes as in ours, keys above the plot. */
export function studyConfig({ compact }: Layout): Record<string, unknown> {
  const face = { labelFont: font, titleFont: font, labelFontSize: 12, titleFontSize: 12 };
  const small = { ...face, labelColor: tones.ink.light, titleColor: tones.muted.light };
  const above = {
    titleAngle: 0,
    titleAlign: 'left',
    titleAnchor: 'end',
    titleBaseline: 'bottom',
    titleX: -26,
    titleY: -8,
  };
  const blue = hues.blue.mark.light;
  return {
    ...chartConfig,
    axisY: { ...chartConfig.axisY, ...above },
    // Names of systems stand beside their bars; a title above them says little.
    axisYBand: { grid: false, titleX: 0 },
    axisXBand: { grid: false, labelAngle: 0 },
    view: { stroke: null, continuousHeight: compact ? 220 : 280, discreteHeight: { step: 26 } },
    legend: {
      ...small,
      orient: 'top',
      direction: 'horizontal',
      titleFontWeight: 400,
      labelLimit: 0,
      titleLimit: 0,
      symbolStrokeWidth: 2.5,
      symbolOpacity: 1,
      columnPadding: 18,
      // Above the title of the y axis, which the layout does not see.
      offset: 30,
      padding: 0,
    },
    header: { ...small, labelFontWeight: 600, labelAnchor: 'start', title: null, labelPadding: 6 },
    title: { font, fontSize: 12, fontWeight: 600, color: tones.ink.light, anchor: 'start' },
    range: {
      category: hueOrder.map((name) => hues[name].mark.light),
      heatmap: { scheme: 'viridis' },
      ramp: { scheme: 'viridis' },
    },
    mark: { color: blue },
    rule: { color: tones.axis.light },
    text: { ...chartConfig.text, color: tones.ink.light },
    point: { filled: true, size: 60, opacity: 1 },
    errorband: { opacity: 0.2 },
    numberFormat: ',.4~r',
    tooltipFormat: { numberFormat: ',.6~r' },
    facet: { spacing: compact ? 34 : 28 },
    concat: { spacing: 40 },
  };
}

/** CSS that turns the light colours of charts into their dark ones, under the given selector. */
export function themeRules(scope: string): string {
  const pairs: Tone[] = [...Object.values(tones)];
  for (const hue of Object.values(hues)) pairs.push(hue.mark, hue.text);
  return pairs
    .flatMap(({ light, dark }) => [
      `${scope} [fill="${light}"]{fill:${dark}}`,
      `${scope} [stroke="${light}"]{stroke:${dark}}`,
    ])
    .join('\n');
}

/** Vega expression for a tick label in milliseconds: seconds from 10 s on, as in `formatMs`. */
export const msLabel =
  "datum.value >= 10000 ? format(datum.value / 1000, ',') + ' s' : format(datum.value, ',') + ' ms'";

/** Vega expression that writes the milliseconds of a field as `formatMs` does. */
export function msText(field: string): string {
  const ms = `datum[${JSON.stringify(field)}]`;
  return (
    `!isValid(${ms}) ? '-' : ${ms} >= 10000 ? format(${ms} / 1000, ${ms} >= 100000 ? ',.0f' : '.1f') + ' s'` +
    ` : format(${ms}, ${ms} >= 100 ? ',.0f' : ${ms} >= 10 ? '.1f' : '.2f') + ' ms'`
  );
}
