import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCalibration } from '../check/check.ts';
import { peaksOfInfo, wholePeaks } from '../peaks.ts';

const here = import.meta.dirname;
const script = readFileSync(join(here, '..', 'measure-gpu.py'), 'utf8');
const head = (file: string) =>
  (readFileSync(join(here, 'h200', file), 'utf8').split('\n')[0] as string).split(',');

/** Columns by file, as the script declares them: Table(folder, "gemm", ["m", "n", …]). */
function declared(): [string, string[]][] {
  const lists = new Map(
    [...script.matchAll(/columns = \[([^\]]+)\]/g)].map((match) => ['columns', match[1] as string]),
  );
  return [...script.matchAll(/Table\(folder, "(\w+)", (?:\[([^\]]+)\]|(columns))\)/g)].map(
    ([, name, inline, named]) => {
      const text = inline ?? lists.get(named as string) ?? '';
      return [name as string, [...text.matchAll(/"(\w+)"/g)].map((match) => match[1] as string)];
    },
  );
}

/** Prompts on a cached prefix: more keys than new tokens. */
function prefixRows(): number {
  const lines = readFileSync(join(here, 'h200', 'attention.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const [phase, newTokens, keys] = ['phase', 'new_tokens', 'kv_len'].map((name) =>
    head('attention.csv').indexOf(name),
  ) as [number, number, number];
  return lines
    .map((line) => line.split(','))
    .filter((row) => row[phase] === 'prefill' && Number(row[keys]) > Number(row[newTokens])).length;
}

describe('measure-gpu.py and the data it wrote', () => {
  it('declares the columns that stand in the files', () => {
    const tables = declared();
    expect(tables.map(([name]) => name).sort()).toEqual([
      'attention',
      'decode',
      'elementwise',
      'expert_ffn',
      'gemm',
      'host_link',
      'prefill',
    ]);
    for (const [name, columns] of tables) {
      expect(head(`${name}.csv`)).toEqual([...columns, 'latency_us', 'p10_us', 'p90_us']);
    }
  });

  it('writes peaks under the names that a check reads', () => {
    const said = new Map([
      ['flops_per_s', '3.62e+14'],
      ['hbm_bytes_per_s', '8.64e+11'],
      ['sms', '142'],
    ]);
    for (const key of said.keys()) expect(script).toContain(`"${key}":`);
    expect(wholePeaks(peaksOfInfo(said))).toEqual({
      flopsPerS: 362e12,
      hbmBytesPerS: 864e9,
      smCount: 142,
    });
  });

  it('is what a check reads, every file and row', async () => {
    const { result } = await checkCalibration({ data: join(here, 'h200') });
    const { ignored, skipped, files, families, end_to_end } = result;
    expect([...ignored, ...skipped]).toEqual([]);
    const rows = (file: string) =>
      readFileSync(join(here, 'h200', file), 'utf8')
        .trimEnd()
        .split('\n').length - 1;
    expect(files.map(({ file, rows }) => [file, rows])).toEqual(
      files.map(({ file }) => [file, rows(file)]),
    );
    expect(files).toHaveLength(8);
    const counts = Object.fromEntries(families.map(({ family, rows }) => [family, rows]));
    expect(counts).toEqual({
      gemm: rows('gemm.csv'),
      'attention-prefill': 51,
      'attention-decode': rows('attention.csv') - 51,
      moe: rows('expert_ffn.csv'),
      elementwise: rows('elementwise.csv'),
    });
    // The factor for cached prefixes is from here, nothing else.
    const fitted = families.filter(({ fitted_rows }) => fitted_rows > 0);
    expect(fitted.map(({ family, fitted_rows }) => [family, fitted_rows])).toEqual([
      ['attention-prefill', prefixRows()],
    ]);
    expect(end_to_end.map(({ phase }) => phase)).toEqual(['decode', 'mixed', 'prefill', 'prefix']);
  });

  it('holds steps that no fit saw within the errors that are claimed', async () => {
    const { result } = await checkCalibration({ data: join(here, 'h200') });
    const most = { decode: 6, mixed: 10, prefill: 8, prefix: 15 };
    for (const { phase, mape } of result.end_to_end) {
      expect(mape, phase).toBeLessThan(most[phase as keyof typeof most]);
    }
  });
});
