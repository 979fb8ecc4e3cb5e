import { describe, expect, it } from 'vitest';
import { gpuNamed } from '../hardware/gpus.ts';
import { Kernels, kernelConstants } from './kernels.ts';
import { wavePadding } from './waves.ts';

describe('wavePadding', () => {
  it('is 1 where full tiles fill full waves, and never less', () => {
    // 12 x 9 tiles of 256 x 128 are one wave on 108 multiprocessors.
    expect(wavePadding(12 * 256, 9 * 128, 108)).toBe(1);
    for (const m of [1, 7, 64, 100, 1000, 3000, 5000]) {
      for (const n of [64, 1000, 4096, 128_256]) {
        expect(wavePadding(m, n, 108)).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it('counts a wave that holds one tile as a whole one, less with a product in parts', () => {
    // One tile of 64 x 64 in eight parts on 108 multiprocessors.
    expect(wavePadding(64, 64, 108)).toBe(108 / 8);
    expect(wavePadding(1, 64, 108)).toBe((64 * 108) / 8);
  });

  it('dies away as a product grows', () => {
    const padding = [1, 4, 16].map((f) => wavePadding(1100 * f, 1100 * f, 108));
    expect([...padding].sort((a, b) => b - a)).toEqual(padding);
    expect(padding[2]).toBeLessThan(1.02);
  });
});

describe('products with waves', () => {
  it('take longer where waves are not full, and as before with a power of 0', () => {
    const base = kernelConstants();
    const gpu = gpuNamed('a100');
    const at = (waves: number) => new Kernels(gpu, { ...base, gemm: { ...base.gemm, waves } });
    const rows = 4097;
    const products = [at(0), at(0.5), at(1)].map((one) => one.productUs(rows, 4096, 4096));
    const flops = 2 * rows * 4096 * 4096;
    const bytes = 2 * (rows * 4096 + rows * 4096 + 4096 * 4096);
    expect(products[0]).toBe(at(0).gemmUs(flops, bytes));
    expect(products[1]).toBeGreaterThan(products[0]!);
    expect(products[2]).toBeGreaterThan(products[1]!);
  });
});
