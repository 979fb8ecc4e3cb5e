import { describe, expect, it } from 'vitest';
import { gpuNamed } from '../../../hardware/gpus.ts';
import { RandomStream } from '../../../units/random.ts';
import { type KernelConstants, Kernels, kernelConstants } from '../../kernels.ts';
import { fitFamily, withValues } from './fit-family.ts';
import type { FitRow } from './fit-rows.ts';
import { type FittedFamily, fittedFamilies } from './fitted-families.ts';
import { byShape, holdOut } from './hold-out.ts';

const gpu = gpuNamed('a100');
const base = kernelConstants();
const familyNamed = (name: string) =>
  fittedFamilies.find((family) => family.name === name) as FittedFamily;

/** Times of made-up kernels with other constants than any GPU has, and some noise. */
function rowsWith(
  family: FittedFamily,
  truth: Readonly<Record<string, number>>,
  shapes: readonly Record<string, number>[],
  sigma = 0.03,
): FitRow[] {
  const kernels = new Kernels(gpu, withValues<KernelConstants>(base, family.path, truth));
  const noise = new RandomStream(9, `noise ${family.name}`);
  return shapes.map((shape) => {
    const row: FitRow = {
      family: family.name.startsWith('attention-pre')
        ? 'attention-prefill'
        : (family.name as FitRow['family']),
      op: family.name,
      measured: 1,
      shape,
      unsplit: false,
      smCount: gpu.smCount,
      file: 'made-up.csv',
      source: null,
      variant: undefined,
    };
    return { ...row, measured: family.predict(kernels, row) * Math.exp(sigma * noise.normal()) };
  });
}

const rowCounts = [1, 4, 16, 64, 128, 256, 512, 1024, 2048, 8192];
const products = [1024, 2560, 4096, 6144, 8192, 12288].flatMap((n) =>
  [1024, 4096, 8192].flatMap((k) => rowCounts.map((m) => ({ m, n, k }))),
);
const productTruth = { startUs: 4, flopsShare: 0.65, bytesShare: 0.7, exponent: 2.2, waves: 0 };

const heads = [
  [32, 8],
  [32, 32],
  [8, 1],
  [16, 2],
  [40, 40],
  [64, 8],
  [8, 8],
  [28, 4],
  [24, 8],
  [12, 2],
  [16, 16],
  [48, 8],
] as const;
const rounds = heads.flatMap(([queryHeads, kvHeads]) =>
  [1, 4, 16, 64].flatMap((batch) =>
    [128, 1024, 8192, 65_536].map((context) => ({
      batch,
      heads: queryHeads,
      kvHeads,
      headDim: 128,
      context,
    })),
  ),
);

const fitted = (family: FittedFamily, rows: FitRow[], changes = {}) =>
  fitFamily(family, rows, { gpu, base, seed: 3, draws: 40, ...changes })!;

function expectRecovered(
  { values }: ReturnType<typeof fitted>,
  truth: Readonly<Record<string, number>>,
): void {
  for (const { path, value, interval } of values) {
    const wanted = truth[path.split('.').at(-1) as string] as number;
    if (interval === undefined) {
      expect(value).toBe(wanted);
      continue;
    }
    // An interval of 90 % may miss; the value itself may not be far.
    expect(Math.abs(Math.log(value / wanted))).toBeLessThan(0.15);
    expect(interval[0]).toBeLessThanOrEqual(value);
    expect(interval[1]).toBeGreaterThanOrEqual(value);
    expect(wanted).toBeGreaterThan(interval[0] * 0.97);
    expect(wanted).toBeLessThan(interval[1] * 1.03);
  }
}

