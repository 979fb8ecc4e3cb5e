import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, quoteText, type Session } from '../tables/duckdb.ts';
import { type FileFormat, fileFormats, writeResult, writeResultFile } from './sql-output.ts';

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sql-output-'));
  session = await openSession();
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

async function written(sql: string, format: FileFormat): Promise<string> {
  const out = new PassThrough();
  const [all] = await Promise.all([text(out), writeResult(session, sql, { format, out })]);
  return all;
}

const everyKind = `
  SELECT * FROM (VALUES
    (1::TINYINT, 2::SMALLINT, 3, 9007199254740993::BIGINT, 1.5::FLOAT, 0.1::DOUBLE,
     true, 'a', [1, NULL], {'k': 'x', 'v': [2.5::DOUBLE]}, 7::UBIGINT, 12::HUGEINT, 1.25::DECIMAL(9, 2)),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
    AS t(i8, i16, i32, i64, f32, f64, b, s, l, st, u64, h, d)`;

describe('writeResult', () => {
  it('writes json as one array, also of no and of many rows', async () => {
    const one = JSON.parse(await written("SELECT 1 AS a, 'x' AS b, NULL AS c", 'json'));
    expect(one).toEqual([{ a: 1, b: 'x', c: null }]);
    expect(JSON.parse(await written('SELECT 1 AS a WHERE false', 'json'))).toEqual([]);
    const many = JSON.parse(await written('SELECT range AS i FROM range(5000)', 'json'));
    expect(many).toEqual(Array.from({ length: 5000 }, (_, i) => ({ i })));
  });

  it('writes csv with quotes where they are needed', async () => {
    const sql = `SELECT 1.5::DOUBLE AS "a,b", 'say "hi"' AS c, NULL AS d, '' AS e, 'x\ny' AS f, [1] AS g`;
    expect(await written(sql, 'csv')).toBe('"a,b",c,d,e,f,g\n1.5,"say ""hi""",,"","x\ny",[1]\n');
  });

  it.each(['arrow', 'parquet'] as const)(
    'writes %s that reads back as the same',
    async (format) => {
      const path = join(folder, `kinds.${format}`);
      await writeResultFile(session, `SELECT 0; ${everyKind} -- end`, path, { format });
      const back = await session.query(`FROM read_${format}(${quoteText(path)})`);
      expect(back.rows).toEqual((await session.query(everyKind)).rows);
      expect(back.rows[0]?.[3]).toBe('9007199254740993');
    },
  );

  it('writes arrow columns of the types that SQL has', async () => {
    const path = join(folder, 'types.arrow');
    await writeResultFile(session, everyKind, path, { format: 'arrow' });
    const types = tableFromIPC(readFileSync(path)).schema.fields.map((field) => `${field.type}`);
    const expected = ['Int8', 'Int16', 'Int32', 'Int64', 'Float32', 'Float64', 'Bool'];
    expect(types.slice(0, 7)).toEqual(expected);
  });

  it.each(fileFormats)('writes an empty %s result with its columns', async (format) => {
    if (format === 'json') return;
    const path = join(folder, `empty.${format}`);
    await writeResultFile(session, `${everyKind} WHERE false`, path, { format });
    const { columns, rows } = await session.query(`FROM read_${format}(${quoteText(path)})`);
    expect(rows).toEqual([]);
    expect(columns.map((column) => column.name)).toContain('st');
  });

  it.each(fileFormats)('leaves the file as it was when the %s query fails', async (format) => {
    const path = join(folder, 'kept');
    writeFileSync(path, 'before');
    const sql = 'SELECT 1,\n  nothing';
    await expect(writeResultFile(session, sql, path, { format })).rejects.toThrow(
      'Referenced column "nothing" was not found because the FROM clause is missing (line 2, column 3)',
    );
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says which file it cannot write', async () => {
    const path = join(folder, 'no', 'such', 'folder.csv');
    await expect(writeResultFile(session, 'SELECT 1', path, { format: 'csv' })).rejects.toThrow(
      `cannot write the file (${path})`,
    );
  });
});
