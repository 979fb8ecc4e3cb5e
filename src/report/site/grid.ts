import { quoteName } from '../../tables/duckdb.ts';
import { formatMs, formatRatio, formatShare } from '../../units/format.ts';
import { escapeHtml, htmlTable, type TableCell } from '../page/html.ts';
import { type Cell, fetchRows, numberOf, type Row, textOf } from '../session.ts';
import { axesOf, type OpenedExperiment, systemOf } from './opened.ts';

/** Cells that a page holds in a table; the file beside it has all. */
export const mostCells = 120;

interface FigureColumn {
  readonly column: string;
  readonly title: string;
  readonly sql: string;
  readonly write: (value: number | null) => string;
  readonly best: 'low' | 'high' | 'none';
}

const count = (value: number | null) =>
  value === null ? '-' : value.toLocaleString('en', { maximumFractionDigits: 0 });
const rate = (value: number | null) => (value === null ? '-' : value.toFixed(2));

const ms = (column: string, title: string): FigureColumn => ({
  column,
  title,
  sql: `s.${column}`,
  write: formatMs,
  best: 'low',
});

const figureColumns: readonly FigureColumn[] = [
  { column: 'gpus', title: 'GPUs', sql: 'r.gpus', write: count, best: 'none' },
  {
    column: 'finished_share',
    title: 'finished',
    sql: 'r.finished / nullif(r.requests, 0)',
    write: formatShare,
    best: 'none',
  },
  ms('ttft_p50_ms', 'TTFT p50'),
  ms('ttft_p99_ms', 'TTFT p99'),
  ms('tpot_p50_ms', 'TPOT p50'),
  ms('tpot_p99_ms', 'TPOT p99'),
  ms('e2e_mean_ms', 'end to end, mean'),
  {
    column: 'requests_per_s',
    title: 'requests/s',
    sql: 's.requests_per_s',
    write: rate,
    best: 'high',
  },
];

const attained: FigureColumn = {
  column: 'attainment',
  title: 'attainment',
  sql: 'a.attainment',
  write: formatShare,
  best: 'high',
};

export interface GridPart {
  readonly html: string;
  readonly sql: string;
  /** Every cell. */
  readonly rows: readonly Row[];
}

/** The cells with their key figures, seeds averaged, the best of those that compare in bold. */
export async function gridTable(opened: OpenedExperiment): Promise<GridPart> {
  const { session, limits } = opened;
  const axes = axesOf(opened);
  const kept = await fetchRows(session, 'SELECT count(*)::DOUBLE AS n FROM requests');
  const asksSlo = limits !== null && (numberOf(kept[0], 'n') ?? 0) > 0;
  const columns = asksSlo ? [...figureColumns, attained] : figureColumns;
  const names = axes.map((axis) => `c.${quoteName(axis)}`);
  const figures = columns.flatMap(({ column, sql }) => [
    `avg(${sql}) AS ${column}`,
    `min(${sql}) AS ${column}_low`,
    `max(${sql}) AS ${column}_high`,
  ]);
  const sql = `SELECT ${[...names, 'count(*)::DOUBLE AS runs', ...figures].join(',\n  ')}
FROM cells c JOIN summary s USING (run) JOIN runs r USING (run)${asksSlo ? attainmentJoin(opened) : ''}
GROUP BY ${names.length > 0 ? names.join(', ') : "''"}
ORDER BY min(c.rowid)`;
  const rows = await fetchRows(session, sql);
  return { html: written(opened, axes, columns, rows), sql, rows: rows.map(withoutBounds) };
}

function attainmentJoin({ experiment, limits }: OpenedExperiment): string {
  const slo = limits ?? {};
  const { fromMs, toMs } = experiment.measure ?? {};
  const given = Object.entries({
    ttft_slo_ms: slo.ttftMs,
    tpot_slo_ms: slo.tpotMs,
    e2e_slo_ms: slo.e2eMs,
    gap_slo_ms: slo.gapMs,
    from_ms: fromMs,
    to_ms: toMs,
  }).filter(([, value]) => value !== undefined);
  const parameters = given.map(([name, value]) => `${name} := ${value}`);
  return `\n  LEFT JOIN attainment(${parameters.join(', ')}) a USING (run)`;
}

/** One seed per cell has no range. */
function withoutBounds(row: Row): Row {
  if (row.runs !== 1) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !/_(?:low|high)$/.test(name)));
}

function written(
  opened: OpenedExperiment,
  axes: readonly string[],
  columns: readonly FigureColumn[],
  all: readonly Row[],
): string {
  const rows = all.slice(0, mostCells);
  const seeds = Math.max(1, ...all.map((row) => numberOf(row, 'runs') ?? 1));
  const compared = comparedAxes(opened, axes);
  const best = columns.map((column) => bestOf(column, rows, axes, compared));
  const cells = rows.map((row): TableCell[] => [
    { html: escapeHtml(systemOf(row, axes)) },
    ...columns.map((column) => figureCell(column, row)),
  ]);
  const over = seeds > 1 ? `; means over ${seeds} seeds, the range under the pointer` : '';
  const among =
    compared.length === 0
      ? ''
      : compared.length < axes.length
        ? `; best of cells that differ in ${compared.join(' and ')} alone in bold`
        : '; best in bold';
  const part =
    rows.length < all.length
      ? `; the first ${rows.length} of ${all.length} cells, all of them in the file`
      : '';
  return htmlTable(
    `Cells and their key figures, latencies over finished requests${over}${among}${part}`,
    [{ title: 'cell' }, ...columns.map(({ title }) => ({ title, numeric: true }))],
    cells,
    { best: (r, c) => c > 0 && (best[c - 1]?.has(r) ?? false), sortable: true },
  );
}

