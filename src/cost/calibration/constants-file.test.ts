import { describe, expect, it } from 'vitest';
import { a100Profile } from '../gpu-profiles.ts';
import {
  type ConstantsFile,
  parseConstantsFile,
  profileOfFile,
  readConstantsFile,
} from './constants-file.ts';
import { csvFolder } from './csv-folder.fixture.ts';

function file(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const given: ConstantsFile = {
    gpu: 'h200',
    created_from: { files: [{ file: 'gemm.csv', sha256: 'a'.repeat(64) }], seed: 7 },
    constants: a100Profile.constants,
    held_out: { gemm: { rows: 9, shapes: 2, bias: -1, mape: 8, median: 6, p90: 17 } },
  };
  return { ...JSON.parse(JSON.stringify(given)), ...changes };
}

function withConstant(path: [string, string], value: unknown): Record<string, unknown> {
  const given = file() as { constants: Record<string, Record<string, unknown>> };
  given.constants[path[0]]![path[1]] = value;
  return given;
}

describe('a constants file', () => {
  it('reads back as written, and as a profile', () => {
    const { path, remove } = csvFolder({ 'c.json': JSON.stringify(file()) });
    const read = readConstantsFile(`${path}/c.json`);
    remove();
    expect(read).toEqual(file());
    const profile = profileOfFile(read);
    expect(profile.gpu).toBe('h200');
    expect(profile.constants.gemm.flopsShare.value).toBe(0.744);
  });

  it('may be of a GPU that is not in the table, with its peaks, and have variants', () => {
    const peaks = { flopsPerS: 362e12, hbmBytesPerS: 864e9, smCount: 142 };
    const { startUs } = a100Profile.constants.gemm;
    const variants = { 'gemm-microbenchmark': { gemm: { startUs } } };
    const profile = profileOfFile(
      parseConstantsFile(file({ gpu: 'NVIDIA L40S', peaks, variants }), 'c.json'),
    );
    expect([profile.gpu, profile.variants]).toEqual(['NVIDIA L40S', variants]);
  });

  it('has one held-out error for the parts of a family, and knows which rows were fitted', () => {
    const errors = (rows: number, mape: number) => ({
      ...{ rows, shapes: 2, bias: 0, mape, median: mape, p90: mape },
    });
    const parts = { 'attention-prefill': errors(10, 8), 'attention-prefix': errors(30, 16) };
    const both = file({ held_out: parts, fitted: parts });
    const profile = profileOfFile(parseConstantsFile(both, 'c.json'));
    expect(profile.heldOut).toEqual({ 'attention-prefill': 14 });
    expect(profile.fittedFiles).toEqual([
      { sha256: 'a'.repeat(64), families: ['attention-prefill'] },
    ]);
    const { 'attention-prefix': prefix } = parts;
    const one = file({ held_out: {}, fitted: { 'attention-prefix': prefix } });
    expect(profileOfFile(parseConstantsFile(one, 'c.json')).fittedFiles).toContainEqual({
      sha256: 'a'.repeat(64),
      families: ['attention-prefill'],
      only: 'prefix',
    });
  });

  it.each([
    [
      'peaks of nothing',
      file({ gpu: 'x', peaks: { flopsPerS: 0, hbmBytesPerS: 1 } }),
      /peaks\.flopsPerS/,
    ],
    [
      'a variant in another unit',
      file({ variants: { v: { gemm: { startUs: { value: 5, unit: 'ms', source: 'x' } } } } }),
      /unit "ms" \(c\.json, variants\.v\.gemm\.startUs\)/,
    ],
    [
      'an unknown key',
      file({ gpus: 'h200' }),
      /unknown key "gpus" \(c\.json, .*did you mean gpu\?/,
    ],
    ['an unknown GPU', file({ gpu: 'h2000' }), /unknown GPU "h2000"/],
    [
      'a missing constant',
      withConstant(['gemm', 'exponent'], undefined),
      /missing value \(c\.json, constants\.gemm\.exponent\)/,
    ],
    [
      'a bare number',
      withConstant(['gemm', 'exponent'], 1.6),
      /invalid value 1\.6 \(c\.json, constants\.gemm\.exponent\)/,
    ],
    [
      'a constant in another unit',
      withConstant(['gemm', 'startUs'], { value: 0.005, unit: 'ms', source: 'x' }),
      /unit "ms" \(c\.json, constants\.gemm\.startUs\): must be "us"/,
    ],
    [
      'a share of nothing',
      withConstant(['gemm', 'flopsShare'], { value: 0, unit: 'share of peak', source: 'x' }),
      /a share of 0 \(c\.json, constants\.gemm\.flopsShare\)/,
    ],
    [
      'a family that there is not',
      file({ constants: { ...a100Profile.constants, gemms: {} } }),
      /unknown key "gemms" .*did you mean gemm\?/,
    ],
    [
      'a hash that is none',
      file({ created_from: { files: [{ file: 'gemm.csv', sha256: 'abc' }] } }),
      /created_from\.files\.0\.sha256/,
    ],
  ])('is refused with %s', (_, given, message) => {
    expect(() => parseConstantsFile(given, 'c.json')).toThrow(message);
  });

  it('is refused where it is no JSON or not there', () => {
    const { path, remove } = csvFolder({ 'c.json': '{' });
    expect(() => readConstantsFile(`${path}/c.json`)).toThrow(/not a JSON file/);
    remove();
    expect(() => readConstantsFile(`${path}/c.json`)).toThrow(/no such file/);
  });
});
