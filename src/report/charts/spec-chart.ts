import type { ChartSpec } from '../../experiment/define.ts';
import { InputError } from '../../units/input-error.ts';
import { type Chart, type Layout, narrow, type Picture, wide } from '../chart.ts';
import { csvLine, csvOf } from '../page/html.ts';
import {
  type Cell,
  fetchRows,
  numberOf,
  plainRow,
  type Row,
  type StreamingSession,
} from '../session.ts';
import { dressSpec } from './dress-spec.ts';
import { fitWidth, withWidth } from './fit-width.ts';
import { asSpec } from './frame.ts';

/** Rows that a page holds of one chart; the file beside it has all. */
export const mostRows = 4000;

export interface SpecChartHead {
  readonly id: string;
  readonly provenance: readonly string[];
  readonly scenarios?: string;
  /** Values of the labels of cells, in the order of the cells. */
  readonly order: ReadonlyMap<string, readonly Cell[]>;
}

/**
 * A chart as an experiment defines it: its title asked, its rows fetched, its picture fitted to
 * both widths. Null where the query has no rows to draw.
 * @throws InputError where its SQL or its specification is wrong
 */
export async function specChart(
  session: StreamingSession,
  given: ChartSpec,
  { id, provenance, scenarios, order }: SpecChartHead,
): Promise<Chart | null> {
  const { rows, total, csv } = await fetchThinned(session, given.sql);
  if (rows.length === 0) return null;
  const pictures = new Map<string, Picture>();
  for (const layout of [wide, narrow]) {
    for (const [key, picture] of await picturesOf(given, { rows, order, layout })) {
      pictures.set(key, picture);
    }
  }
  const part = `${rows.length.toLocaleString('en')} of ${total.toLocaleString('en')} rows drawn, evenly spaced`;
  return {
    id,
    title: await titleOf(session, given),
    subtitle: given.subtitle.replace(/\.$/, ''),
    sql: given.sql.trim(),
    rows,
    ...(total > rows.length ? { csv } : {}),
    draw: (layout) => pictures.get(keyOf(layout)) as Picture,
    provenance: total > rows.length ? [...provenance, part] : provenance,
    ...(scenarios === undefined ? {} : { scenarios }),
  };
}

function keyOf({ compact, interactive }: Layout): string {
  return `${compact} ${interactive}`;
}

/** The finding: as written, or the one cell that its SQL gives. */
export async function titleOf(
  session: StreamingSession,
  { title, subtitle }: Pick<ChartSpec, 'title' | 'subtitle'>,
): Promise<string> {
  if (typeof title === 'string') return title.replace(/\.$/, '');
  const [row] = await fetchRows(session, title.sql);
  const [text] = Object.values(row ?? {});
  return typeof text === 'string' && text !== '' ? text.replace(/\.$/, '') : subtitle;
}

/** The picture of a layout without and with a script, of one size. */
async function picturesOf(
  { spec }: ChartSpec,
  dressing: Parameters<typeof dressSpec>[1],
): Promise<[string, Picture][]> {
  const { rows, layout } = dressing;
  const dressed = (interactive: boolean) =>
    dressSpec({ ...spec }, { ...dressing, layout: { ...layout, interactive } });
  try {
    const datasets = { rows: [...rows] };
    const { inner, size } = await fitWidth({ ...dressed(false), datasets }, layout.width);
    // Plots of counted steps can be narrower than the page: they are not blown up.
    const width = Math.max(size.width, layout.width);
    return [false, true].map((interactive) => {
      const fitted = asSpec(withWidth(dressed(interactive), inner));
      const picture = { spec: fitted, width, height: size.height, margins: null };
      return [keyOf({ ...layout, interactive }), picture];
    });
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    const rule = `Vega-Lite: ${error.message.split('\n')[0]}`;
    throw new InputError('the chart cannot be drawn', { where: 'spec', rule, cause: error });
  }
}

/** The rows of a query, of many an even choice; all of them as CSV. */
async function fetchThinned(session: StreamingSession, sql: string) {
  const bare = sql.trim().replace(/;$/, '');
  const [counted] = await fetchRows(session, `SELECT count(*)::DOUBLE AS n FROM (${bare}\n)`);
  const total = numberOf(counted, 'n') ?? 0;
  if (total <= mostRows) {
    const rows = await fetchRows(session, bare);
    return { rows, total, csv: csvOf(rows) };
  }
  const { columns, parts } = await session.stream(bare);
  const lines = [csvLine(columns.map(({ name }) => name))];
  const rows: Row[] = [];
  let seen = 0;
  for await (const part of parts) {
    for (const cells of part) {
      const row = plainRow(columns, cells);
      lines.push(csvLine(Object.values(row)));
      // First and last row are among those drawn.
      const due = Math.round((rows.length * (total - 1)) / (mostRows - 1));
      if (seen++ === due) rows.push(row);
    }
  }
  return { rows, total, csv: `${lines.join('\n')}\n` };
}
