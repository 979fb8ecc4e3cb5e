import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { openSession, quoteName, quoteText, type Session } from './duckdb.ts';

let session: Session;
beforeAll(async () => {
  session = await openSession();
});
afterAll(() => session.close());

const value = async (sql: string) => (await session.query(`SELECT ${sql}`)).rows[0]?.[0];

describe('a session', () => {
  it.each([
    ['9007199254740991::BIGINT', 9007199254740991],
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['sum(i) FROM range(10) t(i)', 45],
    ['12345.678::DECIMAL(12, 3)', 12345.678],
    ["'inf'::DOUBLE", Number.POSITIVE_INFINITY],
    ["DATE '2024-02-29'", '2024-02-29'],
    ["TIMESTAMP '2024-02-29 12:00:00.5'", '2024-02-29 12:00:00.5'],
    ["TIMESTAMPTZ '2024-02-29 12:00:00+02'", '2024-02-29 10:00:00+00'],
    ["['a', NULL]", ['a', null]],
    ["{'a': 1, 'b': [2::HUGEINT]}", { a: 1, b: [2] }],
    ["MAP {'k': 1.5}", [{ key: 'k', value: 1.5 }]],
    ["'x'::ENUM ('x', 'y')", 'x'],
    ['[1, 2]::INTEGER[2]', [1, 2]],
    ['NULL', null],
  ])('returns %s as a plain value', async (sql, expected) => {
    expect(await value(sql)).toEqual(expected);
  });

  it('runs several statements and returns the last result', async () => {
    const sql = 'CREATE TABLE t AS SELECT 1 AS a; INSERT INTO t VALUES (2); FROM t ORDER BY a';
    expect(await session.objects(sql)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('tells columns of one name apart', async () => {
    const { columns } = await session.query('SELECT 1 AS a, 2 AS a');
    expect(new Set(columns.map((column) => column.name)).size).toBe(2);
  });

  it('streams', async () => {
    const { parts } = await session.stream('SELECT i FROM range(100000) t(i)');
    let [rows, most] = [0, 0];
    for await (const part of parts) {
      rows += part.length;
      most = Math.max(most, part.length);
    }
    expect(rows).toBe(100_000);
    expect(most).toBeLessThan(10_000);
  });

  it('says so when another query has ended a stream', async () => {
    const { parts } = await session.stream('SELECT i FROM range(100000) t(i)');
    const reading = parts[Symbol.asyncIterator]();
    await reading.next();
    await session.query('SELECT 1');
    await expect(reading.next()).rejects.toThrow('another query ended a result');
  });

  it('answers queries asked at once', async () => {
    const sums = [1, 2, 3, 4].map((n) => value(`sum(i) FROM range(${n * 1000}) t(i)`));
    expect(await Promise.all(sums)).toEqual([499500, 1999000, 4498500, 7998000]);
  });

  it('adds up in one order', async () => {
    expect(await value("current_setting('threads')")).toBe(1);
  });

  it.each([
    ['SELEC 1', 'syntax error at or near "SELEC" (line 1, column 1)'],
    ['SELECT 1,\n  üü', '(line 2, column 3)'],
    ["SELECT 'ü', nofun(1)", '(line 1, column 13)'],
    ['FROM nosuchtable', 'Table with name nosuchtable does not exist!'],
    ["SELECT 'x'::INTEGER", "Could not convert string 'x' to INT32"],
    ["FROM read_parquet('no.parquet')", 'No files found'],
    [' -- nothing', 'no SQL statement'],
    ["SELECT error('stop') FROM range(3)", 'stop'],
  ])('makes the error of %s an input error with its place', async (sql, message) => {
    const error = await session.query(sql).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toContain(message);
    expect((error as InputError).message).not.toContain('\n');
  });

  it('names the source of the query, and counts places from the end of what stands before', async () => {
    const options = { source: 'q.sql', before: 'EXPLAIN ' };
    await expect(session.query('EXPLAIN SELECT x', options)).rejects.toThrow(
      '(q.sql, line 1, column 8)',
    );
  });

  it('does not blame the query for a lack of memory', async () => {
    const small = await openSession({ memoryLimit: '10MB' });
    await small.query("SET max_temp_directory_size = '1MB'");
    const sql = 'SELECT list(i) FROM range(10000000) t(i)';
    const error = await small.query(sql).catch((e: unknown) => e);
    small.close();
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(InputError);
  });
});

describe('a session when it is locked', () => {
  const file = join(tmpdir(), `reprise-locked-${process.pid}.csv`);
  const table = join(import.meta.dirname, '..', '..', 'traces', 'gsm8k.arrow');

  it.each([
    `COPY (SELECT 1) TO ${quoteText(file)}`,
    `ATTACH ${quoteText(file)}`,
    `FROM read_csv(${quoteText(import.meta.filename)})`,
    `FROM read_text(${quoteText(import.meta.filename)})`,
    `FROM glob('/*')`,
    `FROM ${quoteText(file)}`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'RESET lock_configuration',
  ])('refuses %s', async (sql) => {
    const locked = await openSession();
    await locked.lock();
    await expect(locked.query(sql)).rejects.toThrow(/disabled|locked/);
    expect(existsSync(file)).toBe(false);
    locked.close();
  });

  it('still reads Arrow files', async () => {
    const locked = await openSession();
    const scan = `SELECT count(*) > 0 AS some FROM read_arrow(${quoteText(table)})`;
    await locked.query(`CREATE VIEW requests AS ${scan}`);
    await locked.lock();
    expect(await locked.objects('FROM requests')).toEqual([{ some: true }]);
    locked.close();
  });
});

describe('quoting', () => {
  it('keeps texts and names whole', async () => {
    const odd = 'a\'b"c;--';
    const { columns, rows } = await session.query(`SELECT ${quoteText(odd)} AS ${quoteName(odd)}`);
    expect([columns[0]?.name, rows[0]?.[0]]).toEqual([odd, odd]);
  });
});
