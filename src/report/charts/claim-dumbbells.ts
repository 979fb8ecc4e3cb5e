import type { ScorecardRow } from '../../experiment/claims/row.ts';
import type { ClaimKind } from '../../experiment/define.ts';
import { type Chart, type Layout, type Picture, plotWidth, textWidth } from '../chart.ts';
import { type HueName, hues, tones } from '../theme.ts';
import { asSpec, frame } from './frame.ts';

/** How the figures of a kind are marked: what was predicted stands out, what was set is told apart. */
const marks: Readonly<Record<Exclude<ClaimKind, 'shape'>, { shape: string; hue: HueName }>> = {
  predicted: { shape: 'circle', hue: 'blue' },
  postdicted: { shape: 'triangle-up', hue: 'orange' },
  calibrated: { shape: 'square', hue: 'purple' },
  identity: { shape: 'cross', hue: 'black' },
  'cross-check': { shape: 'triangle-down', hue: 'green' },
};

/** Ratios outside are drawn at the edge; the number beside them says what they are. */
const edges = [0.1, 10] as const;

const candidates = [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10];

/** Claims that have a place on an axis of ratios: compared, and no yes or no. */
export function isDrawn(row: ScorecardRow): boolean {
  return row.relative_error !== null && row.kind !== 'shape';
}

/** What the chart says of a claim. */
export interface ClaimWords {
  /** The tolerance as a share of the published figure. */
  readonly toleranceShare: (row: ScorecardRow) => number;
  readonly errorText: (error: number | null) => string;
}

/**
 * Published against replayed, one row per claim, nearest first: the published figure is the hollow
 * diamond at 1 with its tolerance as a bar, ours the filled mark with its interval.
 */
export function claimDumbbells(
  claims: readonly ScorecardRow[],
  { toleranceShare, errorText }: ClaimWords,
  head: Omit<Chart, 'rows' | 'draw' | 'sql'>,
): Chart {
  const rows = claims
    .filter(isDrawn)
    .sort((a, b) => Math.abs(a.relative_error ?? 0) - Math.abs(b.relative_error ?? 0))
    .map((row) => {
      const share = toleranceShare(row);
      const ratio = (value: number | null) => (value === null ? null : value / row.published);
      const bounds = [ratio(row.low), ratio(row.high)];
      const hasInterval = bounds.every((bound) => bound !== null);
      const [low, high] = hasInterval ? [...(bounds as number[])].sort((a, b) => a - b) : [];
      return {
        claim: row.id,
        kind: row.kind,
        ratio: clamped(1 + (row.relative_error ?? 0)),
        low: low === undefined ? null : clamped(low),
        high: high === undefined ? null : clamped(high),
        tolerance_low: clamped(1 - share),
        tolerance_high: clamped(1 + share),
        error: errorText(row.relative_error),
        published: row.published,
        replayed: row.replayed,
        unit: row.unit,
        verdict: row.verdict,
      };
    });
  return { ...head, sql: '', rows, draw: (layout) => draw(rows, layout) };
}

interface DumbbellRow {
  readonly error: string;
  readonly claim: string;
  readonly kind: string;
  readonly ratio: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly tolerance_low: number;
  readonly tolerance_high: number;
}

function clamped(ratio: number): number {
  return Math.min(edges[1], Math.max(edges[0], ratio));
}

function domainOf(rows: readonly DumbbellRow[]): [number, number] {
  const values = rows.flatMap((row) => [
    row.ratio,
    row.low ?? 1,
    row.high ?? 1,
    row.tolerance_low,
    row.tolerance_high,
  ]);
  return [Math.min(0.85, ...values) * 0.97, Math.max(1.18, ...values) * 1.03];
}

