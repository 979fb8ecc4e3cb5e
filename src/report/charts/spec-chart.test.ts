import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartSpec } from '../../experiment/define.ts';
import { openSession, type Session } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import { narrow, wide } from '../chart.ts';
import { renderSvg } from '../svg.ts';
import { mostRows, specChart } from './spec-chart.ts';

let session: Session;
beforeAll(async () => {
  session = await openSession();
});
afterAll(() => session.close());

const order = new Map([['system', ['a rather long name of a system', 'b', 'c']]]);
const head = { id: 'chart', provenance: ['trace t (recorded)'], order };
const x = { field: 'x', type: 'quantitative' };
const y = { field: 'y', type: 'quantitative' };
const color = { field: 'system', type: 'nominal' };

const given = (parts: Partial<ChartSpec> = {}): ChartSpec => ({
  id: 'chart',
  title: 'A finding',
  subtitle: 'What is drawn',
  sql: `SELECT system, x::DOUBLE AS x, x * len(system) AS y
    FROM (VALUES ('a rather long name of a system'), ('b'), ('c')) AS s(system), range(5) AS r(x)`,
  spec: { mark: 'line', encoding: { x, y, color } },
  ...parts,
});

const sizeOf = (svg: string) => /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.slice(1).map(Number) ?? [];

describe('a chart of an experiment', () => {
  it.each<[string, ChartSpec['spec']]>([
    ['one plot', given().spec],
    [
      'three facets',
      {
        mark: 'bar',
        encoding: { x: y, y: { field: 'x', type: 'ordinal' }, facet: { ...color, columns: 3 } },
      },
    ],
    [
      'two plots',
      {
        hconcat: [
          { mark: 'point', encoding: { x, y, color } },
          { mark: 'point', encoding: { x: y, y: x, color } },
        ],
      },
    ],
  ])('of %s fills the page at both widths', async (_name, spec) => {
    const chart = await specChart(session, given({ spec }), head);
    for (const layout of [wide, narrow]) {
      const svg = await renderSvg(chart!, layout, 'chart');
      const [width, height] = sizeOf(svg);
      expect(width).toBeGreaterThanOrEqual(layout.width);
      expect(width).toBeLessThanOrEqual(layout.width + 6);
      expect(height).toBe(chart!.draw(layout).height);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('draws the same bytes twice', async () => {
    const draw = async () => renderSvg((await specChart(session, given(), head))!, wide, 'chart');
    expect(await draw()).toBe(await draw());
  });

  it('asks its title where it is SQL', async () => {
    const title = { sql: `SELECT 'Up to ' || max(x) || '.' FROM range(7) AS r(x)` };
    expect((await specChart(session, given({ title }), head))?.title).toBe('Up to 6');
    const none = { sql: 'SELECT NULL' };
    expect((await specChart(session, given({ title: none }), head))?.title).toBe('What is drawn');
  });

  it('draws an even part of many rows, says so, and keeps them all as a file', async () => {
    const sql = 'SELECT x::DOUBLE AS x, 2 * x AS y FROM range(10001) AS r(x)';
    const spec = { mark: 'point', encoding: { x, y } };
    const chart = await specChart(session, given({ sql, spec }), head);
    expect(chart?.rows.length).toBe(mostRows);
    expect([chart?.rows[0]?.x, chart?.rows[mostRows - 1]?.x]).toEqual([0, 10000]);
    expect(chart?.provenance).toContain('4,000 of 10,001 rows drawn, evenly spaced');
    expect(chart?.csv?.split('\n').length).toBe(10003);
  });

  it('is none without rows', async () => {
    expect(await specChart(session, given({ sql: 'SELECT 1 AS x WHERE false' }), head)).toBeNull();
  });

  it('refuses wrong SQL and what is no specification', async () => {
    await expect(specChart(session, given({ sql: 'SELECT nothing' }), head)).rejects.toThrow(
      InputError,
    );
    const spec = { mrk: 'line' };
    await expect(specChart(session, given({ spec }), head)).rejects.toThrow(
      /cannot be drawn \(spec\)/,
    );
  });
});
