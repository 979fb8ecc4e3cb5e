import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { getQueryCachePath } from '@observablehq/notebook-kit/databases';
import type { ResultColumn, Session } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';

/** The database of SQL cells that run in a session of Reprise. */
export const database = 'reprise';

/** What is needed of a cell of the kit. */
export interface Cell {
  readonly id: number;
  readonly mode: string;
  readonly value: string;
  readonly database?: string | undefined;
}

/**
 * Runs the SQL cells of a notebook and leaves each result where the kit looks for it, with the SQL
 * beside its rows. Always anew: the kit itself would keep a result for as long as the SQL's text
 * stays the same, whatever became of the data.
 * @param open called once, if there is a cell to run
 * @throws InputError naming notebook and cell
 */
export async function runSqlCells(
  notebook: string,
  cells: readonly Cell[],
  open: () => Promise<Session>,
): Promise<void> {
  const queries = cells.filter((cell) => cell.mode === 'sql');
  for (const cell of queries) checkCell(notebook, cell);
  if (queries.length === 0) return;
  const session = await open();
  try {
    for (const cell of queries) {
      const { columns, rows } = await session.query(cell.value, { source: place(notebook, cell) });
      const result = {
        rows: rows.map((row) => Object.fromEntries(columns.map(({ name }, c) => [name, row[c]]))),
        schema: columns.map((column) => ({ name: column.name, type: kitType(column) })),
        sql: cell.value,
      };
      const path = await getQueryCachePath(notebook, database, [cell.value]);
      await writeWhole(path, JSON.stringify(result));
    }
  } finally {
    session.close();
  }
}

function checkCell(notebook: string, cell: Cell): void {
  const where = place(notebook, cell);
  if (cell.database !== database) {
    throw new InputError(`SQL cell without ${database}'s tables`, {
      where,
      rule: `<script type="application/sql" database="${database}" …>`,
    });
  }
  if (cell.value.includes('${')) {
    throw new InputError('SQL cell with a value of the page', {
      where,
      rule: 'queries run when the page is built: select all cases, choose among the rows in the page',
    });
  }
}

function place(notebook: string, { id }: Cell): string {
  return `${basename(notebook)}, cell ${id}`;
}

/** Types as the kit's tables name them: they decide how a column is aligned and printed. */
function kitType({ type }: ResultColumn): string {
  if (/^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER)/.test(type)) return 'integer';
  if (/^(?:DOUBLE|FLOAT|DECIMAL)/.test(type)) return 'number';
  if (type === 'BOOLEAN') return 'boolean';
  return type.endsWith('[]') ? 'array' : 'string';
}

/** A build and a development server may write the same file. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, text);
  await rename(temporary, path);
}