function draw(rows: readonly DumbbellRow[], layout: Layout): Picture {
  const most = layout.compact ? 21 : 44;
  const longest = Math.max(...rows.map((row) => textWidth(row.claim.slice(0, most))));
  const kinds = Object.keys(marks).filter((kind) => rows.some((row) => row.kind === kind));
  const key = keyEntries(kinds, layout);
  const margins = {
    top: 16 + 20 * key.rows,
    right: Math.max(...rows.map((row) => textWidth(row.error))) + 16,
    bottom: 46,
    left: Math.ceil(longest) + 14,
  };
  const width = plotWidth(layout, margins);
  const height = rows.length * 22;
  const domain = domainOf(rows);
  const scale = { type: 'log', domain, nice: false, clamp: true };
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    scale,
    axis: {
      title: 'replayed / published, log scale',
      values: ticksIn(domain, width),
      labelExpr: "format(datum.value, '~r') + 'x'",
      labelOverlap: true,
      grid: true,
    },
  });
  const y = {
    field: 'claim',
    type: 'nominal',
    scale: { domain: rows.map((row) => row.claim), padding: 0.2 },
    axis: {
      title: null,
      labelColor: tones.ink.light,
      labelExpr: `length(datum.label) > ${most} ? slice(datum.label, 0, ${most - 1}) + '…' : datum.label`,
    },
  };
  const one = { datum: 1, type: 'quantitative', scale };
  const rule = (stroke: string, strokeWidth: number) => ({
    type: 'rule',
    stroke,
    strokeWidth,
    aria: false,
  });
  const tooltip = layout.interactive
    ? {
        tooltip: [
          { field: 'claim' },
          { field: 'kind' },
          { field: 'published', format: ',.4~r' },
          { field: 'replayed', format: ',.4~r' },
          { field: 'unit' },
          { field: 'error' },
          { field: 'verdict' },
        ],
      }
    : {};
  const spec = {
    ...frame(margins),
    width,
    height,
    layer: [
      {
        mark: { ...rule(tones.grid.light, 11), strokeCap: 'butt' },
        encoding: { x: x('tolerance_low'), x2: { field: 'tolerance_high' }, y },
      },
      {
        mark: rule(tones.axis.light, 1.5),
        encoding: { x: x('ratio'), x2: { datum: 1 }, y },
      },
      {
        transform: [{ filter: 'isValid(datum.low)' }],
        mark: rule(tones.ink.light, 3),
        encoding: { x: x('low'), x2: { field: 'high' }, y },
      },
      {
        mark: diamond(80),
        encoding: { x: one, y },
      },
      ...kinds.map((kind) => ({
        transform: [{ filter: { field: 'kind', equal: kind } }],
        mark: filled(kind, 70),
        encoding: { x: x('ratio'), y, ...tooltip },
      })),
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', aria: false },
        encoding: {
          x: { value: width + 8 },
          y,
          text: { field: 'error', type: 'nominal' },
        },
      },
      {
        data: { values: [{}] },
        mark: { type: 'text', align: 'left', baseline: 'bottom', text: 'error', aria: false },
        encoding: {
          x: { value: width + 8 },
          y: { value: -3 },
          color: { value: tones.muted.light },
        },
      },
      ...key.layers(-margins.left + 8, -margins.top + 10),
    ],
  };
  return { spec: asSpec(spec), height: height + margins.top + margins.bottom, margins };
}

/** Ticks at least 42 pixels apart; 1 is always among them. */
function ticksIn([low, high]: readonly [number, number], width: number): number[] {
  const at = (value: number) => (Math.log(value / low) / Math.log(high / low)) * width;
  const kept = [1];
  for (const tick of candidates.filter((value) => value > low && value < high)) {
    if (kept.every((other) => Math.abs(at(tick) - at(other)) >= 42)) kept.push(tick);
  }
  return kept.sort((a, b) => a - b);
}

function diamond(size: number) {
  return {
    type: 'point',
    shape: 'diamond',
    size,
    fill: tones.paper.light,
    stroke: tones.ink.light,
    strokeWidth: 1.5,
    opacity: 1,
    aria: false,
  };
}

function filled(kind: string, size: number) {
  const { shape, hue } = marks[kind as keyof typeof marks];
  const fill = hues[hue].mark.light;
  return { type: 'point', filled: true, shape, size, fill, opacity: 1, aria: false };
}

/** What the marks mean, in rows that fit. */
function keyEntries(kinds: readonly string[], layout: Layout) {
  const entries = [
    { mark: diamond(70), text: 'published, with tolerance' },
    ...kinds.map((kind) => ({ mark: filled(kind, 70), text: `replayed: ${kind}` })),
  ];
  let x = 0;
  let row = 0;
  const places = entries.map((entry) => {
    const width = textWidth(entry.text) + 36;
    if (x > 0 && x + width > layout.width - 10) {
      x = 0;
      row++;
    }
    const place = { ...entry, x, y: row * 20 };
    x += width;
    return place;
  });
  const layers = (x0: number, y0: number) =>
    places.flatMap(({ mark, text, x: dx, y }) => [
      {
        data: { values: [{}] },
        mark,
        encoding: { x: { value: x0 + dx }, y: { value: y0 + y } },
      },
      {
        data: { values: [{}] },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 10, text, aria: false },
        encoding: { x: { value: x0 + dx }, y: { value: y0 + y + 1 } },
      },
    ]);
  return { rows: row + 1, layers };
}
