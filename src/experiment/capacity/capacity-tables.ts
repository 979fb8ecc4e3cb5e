import { quoteName, quoteText, type Session } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import type { Labels, LabelValue } from '../define.ts';
import { labelNames } from '../experiment-session.ts';
import type { Capacity, CapacityPoint } from './find-capacities.ts';

type Value = LabelValue | null | undefined;

/** SQL type and value of each column, by name. */
type Columns<T> = Readonly<Record<string, readonly [type: string, of: (row: T) => Value]>>;

/** Rates are in requests per second of the replayed trace; factors are multiples of the trace. */
const capacityColumns: Columns<Capacity> = {
  capacity: ['VARCHAR', (one) => one.name],
  cell: ['VARCHAR', (one) => one.cell],
  slo: ['VARCHAR', (one) => one.slo],
  attainment_target: ['DOUBLE', (one) => one.target],
  confidence: ['DOUBLE', (one) => one.confidence],
  seeds: ['INTEGER', (one) => one.seeds],
  gpus: ['INTEGER', (one) => one.gpus],
  grid_factor: ['DOUBLE', ({ factors }) => factors?.grid],
  interpolated_factor: ['DOUBLE', ({ factors }) => factors?.interpolated],
  capacity_grid: ['DOUBLE', (one) => ratesOf(one).grid],
  capacity_interpolated: ['DOUBLE', (one) => ratesOf(one).interpolated],
  capacity_grid_per_gpu: ['DOUBLE', (one) => perGpu(one, ratesOf(one).grid)],
  capacity_interpolated_per_gpu: ['DOUBLE', (one) => perGpu(one, ratesOf(one).interpolated)],
  at_least: ['BOOLEAN', ({ factors }) => factors?.atLeast],
  monotone: ['BOOLEAN', ({ factors }) => factors?.monotone],
  reason: ['VARCHAR', ({ factors }) => factors?.reason],
  missing_runs: ['INTEGER', (one) => one.missing.length],
};

type ScanRow = CapacityPoint & { readonly of: Capacity };

const scanColumns: Columns<ScanRow> = {
  capacity: ['VARCHAR', (row) => row.of.name],
  cell: ['VARCHAR', (row) => row.of.cell],
  rate_factor: ['DOUBLE', (row) => row.factor],
  rate_per_s: ['DOUBLE', (row) => row.ratePerS],
  tried_by: ['VARCHAR', (row) => row.by],
  arrivals: ['INTEGER', (row) => row.arrivals],
  attainment: ['DOUBLE', (row) => row.attainment],
  low: ['DOUBLE', (row) => row.interval.low],
  high: ['DOUBLE', (row) => row.interval.high],
  level: ['DOUBLE', (row) => row.interval.level],
  interval: ['VARCHAR', (row) => row.interval.source],
  lower_limit: ['DOUBLE', (row) => row.lowerLimit],
  passes: ['BOOLEAN', (row) => row.passes],
  runs: ['VARCHAR', (row) => row.runs.join(', ')],
};

/** Capacities in requests per second; null while runs are missing. */
export function ratesOf({ factors, basePerS }: Capacity): {
  readonly grid: number | null;
  readonly interpolated: number | null;
} {
  if (factors === null) return { grid: null, interpolated: null };
  return { grid: factors.grid * basePerS, interpolated: factors.interpolated * basePerS };
}

function perGpu({ gpus }: Capacity, rate: number | null): number | null {
  return rate && rate / gpus;
}

/**
 * Creates the tables `capacities` (a row per capacity and cell) and `capacity_scan` (a row per
 * rate tried) in a session, each with a column per label beside those above.
 * @throws InputError for a label that is named like one of these columns
 */
export async function createCapacityTables(
  session: Pick<Session, 'query'>,
  capacities: readonly Capacity[],
): Promise<void> {
  const labels = labelNames(capacities);
  const points = capacities.flatMap((of) => of.points.map((point) => ({ ...point, of })));
  await createTable(session, 'capacities', capacities, {
    ...labelColumns(labels, capacityColumns, capacities, (one: Capacity) => one.labels),
    ...capacityColumns,
  });
  await createTable(session, 'capacity_scan', points, {
    ...labelColumns(labels, scanColumns, points, (row: ScanRow) => row.of.labels),
    ...scanColumns,
  });
}

function labelColumns<T>(
  labels: readonly string[],
  taken: Columns<T>,
  rows: readonly T[],
  labelsOf: (row: T) => Labels,
): Columns<T> {
  const columns = labels.map((label) => {
    if (Object.hasOwn(taken, label)) {
      const rule = `another name than ${Object.keys(taken).join(', ')}`;
      throw new InputError(`label ${label}`, { where: 'capacities', rule });
    }
    const kinds = new Set(rows.map((row) => typeof labelsOf(row)[label]));
    kinds.delete('undefined');
    const [kind] = kinds;
    const numeric = kinds.size === 1 && kind === 'number';
    const type = numeric
      ? 'DOUBLE'
      : kinds.size === 1 && kind === 'boolean'
        ? 'BOOLEAN'
        : 'VARCHAR';
    return [label, [type, (row: T) => labelsOf(row)[label]]] as const;
  });
  return Object.fromEntries(columns);
}

async function createTable<T>(
  session: Pick<Session, 'query'>,
  name: string,
  rows: readonly T[],
  columns: Columns<T>,
): Promise<void> {
  const types = Object.entries(columns).map(([column, [type]]) => `${quoteName(column)} ${type}`);
  await session.query(`CREATE TABLE ${name} (${types.join(', ')})`);
  if (rows.length === 0) return;
  const values = rows.map(
    (row) =>
      `(${Object.values(columns)
        .map(([, of]) => literal(of(row)))
        .join(', ')})`,
  );
  await session.query(`INSERT INTO ${name} VALUES ${values.join(', ')}`);
}

function literal(value: Value): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? quoteText(value) : String(value);
}
