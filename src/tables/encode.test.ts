import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../units/canonical.ts';
import { type Column, numbers } from './columns.ts';
import { decodeTable } from './decode.ts';
import { encodeChunks, encodeTable } from './encode.ts';

type Columns = Record<string, Column>;

const kinds = ['decode', 'mixed', 'prefill'];

/** Fresh columns of every form, with missing values; two of them share their labels. */
function columns(rows: number, from = 0): Columns {
  const count = (i: number) => from + i;
  const length = { length: rows };
  return {
    number: numbers(
      Float64Array.from(length, (_, i) => count(i) / 3),
      Uint8Array.from(length, (_, i) => Number(count(i) % 5 > 0)),
    ),
    kind: {
      kind: 'dictionary',
      indices: Int32Array.from(length, (_, i) => count(i) % 3),
      labels: kinds,
    },
    next: {
      kind: 'dictionary',
      indices: Int32Array.from(length, (_, i) => (count(i) + 1) % 3),
      labels: kinds,
      valid: Uint8Array.from(length, (_, i) => count(i) % 2),
    },
    text: { kind: 'utf8', values: Array.from(length, (_, i) => (i % 4 ? `t${count(i)}` : null)) },
  };
}

const metadata = new Map([['table', 'a test']]);

describe('encodeTable', () => {
  it('gives equal bytes whatever the process has encoded before', () => {
    const first = sha256(encodeTable(columns(1000), metadata));
    for (const rows of [1, 70_000]) encodeTable(columns(rows));
    encodeTable({ other: { kind: 'dictionary', indices: Int32Array.of(0), labels: ['else'] } });
    expect(sha256(encodeTable(columns(1000), metadata))).toBe(first);
  });

  it('gives other bytes for another value, label, missing value, name or metadata', () => {
    const encoded = (change: (table: Columns) => void, meta = metadata) => {
      const table = columns(8);
      change(table);
      return sha256(encodeTable(table, meta));
    };
    const changes = [
      encoded(() => {}),
      encoded((table) => {
        (table.number as { values: Float64Array }).values[1] = 9;
      }),
      encoded((table) => {
        (table.number as { valid: Uint8Array }).valid[1] = 0;
      }),
      encoded((table) => {
        table.kind = { ...table.kind, labels: ['decode', 'mixed', 'else'] } as Column;
      }),
      encoded((table) => {
        table.renamed = table.text as Column;
        delete table.text;
      }),
      encoded(() => {}, new Map([['table', 'another']])),
    ];
    expect(new Set(changes).size).toBe(changes.length);
  });
});

describe('encodeChunks', () => {
  it('gives the bytes of the whole table, where the parts are those of its batches', () => {
    const rows = 65_536;
    const parts = [columns(rows), columns(rows, rows), columns(10, 2 * rows)];
    const whole = encodeTable(columns(2 * rows + 10), metadata);
    expect(sha256(encodeChunks(parts, metadata))).toBe(sha256(whole));
  });

  it('reads back as one table, missing values in one part only too', () => {
    const part = (values: number[], valid?: number[]): Columns => ({
      a: numbers(Int32Array.from(values), valid && Uint8Array.from(valid)),
    });
    const bytes = encodeChunks([part([1, 2]), part([3, 4], [1, 0]), part([5])]);
    expect(tableFromIPC(bytes).schema.fields[0]?.nullable).toBe(true);
    const { rows, columns: read } = decodeTable(bytes, 'a test');
    expect(rows).toBe(5);
    expect(read.a).toMatchObject({ kind: 'int32', valid: Uint8Array.of(1, 1, 1, 0, 1) });
    expect([...(read.a as { values: Int32Array }).values].with(3, 0)).toEqual([1, 2, 3, 0, 5]);
  });

  it('keeps the labels of a column whose parts share them', () => {
    const part = (index: number): Columns => ({
      kind: { kind: 'dictionary', indices: Int32Array.of(index), labels: kinds },
    });
    const { columns: read } = decodeTable(encodeChunks([part(2), part(0)]), 'a test');
    expect(read.kind).toMatchObject({ labels: kinds, indices: Int32Array.of(2, 0) });
  });
});
