import { describe, expect, it } from 'vitest';
import { sqlMacros } from '../../results/sql-macros.ts';
import type { ChartSpec, Experiment } from '../define.ts';
import { checkSql, tableBehind } from './check-sql.ts';
import { newClaim } from './testing/claim-factory.ts';

const experiment: Experiment = {
  name: 'one',
  paper: 'paper',
  question: 'What?',
  scenarios: { list: { cells: {} } },
  tables: ['requests'],
};
const claim = (sql: string, changes: Partial<Experiment> = {}) =>
  checkSql({ ...experiment, claims: [newClaim({ sql })], ...changes });
const chart = (changes: Partial<ChartSpec>) =>
  checkSql({
    ...experiment,
    charts: [{ id: 'c', title: 'A', subtitle: 'b', sql: 'FROM runs', spec: {}, ...changes }],
  });

describe('the SQL of an experiment', () => {
  it.each([
    'SELECT avg(ttft_ms) AS replayed FROM requests',
    'select avg(TTFT_MS) AS replayed FROM "Requests";  -- a comment',
    'WITH a AS (FROM measured) SELECT count(*) AS replayed FROM a, unnest([1, 2])',
    'SELECT (SELECT max(attainment) FROM attainment(ttft_slo_ms := 5)) AS replayed',
    'SELECT count(*) AS replayed FROM cells JOIN main.runs USING (run)',
    'SELECT count(*) AS replayed FROM trace_requests WHERE EXISTS (FROM paired)',
    "SELECT 'read_csv(''x'')' AS replayed FROM summary",
  ])('may be %s', async (sql) => {
    await expect(claim(sql)).resolves.toBeUndefined();
  });

  it.each<[string, RegExp]>([
    ['CREATE OR REPLACE VIEW runs AS SELECT 1 AS x; SELECT true AS replayed', /SELECT/],
    ['SELECT 1 AS replayed FROM runs; SELECT 2 AS replayed FROM runs', /2 statements/],
    ['', /0 statements/],
    ["COPY (FROM runs) TO 'x.csv'", /SELECT/],
    ["ATTACH 'x.db'", /SELECT/],
    ['INSERT INTO cells SELECT 1', /SELECT/],
    ['SET threads = 2', /SELECT/],
    ['SELEC 1', /syntax error/],
    ["SELECT 1 AS replayed FROM runs, read_csv/**/('x.csv')", /table function read_csv/],
    ["SELECT (SELECT content FROM read_text('x')) AS replayed FROM runs", /read_text/],
    ["SELECT count(*) AS replayed FROM runs, glob('*')", /table function glob/],
    ["SELECT 1 AS replayed FROM runs, read_arrow('x.arrow')", /table function read_arrow/],
    ["SELECT 1 AS replayed FROM runs, query('FROM runs')", /table function query/],
    ["SELECT 1 AS replayed FROM runs, 'x.csv'", /table "x.csv"/],
    ['SELECT 1 AS replayed FROM runs, (SHOW TABLES)', /table/],
    ['SELECT 1 AS replayed FROM runs, information_schema.tables', /information_schema/],
    ['SELECT 1 AS replayed FROM duckdb_views', /unknown table "duckdb_views"/],
    ['SELECT 1 AS replayed FROM run', /did you mean runs/],
  ])('may not be %s', async (sql, message) => {
    await expect(claim(sql)).rejects.toThrow(message);
    await expect(claim(sql)).rejects.toThrow(/experiment paper\/one, claim wait/);
  });

  it.each([
    'SELECT 145.75 AS replayed',
    'SELECT x AS replayed FROM (VALUES (1)) AS t(x)',
    'SELECT max(x) AS replayed FROM range(3) AS t(x)',
    'WITH a AS (SELECT 1 AS x) SELECT x AS replayed FROM a',
    'SELECT x AS replayed FROM constants',
  ])('of a claim reads a table of the runs, unlike %s', async (sql) => {
    const views = { constants: 'SELECT 1 AS x' };
    await expect(claim(sql, { views })).rejects.toThrow(/no table .*claim wait/);
  });

  it('of a claim hides no table of the session behind a name of its own', async () => {
    const sql = 'WITH runs AS (SELECT 1 AS x) SELECT x AS replayed FROM runs, cells';
    await expect(claim(sql)).rejects.toThrow('WITH runs');
  });

  it.each([
    ['gaps', 'FROM gaps'],
    ['itl', 'FROM itl(0.9)'],
    ['rounds', 'FROM rounds'],
    ['a view', 'FROM outer_view'],
  ])('of a claim reads what the experiment keeps: not %s', async (_, from) => {
    const views = { inner_view: 'FROM steps', outer_view: 'FROM inner_view' };
    const sql = `SELECT count(*) AS replayed ${from}`;
    await expect(claim(sql, { views })).rejects.toThrow(/keeps requests, runs: name/);
    await expect(claim(sql, { views, tables: 'all' })).resolves.toBeUndefined();
  });

  it('of a claim over a summary reads no requests, under another name neither', async () => {
    for (const from of ['requests', 'measured', 'attainment()']) {
      const failing = claim(`SELECT count(*) AS replayed FROM ${from}`, { tables: 'summary' });
      await expect(failing).rejects.toThrow(/keeps runs: name requests in tables/);
    }
  });

  it('of a claim asks for capacities where there are some', async () => {
    const sql = 'SELECT grid_factor AS replayed FROM capacities';
    await expect(claim(sql)).rejects.toThrow(/table capacities .*: an experiment with capacities/);
    const capacities = [{ name: 'c', rates: [1, 2], slo: {}, attainment: 0.9 }];
    await expect(claim(sql, { capacities })).resolves.toBeUndefined();
  });

  it('reads no file in a view or a chart either', async () => {
    const views = { bad: 'SELECT 1; CREATE OR REPLACE VIEW runs AS SELECT 1' };
    await expect(checkSql({ ...experiment, views })).rejects.toThrow(/2 statements|views\.bad/);
    const file = { bad: "FROM 'x.parquet'" };
    await expect(checkSql({ ...experiment, views: file })).rejects.toThrow(
      /x\.parquet.*|views\.bad/,
    );
    await expect(chart({ sql: "FROM read_json('x')" })).rejects.toThrow(
      /chart c.*read_json|read_json.*chart c/,
    );
    await expect(chart({ title: { sql: "FROM read_blob('x')" } })).rejects.toThrow(/read_blob/);
    await expect(chart({ title: { sql: "SELECT 'found'" } })).resolves.toBeUndefined();
  });

  it('knows the table behind every view and macro of the results', () => {
    for (const { name } of sqlMacros) expect(tableBehind).toHaveProperty(name);
  });
});
