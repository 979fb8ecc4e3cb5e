import type { TopLevelSpec } from 'vega-lite';
import type { Row } from './session.ts';

/** What a chart is drawn for: its size in CSS pixels, and whether a script runs beside it. */
export interface Layout {
  /** Of the whole picture, margins included. */
  readonly width: number;
  /** Narrow screens: labels above the plot, panels below each other. */
  readonly compact: boolean;
  /** Adds what only a script can use: tooltips, selections, the objective's sliders. */
  readonly interactive: boolean;
}

export const wide: Layout = { width: 860, compact: false, interactive: false };
export const narrow: Layout = { width: 358, compact: true, interactive: false };

/** Pixels around the plot area; they hold axes and labels. */
export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** A picture without its rows: they are bound to the data set named `rows`. */
export interface Picture {
  readonly spec: TopLevelSpec;
  /** Of the whole picture, margins included. */
  readonly height: number;
  /** The same, where it is not the layout's. */
  readonly width?: number;
  /** Null where the specification carries its sizes and the space around it is fitted. */
  readonly margins: Margins | null;
}

/**
 * The compiled specification with its size inside the margins: composed views do not add theirs
 * up when nothing is fitted.
 */
export function sizeInside({ height, margins }: Picture, layout: Layout) {
  if (margins === null) return {};
  const { top, right, bottom, left } = margins;
  return { width: layout.width - left - right, height: height - top - bottom };
}

/** One chart with all that stands around it. */
export interface Chart {
  /** Unique on the page; anchors and file names are made of it. */
  readonly id: string;
  /** The finding. */
  readonly title: string;
  /** What is drawn. */
  readonly subtitle: string;
  readonly sql: string;
  /** What is drawn; a few thousand at most. */
  readonly rows: readonly Row[];
  /** All rows as CSV, where `rows` is only a part of them. */
  readonly csv?: string;
  readonly draw: (layout: Layout) => Picture;
  /** Trace and kind, cost profile, what the interval is. */
  readonly provenance: readonly string[];
  /** Where the scenarios of its runs stand: a fragment of the page or a file; absent without runs. */
  readonly scenarios?: string;
  /** The page says the title already, right above: it is there for those who hear the page. */
  readonly echo?: boolean;
  /** HTML between picture and small type (tables and controls that belong to the chart). */
  readonly extra?: string;
}

/** What a reader who cannot see the chart is told: the finding, then what is drawn. */
export function descriptionOf({ title, subtitle }: Pick<Chart, 'title' | 'subtitle'>): string {
  return `${title}. ${subtitle}.`;
}

/** The size of the plot area that margins leave. */
export function plotWidth(layout: Layout, { left, right }: Pick<Margins, 'left' | 'right'>) {
  return layout.width - left - right;
}

/** Positions at least `gap` apart, moved as little as their order allows, within [low, high]. */
export function spreadApart(
  positions: readonly number[],
  gap: number,
  low: number,
  high: number,
): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a]! - positions[b]! || a - b);
  const placed: number[] = new Array(positions.length);
  let previous = low - gap;
  for (const i of order) {
    placed[i] = Math.max(positions[i]!, previous + gap);
    previous = placed[i] as number;
  }
  let next = high + gap;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i]!, next - gap);
    next = placed[i] as number;
  }
  return placed;
}

/** Width of a text in Inter, roughly, in pixels. */
export function textWidth(text: string, size = 12): number {
  return text.length * size * 0.56;
}
