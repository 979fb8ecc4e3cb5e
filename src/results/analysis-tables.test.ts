import { describe, expect, it } from 'vitest';
import { decodeTable } from '../tables/decode.ts';
import { encodeAnalysisTable } from './analysis-tables.ts';

const quantity = { name: ['b', 'a', 'b'], value: [1, 2, 3], unit: ['s', 's', 's'] };
const source = ['x', 'x', 'x'];

describe('encodeAnalysisTable', () => {
  it('writes the columns of the schema, the run in each row', () => {
    const bytes = encodeAnalysisTable('quantities', '0123', { ...quantity, source });
    const { rows, columns, metadata } = decodeTable(bytes, 'quantities.arrow');
    expect(rows).toBe(3);
    expect(Object.keys(columns)).toEqual(['run', 'name', 'value', 'unit', 'source']);
    expect(columns.run).toMatchObject({ labels: ['0123'] });
    expect(columns.name).toMatchObject({ labels: ['b', 'a'], indices: Int32Array.of(0, 1, 0) });
    expect(columns.value).toMatchObject({ values: Float64Array.of(1, 2, 3) });
    expect(metadata.get('reprise.table')).toBe('quantities');
  });

  it('marks what is missing in a column that allows it', () => {
    const analysis = { scenario_hash: ['h'], analyser: ['quantities'] };
    const rest = { trace: [null], trace_kind: [null], analysis: ['{}'] };
    const bytes = encodeAnalysisTable('analyses', '0123', { ...analysis, ...rest });
    const { columns } = decodeTable(bytes, 'analyses.arrow');
    expect(columns.trace).toMatchObject({ valid: Uint8Array.of(0) });
  });

  it('takes a table without rows', () => {
    expect(decodeTable(encodeAnalysisTable('quantities', '0123', {}), 'q').rows).toBe(0);
  });

  it.each([
    [{ ...quantity }, 'differ from its schema: name,value,unit'],
    [{ ...quantity, source: ['x'] }, '1 values of source for 3 rows'],
    [{ ...quantity, value: [1, null, 3], source }, 'no value in column value'],
  ])('refuses columns that the schema has not %#', (columns, message) => {
    expect(() => encodeAnalysisTable('quantities', '0123', columns)).toThrow(message);
  });
});