function figureCell({ column, write }: FigureColumn, row: Row): TableCell {
  const value = numberOf(row, column);
  const [low, high] = [numberOf(row, `${column}_low`), numberOf(row, `${column}_high`)];
  const text = escapeHtml(write(value));
  const range = low !== high ? ` title="${escapeHtml(`${write(low)} to ${write(high)}`)}"` : '';
  return { html: range ? `<span${range}>${text}</span>` : text, sort: value ?? '' };
}

/**
 * Axes whose values compete: those that the baselines name, else those of names (a rate or a
 * budget asks under which conditions, not which). None where all are numbers.
 */
function comparedAxes(opened: OpenedExperiment, axes: readonly string[]): string[] {
  const { paper = {}, strongest = {} } = opened.experiment.baselines ?? {};
  const named = axes.filter((axis) => axis in paper || axis in strongest);
  if (named.length > 0) return named;
  return axes.filter((axis) => opened.order.get(axis)?.some((v) => typeof v === 'string'));
}

/** Rows that hold the best value among those alike in all other axes; none where all are equal. */
function bestOf(
  { column, best, write }: FigureColumn,
  rows: readonly Row[],
  axes: readonly string[],
  compared: readonly string[],
): Set<number> {
  const found = new Set<number>();
  if (best === 'none' || compared.length === 0) return found;
  const others = axes.filter((axis) => !compared.includes(axis));
  const keys = rows.map((row) => JSON.stringify(others.map((axis) => row[axis])));
  for (const key of new Set(keys)) {
    const own = rows.flatMap((row, r) => {
      const value = numberOf(row, column);
      return keys[r] === key && value !== null ? [{ r, value }] : [];
    });
    const values = own.map(({ value }) => value);
    const extreme = best === 'low' ? Math.min(...values) : Math.max(...values);
    const winners = own.filter(({ value }) => write(value) === write(extreme));
    if (winners.length < own.length) for (const { r } of winners) found.add(r);
  }
  return found;
}

interface GainColumn {
  readonly column: string;
  readonly title: string;
  /** Above 1 is better than the baseline: `o` is the run, `b` the baseline. */
  readonly sql: string;
}

const less = (column: string, title: string): GainColumn => ({
  column: column.replace(/_ms$/, '_gain'),
  title,
  sql: `b.${column} / nullif(o.${column}, 0)`,
});

const gainColumns: readonly GainColumn[] = [
  less('ttft_p50_ms', 'TTFT p50'),
  less('ttft_p99_ms', 'TTFT p99'),
  less('tpot_p50_ms', 'TPOT p50'),
  less('tpot_p99_ms', 'TPOT p99'),
  less('e2e_mean_ms', 'end to end, mean'),
  {
    column: 'requests_per_s_gain',
    title: 'requests/s',
    sql: 'o.requests_per_s / nullif(b.requests_per_s, 0)',
  },
];

const baselineNames: Readonly<Record<string, string>> = {
  paper: 'the paper’s baseline',
  strongest: 'the strongest baseline',
};

/** What each cell gains over the named baselines; null where the experiment names none. */
export async function gainTable(opened: OpenedExperiment): Promise<GridPart | null> {
  const { session, experiment } = opened;
  const axes = axesOf(opened);
  const names = axes.map((axis) => `c.${quoteName(axis)}`);
  const gains = gainColumns.map(({ column, sql }) => `exp(avg(ln(${sql}))) AS ${column}`);
  const selected = [
    'baseline',
    ...names,
    'count(*)::DOUBLE AS pairs',
    'bool_and(equal_gpus) AS equal_gpus',
    ...gains,
  ];
  const sql = `SELECT ${selected.join(',\n  ')}
FROM paired p JOIN cells c ON c.run = p.run
  JOIN summary o ON o.run = p.run JOIN summary b ON b.run = p.baseline_run
GROUP BY ${['baseline', ...names].join(', ')}
ORDER BY baseline, min(c.rowid)`;
  const rows = await fetchRows(session, sql);
  if (rows.length === 0) return null;
  const baselines = experiment.baselines ?? {};
  const tables = (['paper', 'strongest'] as const).flatMap((role) => {
    const labels = baselines[role];
    const own = rows.filter((row) => textOf(row, 'baseline') === role).slice(0, mostCells);
    if (labels === undefined || own.length === 0) return [];
    const base = systemOf(labels as Record<string, Cell>, Object.keys(labels));
    const unequal = own.some((row) => row.equal_gpus !== true);
    const cells = own.map((row): TableCell[] => [
      { html: escapeHtml(systemOf(row, axes)) },
      row.equal_gpus === true ? 'equal' : { html: '<b>not equal</b>' },
      ...gainColumns.map(({ column }) => {
        const value = numberOf(row, column);
        return { html: value === null ? '-' : formatRatio(value), sort: value ?? '' };
      }),
    ]);
    const seeds = Math.max(...own.map((row) => numberOf(row, 'pairs') ?? 1));
    const over = seeds > 1 ? `, geometric mean over ${seeds} pairs of one seed each` : '';
    const caution = unequal
      ? '; where GPUs are not equal the gain is not one of the policy alone'
      : '';
    return [
      htmlTable(
        `Gain over ${baselineNames[role]} (${base}), above 1x is better: how many times shorter a latency, how many times higher a rate${over}${caution}`,
        [
          { title: 'cell' },
          { title: 'GPUs' },
          ...gainColumns.map(({ title }) => ({ title, numeric: true })),
        ],
        cells,
        { sortable: true },
      ),
    ];
  });
  return { html: tables.join(''), sql, rows };
}
