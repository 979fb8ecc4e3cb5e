import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  Bool,
  DateDay,
  Dictionary,
  Field,
  Int32,
  Int64,
  makeData,
  makeVector,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Uint64,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import type { Column } from './columns.ts';
import { openSession, quoteText, type Session } from './duckdb.ts';
import { encodeTable } from './encode.ts';

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'read-arrow-'));
  session = await openSession({
    schemas: { known: { run: { kind: 'utf8' }, ms: { kind: 'float64' } } },
  });
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

/** Writes a file of the test folder; returns its path. */
function file(name: string, content: Uint8Array | Record<string, Column>): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content instanceof Uint8Array ? content : encodeTable(content));
  return path;
}

const scan = (path: string) => `read_arrow(${quoteText(path)})`;
const rowsOf = async (sql: string) => (await session.query(sql)).rows;

/** Places of the bytes of all columns and dictionaries: not of the metadata around them. */
function bufferBytes(bytes: Uint8Array): number[] {
  const tail = bytes.length - 10;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(tail, true);
  const footer = Footer.decode(bytes.slice(tail - length, tail));
  return [...footer.recordBatches(), ...footer.dictionaryBatches()].flatMap((block) =>
    Array.from({ length: block.bodyLength }, (_, i) => block.offset + block.metaDataLength + i),
  );
}

function validOf(present: readonly boolean[]): Uint8Array | undefined {
  return present.every(Boolean) ? undefined : Uint8Array.from(present, Number);
}

