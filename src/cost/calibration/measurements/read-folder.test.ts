import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSession, quoteText } from '../../../tables/duckdb.ts';
import { InputError } from '../../../units/input-error.ts';
import { csvFolder } from '../csv-folder.fixture.ts';
import { readMeasurements } from './read-folder.ts';

let removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals) remove();
  removals = [];
});

function folder(files: Record<string, string>): string {
  const { path, remove } = csvFolder(files);
  removals.push(remove);
  return path;
}

const gemm = 'm,n,k,dtype,latency_us\n1,4096,4096,bf16,25.5\n2,4096,4096,bf16,26\n';

describe('readMeasurements', () => {
  it('reads files of known names at any depth and lists the others', async () => {
    const path = folder({
      'a/gemm.csv': gemm,
      'b/c/gemm.csv': gemm,
      'b/notes.csv': 'x\n1\n',
      'b/README.md': 'not a table',
    });
    const { files, ignored } = await readMeasurements(path);
    expect(files.map(({ file, layout }) => [file, layout.name])).toEqual([
      ['a/gemm.csv', 'gemm'],
      ['b/c/gemm.csv', 'gemm'],
    ]);
    expect(ignored).toEqual(['b/notes.csv']);
    const { table } = files[0]!;
    expect(table.rows).toBe(2);
    expect([table.number('latency_us')(0), table.text('dtype')(1)]).toEqual([25.5, 'bf16']);
  });

  it('reads Parquet like CSV', async () => {
    const path = folder({ 'seed.txt': '' });
    const session = await openSession();
    const target = quoteText(join(path, 'gemm.parquet'));
    await session.query(
      `COPY (SELECT 8::BIGINT AS m, 16::BIGINT AS n, 32::BIGINT AS k, 'bfloat16' AS dtype,
       7.25 AS latency_us, true AS l2_hot, 'who' AS source) TO ${target} (FORMAT parquet)`,
    );
    session.close();
    const { table } = (await readMeasurements(path)).files[0]!;
    expect([table.number('k')(0), table.flag('l2_hot')(0), table.text('source')(0)]).toEqual([
      32,
      true,
      'who',
    ]);
  });

  it('reads optional columns that are absent or empty as nothing', async () => {
    const path = folder({
      'gemm.csv': 'm,n,k,dtype,latency_us,source\n1,2,3,bf16,4,\n',
    });
    const { table } = (await readMeasurements(path)).files[0]!;
    expect([table.text('source')(0), table.text('hardware')(0), table.flag('l2_hot')(0)]).toEqual([
      null,
      null,
      false,
    ]);
  });

  it('reads quoted commas and any order of columns', async () => {
    const path = folder({
      'vision_encode.csv': 'latency_us,tiles,tokens_per_tile,encoder,note\n9,2,577,"a, b",x\n',
    });
    const { table } = (await readMeasurements(path)).files[0]!;
    expect([table.text('encoder')(0), table.number('tiles')(0)]).toEqual(['a, b', 2]);
  });

  it('reads lines of mixed ends, and a table without rows', async () => {
    const path = folder({
      'gemm.csv': 'm,n,k,dtype,latency_us\r\n1,2,3,bf16,4\n5,6,7,bf16,8\r\n',
      'a/gemm.csv': '"m","n",k,dtype,latency_us\n',
    });
    const { files } = await readMeasurements(path);
    const rows = files.map(({ table }) =>
      Array.from({ length: table.rows }, (_, row) => table.number('latency_us')(row)),
    );
    expect(rows).toEqual([[], [4, 8]]);
  });

  it('knows the info.csv nearest above a file', async () => {
    const path = folder({
      'info.csv': 'key,value\nname,outer\n',
      'x/info.csv': 'key,value\nname,NVIDIA H200\nsms,132\n',
      'x/y/gemm.csv': gemm,
      'z/gemm.csv': gemm,
    });
    const { files } = await readMeasurements(path);
    const names = files
      .filter(({ layout }) => layout.name === 'gemm')
      .map(({ info }) => info.get('name'));
    expect(names).toEqual(['NVIDIA H200', 'outer']);
  });

  it.each([
    [
      'a column less',
      { 'gemm.csv': 'm,n,dtype,latency_us\n1,2,bf16,3\n' },
      /missing column k \(.*gemm\.csv\): gemm needs m, n, k, dtype, latency_us$/,
    ],
    [
      'renamed columns',
      { 'decode.csv': 'model,batch,ctx,chunk_tokens,us\nm,1,2,0,3\n' },
      /missing columns context, latency_us .*it has ctx, us instead/,
    ],
    [
      'a text for a number',
      { 'gemm.csv': 'm,n,k,dtype,latency_us\n1,2,3,bf16,4\n1,2,many,bf16,4\n' },
      /column k is "many" \(.*gemm\.csv, row 2\): must be a number above 0/,
    ],
    [
      'a time of 0',
      { 'gemm.csv': 'm,n,k,dtype,latency_us\n1,2,3,bf16,0\n' },
      /column latency_us is "0" .*row 1.*above 0/,
    ],
    ['a gap', { 'gemm.csv': 'm,n,k,dtype,latency_us\n1,2,,bf16,4\n' }, /column k is empty .*row 1/],
    [
      'an infinite time',
      { 'gemm.csv': 'm,n,k,dtype,latency_us\n1,2,3,bf16,inf\n' },
      /column latency_us is "inf"/,
    ],
    [
      'a wrong flag in an optional column',
      { 'gemm.csv': 'm,n,k,dtype,latency_us,l2_hot\n1,2,3,bf16,4,\n1,2,3,bf16,4,perhaps\n' },
      /column l2_hot is "perhaps" .*row 2.*true or false/,
    ],
    [
      'a last row that is cut short',
      { 'gemm.csv': 'm,n,k,dtype,latency_us\n1,2,3,bf16,4\n1,2\n' },
      /^2 fields \(.*gemm\.csv, row 2\): 5, as in the header$/,
    ],
    [
      'a row that is too long',
      { 'gemm.csv': 'm,n,k,dtype,latency_us\n1,2,3,bf16,4,5\n1,2,3,bf16,4\n' },
      /^6 fields \(.*gemm\.csv, row 1\): 5, as in the header$/,
    ],
    [
      'a row that is too long among mixed line ends',
      { 'gemm.csv': 'm,n,k,dtype,latency_us\r\n1,2,3,bf16,4\n1,2,3,bf16,4,5\r\n' },
      /^6 fields \(.*gemm\.csv, row 2\): 5, as in the header$/,
    ],
    [
      'a column that comes twice',
      { 'gemm.csv': 'm,n,n,k,dtype,latency_us\n1,2,2,3,bf16,4\n' },
      /column n twice/,
    ],
    [
      'one table in two formats',
      { 'gemm.csv': gemm, 'gemm.parquet': '' },
      /gemm\.csv and gemm\.parquet .*count twice/,
    ],
    ['no file of a known name', { 'other.csv': 'x\n1\n' }, /no measurements .*named gemm, /],
  ])('refuses %s', async (_, files, message) => {
    const reading = readMeasurements(folder(files as Record<string, string>));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(InputError);
  });

  it('refuses a folder that is not there, and a file', async () => {
    await expect(readMeasurements('/no/such/folder')).rejects.toThrow(/no such folder/);
    const file = join(folder({ 'gemm.csv': gemm }), 'gemm.csv');
    await expect(readMeasurements(file)).rejects.toThrow(/not a folder \(.*gemm\.csv\)/);
  });
});
