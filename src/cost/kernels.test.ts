import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gpuNamed } from '../hardware/gpus.ts';
import { linkNamed } from '../hardware/links.ts';
import { encodeFlops, encoderNamed } from '../model/encoders.ts';
import { a100Constants, a100Variants } from './a100.ts';
import { listConstants } from './constants.ts';
import { encodeMs } from './encode.ts';
import { Kernels, kernelConstants, kernelVariants, softMax } from './kernels.ts';
import { Memo } from './memo.ts';
import { routingOf, uniformRouting } from './routing.ts';
import { transferMs } from './transfer.ts';

const kernels = new Kernels(gpuNamed('a100'));

describe('constants', () => {
  it('carry a unit, a source and an interval that holds the value', () => {
    const all = [...listConstants(a100Constants), ...listConstants(a100Variants)];
    expect(all.length).toBeGreaterThan(40);
    for (const { constant } of all) {
      expect(constant.unit).not.toBe('');
      expect(constant.source).toMatch(/@[0-9a-f]{8}/);
      if (constant.interval) {
        expect(constant.value).toBeGreaterThanOrEqual(constant.interval[0]);
        expect(constant.value).toBeLessThanOrEqual(constant.interval[1]);
      }
    }
  });

  it('of a variant replace only the families it names', () => {
    const sarathi = kernelConstants('sarathi-flash-attention-2024');
    const base = kernelConstants();
    expect(sarathi.decodeAttention.kvShare).toBe(0.777);
    expect(sarathi.decodeAttention.blockBytesPerS).toBe(base.decodeAttention.blockBytesPerS);
    expect(sarathi.prefillAttention).toEqual(base.prefillAttention);
    expect(kernelVariants).toContain('gemm-microbenchmark');
  });
});

describe('softMax', () => {
  it('lies between the maximum and the sum, and nears the maximum as p grows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 1, max: 8, noNaN: true }),
        (x, y, p) => {
          const value = softMax(x, y, p);
          expect(value).toBeGreaterThanOrEqual(Math.max(x, y));
          expect(value).toBeLessThanOrEqual((x + y) * (1 + 1e-12));
          expect(softMax(x, y, p + 1)).toBeLessThanOrEqual(value * (1 + 1e-12));
        },
      ),
    );
  });
});

describe('kernel times', () => {
  it('change path at 8 MiB of an all-reduce, and need no all-reduce on one GPU', () => {
    expect(kernels.allReduceUs(1e6, 1)).toBe(0);
    const small = kernels.allReduceUs(8 * 2 ** 20, 8);
    const wireUs = (1.75 * 8 * 2 ** 20) / 300e3;
    expect(small).toBeCloseTo(4.9 + 0.21 * 7 + wireUs / 0.515, 9);
    expect(kernels.allReduceUs(8 * 2 ** 20 + 1, 8)).toBeCloseTo(67.6 + wireUs / 0.723, 3);
    expect(kernels.allReduceUs(2 ** 20, 8, 'nccl')).toBeGreaterThan(
      kernels.allReduceUs(2 ** 20, 8),
    );
  });

  it('read KV of grouped heads no faster than their blocks can, and others at the full rate', () => {
    const base = kernelConstants();
    const decodeAttention = { ...base.decodeAttention, groupedBlockShare: 0.01 };
    const limited = new Kernels(gpuNamed('a100'), { ...base, decodeAttention });
    const rate = (blocks: number, grouped: boolean) => limited.kvBytesPerS({ blocks, grouped });
    expect(rate(8, true)).toBeCloseTo(8 * 0.01 * 2.039e12, 0);
    expect(rate(8, false)).toBe(limited.kvBytesPerS());
    expect(rate(76, true)).toBe(limited.kvBytesPerS());
    // No A100 kernel is known to need it.
    expect(kernels.kvBytesPerS({ blocks: 1, grouped: true })).toBe(kernels.kvBytesPerS());
    const capped = kernels.kvBytesPerS({ blocks: 2, grouped: false, capped: true });
    expect(capped).toBe(2 * 22.8e9);
  });

  it('count more pairs on a cached prefix only where a kernel is slower there', () => {
    const base = kernelConstants();
    const prefillAttention = {
      ...base.prefillAttention,
      prefixFactor: 2,
      prefixMasked: 1,
    };
    const slow = new Kernels(gpuNamed('a100'), { ...base, prefillAttention });
    expect(slow.timedPairs(100, 100, 'causal')).toBe(5050);
    expect(slow.timedPairs(100, 300, 'causal')).toBe(2 * 100 * 300);
    expect(slow.timedPairs(100, 300, 'full')).toBe(100 * 300);
    expect(kernels.timedPairs(100, 300, 'causal')).toBe(100 * 200 + 5050);
  });

  it('use PCIe as the wire where there is no NVLink', () => {
    expect(new Kernels(gpuNamed('rtx-4090')).wireBytesPerS).toBe(32e9);
  });

  it('take their start and the bytes at the achieved rate in a transfer', () => {
    expect(transferMs(linkNamed('nvlink3-pair'), 226e6)).toBeCloseTo(1.015, 9);
    expect(transferMs(linkNamed('nvlink3-pair'), 0)).toBe(0);
  });
});

describe('routing', () => {
  it('expects the distinct experts that a simulation of uniform routing finds', () => {
    // One token always hits exactly topK experts; very many hit all.
    expect(uniformRouting(1, 64, 6).distinct).toBeCloseTo(6, 12);
    expect(uniformRouting(10_000, 64, 6).distinct).toBeCloseTo(64, 9);
    expect(uniformRouting(0, 64, 6)).toEqual({ distinct: 0, paddedRows: 0 });
  });

  it('pads each expert hit to the block at or above the mean', () => {
    expect(routingOf([0, 3, 5, 0])).toEqual({ distinct: 2, paddedRows: 32 });
    // Mean 40 of three experts: blocks of 64.
    expect(routingOf([100, 10, 10])).toEqual({ distinct: 3, paddedRows: 128 + 64 + 64 });
    expect(routingOf([1000, 1000]).paddedRows).toBe(2 * 1024);
    expect(routingOf([])).toEqual({ distinct: 0, paddedRows: 0 });
  });
});

describe('encodeMs', () => {
  it('stays above the roofline and grows with tiles', () => {
    for (const name of ['siglip-so400m', 'internvit-300m', 'internvit-6b', 'qwen2.5-vl-vit']) {
      const encoder = encoderNamed(name);
      const times = [1, 2, 8, 13].map((tiles) => encodeMs(encoder, kernels, { tiles }));
      expect([...times].sort((a, b) => a - b)).toEqual(times);
      const peakMs = (13 * encodeFlops(encoder) * 1000) / 312e12;
      expect(times[3]).toBeGreaterThan(peakMs);
      expect(times[3]).toBeLessThan(2.5 * peakMs);
      expect(encodeMs(encoder, kernels, { tiles: 0 })).toBe(0);
    }
  });
});

describe('Memo', () => {
  it('computes small whole numbers once and anything else every time', () => {
    const seen: number[] = [];
    const memo = new Memo((n) => {
      seen.push(n);
      return 2 * n;
    }, 1000);
    for (const n of [3, 3, 700, 700, 0, 0, 1000, 1000, 1.5, 1.5]) expect(memo.get(n)).toBe(2 * n);
    expect(seen).toEqual([3, 700, 0, 1000, 1000, 1.5, 1.5]);
  });
});