describe('read_arrow', () => {
  it('reads rows beyond one chunk and one batch, nulls only in places', async () => {
    // Batches of 65,536 rows; nulls only in the first, so that stale validity would show.
    const rows = 70_001;
    const present = Array.from({ length: rows }, (_, i) => i > 5000 || i % 3 !== 1);
    const ids = Int32Array.from({ length: rows }, (_, i) => i);
    const offsets = Int32Array.from({ length: rows + 1 }, (_, i) => 3 * i);
    const items: Column = {
      kind: 'struct',
      rows: 3 * rows,
      children: {
        kind: {
          kind: 'dictionary',
          indices: Int32Array.from({ length: 3 * rows }, (_, i) => i % 2),
          labels: ['image', 'a kind with a long name'],
          valid: Uint8Array.from({ length: 3 * rows }, (_, i) => Number(i > 9000 || i % 5 > 0)),
        },
        id: {
          kind: 'int32',
          values: Int32Array.from({ length: 3 * rows }, (_, i) => i),
          valid: Uint8Array.from({ length: 3 * rows }, (_, i) => Number(i > 9000 || i % 7 > 0)),
        },
      },
    };
    const path = file('long.arrow', {
      id: { kind: 'int32', values: ids },
      part: { kind: 'int32', values: ids, valid: validOf(present) },
      media: { kind: 'list', offsets, child: items, valid: validOf(present) },
    });
    const expected = { rows, ids: 0, part: 0, partRows: 0, items: 0, kinds: 0, itemIds: 0 };
    for (let i = 0; i < rows; i++) {
      expected.ids += i;
      if (!present[i]) continue;
      expected.part += i;
      expected.partRows++;
      for (let j = 3 * i; j < 3 * i + 3; j++) {
        expected.items++;
        if (j % 2 === 1 && (j > 9000 || j % 5 > 0)) expected.kinds++;
        if (j > 9000 || j % 7 > 0) expected.itemIds += j;
      }
    }
    const [found] = await session.objects(`
      with t as (from ${scan(path)}), m as (select unnest(media) as item from t)
      select (select count(*) from t) as rows, sum(id) as ids, sum(part) as part,
        count(part) as "partRows", (select count(*) from m) as items,
        (select count(*) from m where item.kind = 'a kind with a long name') as kinds,
        (select sum(item.id) from m) as "itemIds"
      from t`);
    expect(found).toEqual(expected);
  });

  it.each([1, 255, 256, 65_535, 65_536])('keeps %i labels apart', async (count) => {
    const rows = Math.max(5000, count + 10);
    const labels = Array.from({ length: count }, (_, i) => `${i % 2 ? 'tenant number' : 't'} ${i}`);
    const indices = Int32Array.from({ length: rows }, (_, i) => (i * 7919) % count);
    const path = file(`labels-${count}.arrow`, {
      row: { kind: 'int32', values: Int32Array.from({ length: rows }, (_, i) => i) },
      name: { kind: 'dictionary', indices, labels },
    });
    const found = await rowsOf(`select name, count(*), sum(row) from ${scan(path)} group by name`);
    const expected = new Map<string, [number, number]>();
    for (let i = 0; i < rows; i++) {
      const name = labels[indices[i] as number] as string;
      const [n, sum] = expected.get(name) ?? [0, 0];
      expected.set(name, [n + 1, sum + i]);
    }
    expect(new Map(found.map(([name, n, sum]) => [name, [n, sum]]))).toEqual(expected);
  });

  it('reads kinds that only other writers make', async () => {
    const days = 19_782; // 2024-02-29
    const at = BigInt(days) * 86_400_000n + 45_000_000n;
    const third = Uint8Array.of(0b101);
    const dates = { type: new DateDay(), data: Int32Array.of(days, 0, days), nullBitmap: third };
    const times = { type: new TimestampMillisecond(), data: BigInt64Array.of(at, 0n, at) };
    const table = new Table({
      big: vectorFromArray([2n ** 53n + 1n, null, -1n], new Int64()),
      huge: vectorFromArray([2n ** 64n - 1n, 0n, null], new Uint64()),
      flag: vectorFromArray([true, null, false], new Bool()),
      nothing: vectorFromArray([null, null, null], new Null()),
      day: makeVector(makeData(dates)),
      at: makeVector(makeData({ ...times, nullBitmap: third })),
    });
    const path = file('kinds.arrow', tableToIPC(table, 'file'));
    expect(await rowsOf(`from ${scan(path)}`)).toEqual([
      ['9007199254740993', '18446744073709551615', true, null, '2024-02-29', '2024-02-29 12:30:00'],
      [null, 0, null, null, null, null],
      [-1, null, false, null, '2024-02-29', '2024-02-29 12:30:00'],
    ]);
  });

  it('reads slices whose bits and offsets do not begin at 0', async () => {
    const whole = new Table({
      flag: vectorFromArray(
        Array.from({ length: 50 }, (_, i) => (i % 4 ? i % 3 === 0 : null)),
        new Bool(),
      ),
      list: vectorFromArray(Array.from({ length: 50 }, (_, i) => (i % 5 ? [i, i + 1] : null))),
    });
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, k) => {
        const i = from + k;
        return [i % 4 ? i % 3 === 0 : null, i % 5 ? [i, i + 1] : null];
      });
    const path = file('slice.arrow', tableToIPC(whole.slice(11, 43), 'file'));
    expect(await rowsOf(`select flag, list from ${scan(path)}`)).toEqual(rows(11, 43));
  });

  it('gives each file its own dictionary, null labels included', async () => {
    const type = new Dictionary(new Utf8(), new Int32());
    const encoded = (labels: (string | null)[], indices: number[]) => {
      const dictionary = vectorFromArray(labels, new Utf8()) as Vector<Utf8>;
      const data = makeData({ type, data: Int32Array.from(indices), dictionary, nullCount: 0 });
      const fields = [new Field('name', type, true)];
      const parent = makeData({
        type: new Struct(fields),
        length: indices.length,
        children: [data],
      });
      return tableToIPC(new Table([new RecordBatch(new Schema(fields), parent)]), 'file');
    };
    file('dictionaries/1.arrow', encoded(['a', 'b'], [0, 1, 1]));
    file('dictionaries/2.arrow', encoded(['b', null, 'a longer label than before'], [2, 1, 0]));
    const names = (await rowsOf(`from ${scan(join(folder, 'dictionaries/*.arrow'))}`)).flat();
    expect(names).toEqual(['a', 'b', 'b', 'a longer label than before', null, 'b']);
  });

  it('unites files by column name', async () => {
    const x = (...values: number[]): Column => ({ kind: 'int32', values: Int32Array.from(values) });
    const nested: Column = {
      kind: 'list',
      offsets: Int32Array.of(0, 1, 1),
      child: { kind: 'struct', rows: 1, children: { text: { kind: 'utf8', values: ['deep'] } } },
    };
    file('unite/1.arrow', { x: x(1, 2), y: x(3, 4) });
    file('unite/2.arrow', { z: nested, x: x(5, 6) });
    file('unite/3.arrow', { y: x(7), x: x(8) });
    file('unite/.half.arrow', { x: x(0) });
    file('unite/other.tmp', { x: x(0) });
    expect(await session.objects(`from ${scan(join(folder, 'unite/*.arrow'))}`)).toEqual([
      { x: 1, y: 3, z: null },
      { x: 2, y: 4, z: null },
      { x: 5, y: null, z: [{ text: 'deep' }] },
      { x: 6, y: null, z: [] },
      { x: 8, y: 7, z: null },
    ]);
  });

  it('names file and column where types differ', async () => {
    file('conflict/1.arrow', { x: { kind: 'int32', values: Int32Array.of(1) } });
    const second = file('conflict/2.arrow', { x: { kind: 'float64', values: Float64Array.of(1) } });
    await expect(rowsOf(`from ${scan(join(folder, 'conflict/*'))}`)).rejects.toThrow(
      `column x is DOUBLE (${second}): it is INTEGER in the files before`,
    );
  });

  it('gives an empty table of a known schema, an error without one', async () => {
    const none = quoteText(join(folder, 'none/*.arrow'));
    const { columns, rows } = await session.query(`from read_arrow(${none}, schema := 'known')`);
    expect(rows).toEqual([]);
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['run', 'VARCHAR'],
      ['ms', 'DOUBLE'],
    ]);
    await expect(rowsOf(`from read_arrow(${none})`)).rejects.toThrow('no file matches');
    await expect(rowsOf(`from read_arrow(${none}, schema := 'knwon')`)).rejects.toThrow(
      'did you mean known?',
    );
  });

  it('counts rows, filters on columns it does not return, takes a list of files', async () => {
    const a: Column = { kind: 'int32', values: Int32Array.from({ length: 3000 }, (_, i) => i) };
    const b: Column = {
      kind: 'float64',
      values: Float64Array.from({ length: 3000 }, (_, i) => -i),
    };
    const path = file('count.arrow', { a, b });
    expect(await rowsOf(`select count(*) from ${scan(path)}`)).toEqual([[3000]]);
    expect(await rowsOf(`select a from ${scan(path)} where b = -2500`)).toEqual([[2500]]);
    const twice = `read_arrow([${quoteText(path)}, ${quoteText(path)}])`;
    expect(await rowsOf(`select count(*) from ${twice}`)).toEqual([[3000]]);
  });

  it('sees that a file has changed', async () => {
    const path = file('changing.arrow', { a: { kind: 'int32', values: Int32Array.of(1) } });
    expect(await rowsOf(`from ${scan(path)}`)).toEqual([[1]]);
    file('changing.arrow', { a: { kind: 'utf8', values: ['now a text'] } });
    expect(await rowsOf(`from ${scan(path)}`)).toEqual([['now a text']]);
  });

  it('reads an empty table', async () => {
    const path = file('empty.arrow', { a: { kind: 'int32', values: new Int32Array(0) } });
    expect(await rowsOf(`from ${scan(path)}`)).toEqual([]);
    expect(await rowsOf(`select count(*) from ${scan(path)}`)).toEqual([[0]]);
  });

  it('survives damaged columns: an error that names them, or other values', async () => {
    const names = ['a', 'a label of twenty-one'];
    const indices = Int32Array.from({ length: 64 }, (_, i) => i % 2);
    const name: Column = { kind: 'dictionary', indices, labels: names };
    const text: Column = {
      kind: 'utf8',
      values: Array.from({ length: 32 }, (_, i) => names[i % 2]!),
    };
    const offsets = Int32Array.from({ length: 33 }, (_, i) => 2 * i);
    const columns = { text, list: { kind: 'list', offsets, child: name } } as const;
    const whole = encodeTable(columns);
    const places = bufferBytes(whole);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.nat(255), async (place, byte) => {
        const damaged = whole.slice();
        damaged[place] = byte;
        const path = file('damaged.arrow', damaged);
        await rowsOf(`select max(text), max(list) from ${scan(path)}`).catch((error) => {
          expect(error).toBeInstanceOf(InputError);
        });
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it('refuses cut files with their name', async () => {
    const labels = { kind: 'dictionary', indices: new Int32Array(99), labels: ['a'] } as const;
    const whole = encodeTable({ a: { kind: 'float64', values: new Float64Array(99) }, labels });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
        const path = file('cut.arrow', whole.slice(0, length));
        await expect(rowsOf(`from ${scan(path)}`)).rejects.toThrow(`not an Arrow file (${path})`);
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});
