import { describe, expect, it } from 'vitest';
import type { ResultColumn } from '../tables/duckdb.ts';
import type { SqlValue } from '../tables/sql-values.ts';
import { layOut } from './sql-table.ts';

function column(name: string, type: string): ResultColumn {
  return { name, type, arrowType: { kind: 'utf8' } };
}

/** Cells of a table of one column. */
function cells(type: string, values: readonly SqlValue[]): string[] {
  const [table] = layOut(
    [column('c', type)],
    values.map((value) => [value]),
    100,
  );
  return table?.rows.map((row) => row[0] as string) ?? [];
}

describe('layOut', () => {
  it('sets numbers right and gives a column one number of decimals', () => {
    const columns = [column('a', 'VARCHAR'), column('b', 'DOUBLE'), column('c', 'INTEGER[]')];
    const [table] = layOut(columns, [['x', 1, [1, null]]], 100);
    expect(table?.columns.map((one) => one.align)).toEqual(['left', 'right', 'left']);
    expect(table?.rows).toEqual([['x', '1', '[1,null]']]);
    expect(cells('DOUBLE', [0.5, 12.25, 3, null])).toEqual(['0.50', '12.25', '3.00', '-']);
    expect(cells('DECIMAL(18,3)', [1.125, 2])).toEqual(['1.125', '2.000']);
  });

  it('shows six significant digits, tiny and huge numbers as they are', () => {
    expect(cells('DOUBLE', [1234.56789])).toEqual(['1234.57']);
    expect(cells('DOUBLE', [1e-9, 0, 1e300])).toEqual(['1e-9', '0', '1e+300']);
    expect(cells('DOUBLE', [Number.NaN, Number.POSITIVE_INFINITY])).toEqual(['NaN', 'Infinity']);
  });

  it('keeps a cell on one line, cut where it is long', () => {
    expect(cells('VARCHAR', ['a\n\tb'])).toEqual(['a b']);
    expect(cells('VARCHAR', ['x'.repeat(80)])[0]).toBe(`${'x'.repeat(59)}…`);
  });

  it('turns few rows that are too wide on their side', () => {
    const columns = ['a', 'b', 'c'].map((name) => column(name, 'INTEGER'));
    const tables = layOut(
      columns,
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      6,
    );
    expect(tables.map((table) => table.columns[0]?.title)).toEqual(['row 1', 'row 2']);
    expect(tables[1]?.rows).toEqual([
      ['a', '4'],
      ['b', '5'],
      ['c', '6'],
    ]);
    expect(
      layOut(
        columns,
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        7,
      ),
    ).toHaveLength(1);
  });
});
