/** What the report needs of a results session: SQL in, rows out. */
export interface QuerySession {
  query(sql: string): Promise<{
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly rows: readonly (readonly unknown[])[];
  }>;
}

/** A session whose results can also be read in parts. */
export interface StreamingSession extends QuerySession {
  stream(sql: string): Promise<{
    readonly columns: readonly { readonly name: string }[];
    readonly parts: AsyncIterable<readonly (readonly unknown[])[]>;
  }>;
}

export type Cell = number | string | boolean | null;

/** One row of a result, by column name. */
export type Row = Readonly<Record<string, Cell>>;

/** Rows of a query as plain values: 64-bit integers become numbers, NaN and ±Infinity null. */
export async function fetchRows(session: QuerySession, sql: string): Promise<Row[]> {
  const { columns, rows } = await session.query(sql);
  return rows.map((row) => plainRow(columns, row));
}

export function plainRow(
  columns: readonly { readonly name: string }[],
  cells: readonly unknown[],
): Row {
  return Object.fromEntries(columns.map((column, c) => [column.name, plainCell(cells[c])]));
}

function plainCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return String(value);
}

/** The number in a column; null where it is absent. */
export function numberOf(row: Row | undefined, column: string): number | null {
  const value = row?.[column];
  return typeof value === 'number' ? value : null;
}

/** The text of a column; empty where it is absent. */
export function textOf(row: Row | undefined, column: string): string {
  const value = row?.[column];
  return value === null || value === undefined ? '' : String(value);
}

/** A string as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `'a', 'b'`: the inside of an IN list. */
export function sqlList(texts: readonly string[]): string {
  return texts.map(sqlText).join(', ');
}
