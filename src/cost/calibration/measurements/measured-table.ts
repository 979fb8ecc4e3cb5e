import { quoteName, quoteText, type Session } from '../../../tables/duckdb.ts';
import { InputError } from '../../../units/input-error.ts';
import { type CsvSource, csvSource, unevenRow } from './csv-source.ts';
import type { ColumnKind, Layout } from './layouts.ts';

/** Columns of one file, checked: what is absent or empty reads as null, NaN or false. */
export class MeasuredTable {
  readonly rows: number;
  readonly #numbers: ReadonlyMap<string, Float64Array>;
  readonly #texts: ReadonlyMap<string, readonly (string | null)[]>;

  constructor(
    rows: number,
    numbers: ReadonlyMap<string, Float64Array>,
    texts: ReadonlyMap<string, readonly (string | null)[]>,
  ) {
    this.rows = rows;
    this.#numbers = numbers;
    this.#texts = texts;
  }

  /** NaN where the file says nothing. */
  number(column: string): (row: number) => number {
    const values = this.#numbers.get(column);
    return values === undefined ? () => Number.NaN : (row) => values[row] as number;
  }

  text(column: string): (row: number) => string | null {
    const values = this.#texts.get(column);
    return values === undefined ? () => null : (row) => values[row] as string | null;
  }

  /** False where the file says nothing. */
  flag(column: string): (row: number) => boolean {
    const values = this.#numbers.get(column);
    return values === undefined ? () => false : (row) => values[row] === 1;
  }
}

const rules: Record<ColumnKind, string> = {
  positive: 'a number above 0',
  count: 'a number from 0 on',
  text: 'a text',
  flag: 'true or false',
};

/**
 * Reads the columns of a layout from a CSV or Parquet file, no others.
 * @param name what errors call the file
 * @throws InputError that names the file and the columns that are missing, or the first wrong value
 */
export async function readTable(
  session: Session,
  path: string,
  name: string,
  layout: Layout,
): Promise<MeasuredTable> {
  const { from, columns } = /\.parquet$/i.test(path)
    ? await parquetSource(session, path, name)
    : csvSource(path, name);
  const present = new Set(columns);
  refuseMissing(layout, present, name);
  const wanted = Object.entries({ ...layout.optional, ...layout.columns }).filter(([column]) =>
    present.has(column),
  );
  const selected = wanted.map(([column, kind]) => `${cast(column, kind)} AS ${quoteName(column)}`);
  const { rows } = await session
    .query(`SELECT ${selected.join(', ')} FROM ${from}`, { source: name })
    .catch((error: unknown) => {
      throw unevenRow(error, name);
    });

  const numbers = new Map<string, Float64Array>();
  const texts = new Map<string, (string | null)[]>();
  for (const [c, [column, kind]] of wanted.entries()) {
    const required = column in layout.columns && kind !== 'flag';
    const values = rows.map((row) => row[c] as string | number | null);
    const wrong = values.findIndex((value) => !holds(value, kind, required));
    if (wrong >= 0) throw await wrongValue(session, from, { name, column, kind, row: wrong });
    if (kind === 'text') texts.set(column, values as (string | null)[]);
    else
      numbers.set(
        column,
        Float64Array.from(values, (v) => (v === null ? Number.NaN : +v)),
      );
  }
  return new MeasuredTable(rows.length, numbers, texts);
}

async function parquetSource(session: Session, path: string, name: string): Promise<CsvSource> {
  const from = `read_parquet(${quoteText(path)})`;
  const { columns } = await session.query(`SELECT * FROM ${from} LIMIT 0`, { source: name });
  return { from, columns: columns.map((column) => column.name) };
}

function refuseMissing(layout: Layout, present: ReadonlySet<string>, name: string): void {
  const missing = Object.keys(layout.columns).filter((column) => !present.has(column));
  if (missing.length === 0) return;
  const known = { ...layout.columns, ...layout.optional };
  const others = [...present].filter((column) => !(column in known));
  const said = others.length > 0 ? `; it has ${others.join(', ')} instead` : '';
  throw new InputError(`missing column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`, {
    where: name,
    rule: `${layout.name} needs ${Object.keys(layout.columns).join(', ')}${said}`,
  });
}

/** Empty texts count as gaps; what is no number or no flag reads as -Infinity. */
function cast(column: string, kind: ColumnKind): string {
  const text = `NULLIF(CAST(${quoteName(column)} AS VARCHAR), '')`;
  if (kind === 'text') return text;
  const read =
    kind === 'flag'
      ? `CAST(TRY_CAST(${quoteName(column)} AS BOOLEAN) AS DOUBLE)`
      : `TRY_CAST(${quoteName(column)} AS DOUBLE)`;
  return `COALESCE(${read}, CASE WHEN ${text} IS NULL THEN NULL ELSE '-inf'::DOUBLE END)`;
}

function holds(value: string | number | null, kind: ColumnKind, required: boolean): boolean {
  if (value === null) return !required;
  if (typeof value === 'string') return true;
  return Number.isFinite(value) && (kind === 'positive' ? value > 0 : value >= 0);
}

/** The error of one value, as it stands in the file. */
async function wrongValue(
  session: Session,
  from: string,
  { name, column, kind, row }: { name: string; column: string; kind: ColumnKind; row: number },
): Promise<InputError> {
  const text = `NULLIF(CAST(${quoteName(column)} AS VARCHAR), '')`;
  const { rows } = await session.query(`SELECT ${text} FROM ${from} LIMIT 1 OFFSET ${row}`);
  const given = rows[0]?.[0] ?? null;
  return new InputError(`column ${column} is ${given === null ? 'empty' : JSON.stringify(given)}`, {
    where: `${name}, row ${row + 1}`,
    rule: `must be ${rules[kind]}`,
  });
}