describe('fitFamily', () => {
  it('finds the constants that made-up products were timed with, and leaves waves out', () => {
    const family = familyNamed('gemm');
    const found = fitted(family, rowsWith(family, productTruth, products));
    expect(found.values.map(({ path }) => path)).toEqual([
      'gemm.startUs',
      'gemm.flopsShare',
      'gemm.bytesShare',
      'gemm.exponent',
      'gemm.waves',
    ]);
    expectRecovered(found, productTruth);
    // Noise of 3 % is a mean absolute error of 2.4 %.
    expect(found.heldOut!.mape).toBeGreaterThan(1.5);
    expect(found.heldOut!.mape).toBeLessThan(3.5);
    expect(found.heldOut!.shapes).toBe(3);
    expect(found.fitted.shapes).toBe(15);
  });

  it('keeps waves where they explain the times, and on request', () => {
    const family = familyNamed('gemm');
    const waved = fitted(family, rowsWith(family, { ...productTruth, waves: 1 }, products));
    expect(waved.values.find(({ path }) => path === 'gemm.waves')!.value).toBeGreaterThan(0.9);
    const rows = rowsWith(family, productTruth, products);
    const kept = fitted(family, rows, { draws: 0, keep: ['waves'] });
    const waves = kept.values.find(({ path }) => path === 'gemm.waves')!;
    expect(waves.value).toBeLessThan(0.1);
    expect(waves).not.toHaveProperty('interval');
  });

  it('finds the limit of a block that reads KV for grouped heads, where there is one', () => {
    const family = familyNamed('attention-decode');
    const truth = {
      startUs: 6,
      kvShare: 0.85,
      queryShare: 0.3,
      blockUs: 0.8,
      groupedBlockShare: 0.012,
    };
    const limited = fitted(family, rowsWith(family, truth, rounds));
    const value = (found: ReturnType<typeof fitted>, name: string) =>
      found.values.find(({ path }) => path.endsWith(name))!;
    expect(value(limited, 'groupedBlockShare').value).toBeCloseTo(0.012, 3);
    expect(value(limited, 'kvShare').value).toBeCloseTo(0.85, 1);

    const free = fitted(family, rowsWith(family, { ...truth, groupedBlockShare: 1 }, rounds));
    expect(value(free, 'groupedBlockShare')).toEqual({
      path: 'decodeAttention.groupedBlockShare',
      value: 1,
      neutral: true,
    });
  });

  it('finds how much slower prompts on a cached prefix are', () => {
    const family = familyNamed('attention-prefix');
    const prompts = heads.flatMap(([queryHeads, kvHeads]) =>
      [128, 512, 2048].flatMap((newTokens) =>
        [1024, 8192, 32_768].map((prefix) => ({
          batch: 1,
          heads: queryHeads,
          kvHeads,
          headDim: 128,
          newTokens,
          prefix,
        })),
      ),
    );
    const rectangle = { prefixFactor: 1.4, prefixMasked: 1 };
    const found = fitted(family, rowsWith(family, rectangle, prompts, 0.005));
    expectRecovered(found, rectangle);
    const area = { prefixFactor: 1.4, prefixMasked: 0 };
    expectRecovered(fitted(family, rowsWith(family, area, prompts, 0.01)), area);
  });

  it('is the same for the same seed and another for another', () => {
    const family = familyNamed('gemm');
    const rows = rowsWith(family, productTruth, products);
    const values = (seed: number) => fitted(family, rows, { seed, draws: 5 }).values;
    expect(values(3)).toEqual(values(3));
    expect(values(4)).not.toEqual(values(3));
  });

  it('has seen nothing of what is held out', () => {
    const family = familyNamed('gemm');
    const rows = rowsWith(family, productTruth, products);
    const { folds } = holdOut(byShape(rows, family.shapeOf), { seed: 3, name: 'gemm' });
    const heldOut = new Set(folds[0]!.heldOut.map(({ key }) => key));
    const spoilt = rows.map((row) =>
      heldOut.has(family.shapeOf(row)) ? { ...row, measured: 5 * row.measured } : row,
    );
    const [before, after] = [rows, spoilt].map((given) => fitted(family, given, { draws: 5 }));
    expect(after!.values).toEqual(before!.values);
    expect(after!.heldOut!.bias).toBeLessThan(-75);
  });

  it('thins rows that stand close, and finds nothing where there are none', () => {
    const family = familyNamed('gemm');
    const dense = Array.from({ length: 200 }, (_, i) => ({ m: 1000 + i, n: 4096, k: 4096 }));
    const found = fitted(family, rowsWith(family, productTruth, [...products, ...dense]), {
      draws: 0,
    });
    expect(found.fitted.rows + found.heldOut!.rows).toBe(products.length);
    expect(fitFamily(family, [], { gpu, base, seed: 1, draws: 0 })).toBeNull();
  });
});
