import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from './columns.ts';
import { openSession, quoteText, type Session } from './duckdb.ts';
import { encodeTable } from './encode.ts';

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'round-trip-'));
  session = await openSession();
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

/** A column and the plain values that it stands for. */
interface Case {
  column: Column;
  values: unknown[];
}

function validOf(present: readonly boolean[]): Uint8Array | undefined {
  return present.every(Boolean) ? undefined : Uint8Array.from(present, Number);
}

const numberArrays = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float64: Float64Array,
} as const;

const label = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 }),
);

function presence(rows: number): fc.Arbitrary<boolean[]> {
  const some = fc.array(fc.boolean(), { minLength: rows, maxLength: rows });
  return fc.oneof(fc.constant(Array(rows).fill(true)), fc.constant(Array(rows).fill(false)), some);
}

function numberCase(rows: number): fc.Arbitrary<Case> {
  const kinds = Object.keys(numberArrays) as (keyof typeof numberArrays)[];
  const raw = fc.array(fc.integer(), { minLength: rows, maxLength: rows });
  return fc
    .tuple(fc.constantFrom(...kinds), raw, presence(rows))
    .map(([kind, numbers, present]) => {
      const values = numberArrays[kind].from(numbers);
      const column = { kind, values, valid: validOf(present) } as Column;
      return { column, values: Array.from(values, (v, i) => (present[i] ? v : null)) };
    });
}

function textCase(rows: number): fc.Arbitrary<Case> {
  const texts = fc.array(label, { minLength: rows, maxLength: rows });
  return fc.tuple(texts, presence(rows)).map(([all, present]) => {
    const values = all.map((text, i) => (present[i] ? text : null));
    return { column: { kind: 'utf8', values }, values };
  });
}

function dictionaryCase(rows: number): fc.Arbitrary<Case> {
  const labels = fc.array(label, { minLength: 1, maxLength: 6 });
  const picks = fc.array(fc.nat(), { minLength: rows, maxLength: rows });
  return fc.tuple(labels, picks, presence(rows)).map(([names, chosen, present]) => {
    const indices = Int32Array.from(chosen, (pick) => pick % names.length);
    const values = Array.from(indices, (index, i) => (present[i] ? names[index] : null));
    const column: Column = { kind: 'dictionary', indices, labels: names, valid: validOf(present) };
    return { column, values };
  });
}

function structCase(rows: number, depth: number): fc.Arbitrary<Case> {
  const members = fc.tuple(anyCase(rows, depth - 1), dictionaryCase(rows));
  return fc.tuple(members, presence(rows)).map(([[a, b], present]) => {
    const children = { a: a.column, b: b.column };
    const valid = validOf(present);
    const values = present.map((is, i) => (is ? { a: a.values[i], b: b.values[i] } : null));
    return { column: { kind: 'struct', rows, children, valid }, values };
  });
}

function listCase(rows: number, depth: number): fc.Arbitrary<Case> {
  const lengths = fc.array(fc.nat({ max: 4 }), { minLength: rows, maxLength: rows });
  return fc.tuple(lengths, presence(rows)).chain(([sizes, present]) => {
    const offsets = new Int32Array(rows + 1);
    for (const [i, size] of sizes.entries()) offsets[i + 1] = (offsets[i] as number) + size;
    return anyCase(offsets[rows] as number, depth - 1).map((child) => ({
      column: { kind: 'list', offsets, child: child.column, valid: validOf(present) } as Column,
      values: present.map((is, i) =>
        is ? child.values.slice(offsets[i] as number, offsets[i + 1] as number) : null,
      ),
    }));
  });
}

function anyCase(rows: number, depth = 2): fc.Arbitrary<Case> {
  const flat = [numberCase(rows), textCase(rows), dictionaryCase(rows)];
  return depth === 0
    ? fc.oneof(...flat)
    : fc.oneof(...flat, listCase(rows, depth), structCase(rows, depth));
}

describe('read_arrow', () => {
  it('reads what encodeTable wrote, columns in any order', async () => {
    const tables = fc.nat({ max: 40 }).chain((rows) => fc.tuple(anyCase(rows), anyCase(rows)));
    let n = 0;
    await fc.assert(
      fc.asyncProperty(tables, async ([a, b]) => {
        const path = join(folder, `${n++}.arrow`);
        writeFileSync(path, encodeTable({ a: a.column, b: b.column }));
        expect(
          (await session.query(`select b, a from read_arrow(${quoteText(path)})`)).rows,
        ).toEqual(a.values.map((value, i) => [b.values[i], value]));
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
