import { type Verdict, verdicts } from '../../experiment/claims/verdict.ts';
import { type Chart, type Layout, type Picture, plotWidth, textWidth } from '../chart.ts';
import { hues, tones } from '../theme.ts';
import { asSpec, frame, rimmedText } from './frame.ts';

/** Claims of a paper, or of all, by how they came out. */
export interface VerdictCounts {
  readonly name: string;
  readonly counts: Readonly<Record<Verdict, number>>;
}

const colours: Readonly<Record<Verdict, string>> = {
  reproduced: hues.green.mark.light,
  close: hues.sky.mark.light,
  off: hues.vermillion.mark.light,
  'not-comparable': tones.axis.light,
  'not-run': tones.grid.light,
};

/** One bar per paper, cut by verdict, the counts in it. */
export function verdictStrip(
  papers: readonly VerdictCounts[],
  head: Omit<Chart, 'rows' | 'draw' | 'sql'>,
): Chart {
  const rows = papers.flatMap(({ name, counts }) => {
    let before = 0;
    return verdicts.flatMap((verdict) => {
      const claims = counts[verdict];
      const from = before;
      before += claims;
      return claims === 0 ? [] : [{ paper: name, verdict, claims, from, to: before }];
    });
  });
  const names = papers.map(({ name }) => name);
  return { ...head, sql: '', rows, draw: (layout) => draw(rows, names, layout) };
}

interface StripRow {
  readonly paper: string;
  readonly verdict: Verdict;
  readonly claims: number;
  readonly from: number;
  readonly to: number;
}

function draw(rows: readonly StripRow[], names: readonly string[], layout: Layout): Picture {
  const present = verdicts.filter((verdict) => rows.some((row) => row.verdict === verdict));
  const left = Math.max(...names.map((name) => textWidth(name))) + 16;
  const key = keyPlaces(present, layout);
  const margins = { top: 14 + 20 * key.rows, right: 14, bottom: 44, left };
  const width = plotWidth(layout, margins);
  const height = names.length * 30;
  const most = Math.max(1, ...rows.map((row) => row.to));
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, most], nice: false },
    axis: { title: 'claims', format: ',d', tickCount: Math.min(most, 8), tickMinStep: 1 },
  });
  const y = {
    field: 'paper',
    type: 'nominal',
    scale: { domain: names, paddingInner: 0.25, paddingOuter: 0.1 },
    axis: { title: null, labelColor: tones.ink.light },
  };
  const tooltip = layout.interactive
    ? { tooltip: [{ field: 'paper' }, { field: 'verdict' }, { field: 'claims' }] }
    : {};
  const spec = {
    ...frame(margins),
    width,
    height,
    layer: [
      ...present.map((verdict) => ({
        transform: [{ filter: { field: 'verdict', equal: verdict } }],
        mark: {
          type: 'bar',
          fill: colours[verdict],
          stroke: tones.paper.light,
          strokeWidth: 1,
          aria: false,
        },
        encoding: { x: x('from'), x2: { field: 'to' }, y, ...tooltip },
      })),
      ...rows.flatMap((row) =>
        rimmedText(
          { align: 'center', fontWeight: 600, text: String(row.claims), clip: false },
          { x: { ...x('middle') }, y },
          { ...row, middle: (row.from + row.to) / 2 },
        ),
      ),
      ...key.layers(-margins.left + 6, -margins.top + 10),
    ],
  };
  return { spec: asSpec(spec), height: height + margins.top + margins.bottom, margins };
}

function keyPlaces(present: readonly Verdict[], layout: Layout) {
  let x = 0;
  let row = 0;
  const places = present.map((verdict) => {
    const text = verdict.replace('-', ' ');
    const width = textWidth(text) + 40;
    if (x > 0 && x + width > layout.width - 10) {
      x = 0;
      row++;
    }
    const place = { verdict, text, x, y: row * 20 };
    x += width;
    return place;
  });
  const layers = (x0: number, y0: number) =>
    places.flatMap(({ verdict, text, x: dx, y }) => [
      {
        data: { values: [{}] },
        mark: {
          type: 'point',
          filled: true,
          shape: 'square',
          size: 110,
          fill: colours[verdict],
          opacity: 1,
          aria: false,
        },
        encoding: { x: { value: x0 + dx + 4 }, y: { value: y0 + y } },
      },
      {
        data: { values: [{}] },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 16, text, aria: false },
        encoding: { x: { value: x0 + dx }, y: { value: y0 + y + 1 } },
      },
    ]);
  return { rows: row + 1, layers };
}
