import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getQueryCachePath } from '@observablehq/notebook-kit/databases';
import { afterAll, describe, expect, it } from 'vitest';
import { openSession } from '../../tables/duckdb.ts';
import { runSqlCells } from './sql-cells.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-sql-cells-'));
const notebook = join(folder, 'some.html');
afterAll(() => rmSync(folder, { recursive: true }));

const cell = (value: string) => ({ id: 7, mode: 'sql', database: 'reprise', value });
const sessionWith = (sql: string) => async () => {
  const session = await openSession();
  await session.query(sql);
  return session;
};

async function result(sql: string) {
  const path = await getQueryCachePath(notebook, 'reprise', [sql]);
  return JSON.parse(readFileSync(path, 'utf8')) as { rows: unknown; schema: unknown; sql: string };
}

describe('SQL cells', () => {
  it('leave rows, types and query where the kit looks for them', async () => {
    const sql = "SELECT 1::BIGINT AS n, 0.5::DOUBLE AS share, 'a' AS name, NULL::INTEGER AS none";
    await runSqlCells(notebook, [cell(sql)], sessionWith('SELECT 1'));
    expect(await result(sql)).toEqual({
      rows: [{ n: 1, share: 0.5, name: 'a', none: null }],
      schema: [
        { name: 'n', type: 'integer' },
        { name: 'share', type: 'number' },
        { name: 'name', type: 'string' },
        { name: 'none', type: 'integer' },
      ],
      sql,
    });
  });

  it('run anew when the data changed and the query did not', async () => {
    const sql = 'FROM data';
    await runSqlCells(notebook, [cell(sql)], sessionWith('CREATE TABLE data AS SELECT 1 AS n'));
    await runSqlCells(notebook, [cell(sql)], sessionWith('CREATE TABLE data AS SELECT 2 AS n'));
    expect((await result(sql)).rows).toEqual([{ n: 2 }]);
  });

  it('need no session where there is none', async () => {
    const open = async () => {
      throw new Error('opened');
    };
    await runSqlCells(notebook, [{ id: 1, mode: 'md', value: '# Title' }], open);
  });

  it('are refused with notebook and cell', async () => {
    const open = sessionWith('SELECT 1');
    const run = (one: { value: string; database?: string }) =>
      runSqlCells(notebook, [{ ...cell(''), ...one }], open);
    await expect(run({ value: 'FROM nowhere' })).rejects.toThrow(/nowhere.*\(some\.html, cell 7/);
    await expect(run({ value: ['SELECT $', '{n}'].join('') })).rejects.toThrow(
      'SQL cell with a value of the page (some.html, cell 7)',
    );
    await expect(run({ value: 'SELECT 1', database: 'duckdb' })).rejects.toThrow(
      "SQL cell without reprise's tables (some.html, cell 7)",
    );
  });
});
