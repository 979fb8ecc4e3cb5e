import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakEvenBytesPerS,
  prefillFlops,
  prefixBytesPerToken,
  reuseCoefficients,
} from '../../cost/reuse-pays.ts';
import { newReuse, type Reuse, type ReuseCosts, reusableBlocks } from './load-or-recompute.ts';

/** 1 ms a token, whatever is cached; a KV byte a token; blocks of 4 tokens. */
const linear: ReuseCosts = {
  bytesPerS: [Infinity],
  overlap: 'serial',
  layers: 1,
  kvBytesPerToken: 1,
  blockTokens: 4,
  prefillMs: (tokens) => tokens,
};

function reuse(input: number, tiers: readonly number[], costs: Partial<ReuseCosts> = {}): Reuse {
  const out = newReuse();
  reusableBlocks(input, Int8Array.from(tiers), tiers.length, { ...linear, ...costs }, out);
  return out;
}

describe('reusableBlocks', () => {
  it('takes all that is found where loads take no time', () => {
    expect(reuse(20, [0, 0, 0])).toMatchObject({ blocks: 3, tokens: 12, computeMs: 8, loadMs: 0 });
  });

  it('computes the last token of a prompt that is found whole', () => {
    expect(reuse(12, [0, 0, 0])).toMatchObject({ blocks: 3, tokens: 11, bytes: 11, computeMs: 1 });
  });

  it('leaves blocks on a medium slower than computing, and all behind them', () => {
    // 2000 bytes/s is half a ms a token, 500 bytes/s two.
    const costs = { bytesPerS: [2000, 500] };
    expect(reuse(20, [0, 0, 1, 1], costs)).toMatchObject({ blocks: 2, loadMs: 4, totalMs: 16 });
    expect(reuse(20, [1, 1], costs)).toMatchObject({ blocks: 0, totalMs: 20, bytes: 0 });
  });

  it('loads through slow blocks to fast ones where the sum pays', () => {
    const costs = { bytesPerS: [4000, 500] };
    expect(reuse(40, [1, 0, 0, 0], costs)).toMatchObject({ blocks: 4, loadMs: 11 });
  });

  it('loads what is as fast to compute', () => {
    expect(reuse(20, [0, 0], { bytesPerS: [1000] })).toMatchObject({ blocks: 2, totalMs: 20 });
  });

  it('hides a load behind the computing of other layers', () => {
    const slow = { bytesPerS: [900], layers: 80 };
    expect(reuse(20, [0, 0], slow)).toMatchObject({ blocks: 0, totalMs: 20 });
    const overlapped = reuse(20, [0, 0], { ...slow, overlap: 'layer-wise' });
    expect(overlapped.blocks).toBe(2);
    expect(overlapped.totalMs).toBeCloseTo((12 * 80 + 8 / 0.9) / 80, 9);
  });

  it('is the best of all prefixes, and the longest of the best', () => {
    const tiersOf = fc.array(fc.constantFrom(0, 1), { maxLength: 20, size: 'max' });
    const rates = fc.integer({ min: 1, max: 40 }).map((rate) => 100 * rate);
    const overlaps = fc.constantFrom<ReuseCosts['overlap']>('serial', 'layer-wise');
    fc.assert(
      fc.property(tiersOf, rates, rates, overlaps, fc.nat(10), (tiers, one, two, overlap, more) => {
        const costs = {
          bytesPerS: [one, two],
          overlap,
          layers: 8,
          prefillMs: (tokens: number, cached: number) =>
            tokens + ((tokens + cached) ** 2 - cached ** 2) / 100,
        };
        const input = Math.max(1, 4 * tiers.length) + more;
        const totals = Array.from({ length: tiers.length + 1 }, (_, blocks) => {
          const tokens = Math.min(4 * blocks, input - 1);
          const loads = Array.from({ length: tokens }, (_, token) => {
            return 1000 / costs.bytesPerS[tiers[Math.floor(token / 4)]!]!;
          });
          const load = loads.reduce((sum, ms) => sum + ms, 0);
          const compute = costs.prefillMs(input - tokens, tokens);
          if (overlap === 'serial') return load + compute;
          return (load + compute + 7 * Math.max(load, compute)) / 8;
        });
        const { blocks, totalMs } = reuse(input, tiers, costs);
        expect(totalMs).toBeCloseTo(Math.min(...totals), 6);
        expect(totals[blocks]).toBeCloseTo(totalMs, 6);
        expect(totals.slice(blocks + 1).every((other) => other > totalMs - 1e-6)).toBe(true);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it.each([
    ['a little above', 1.001, 16],
    ['a little below', 0.999, 0],
  ])(
    'with equation (2) loads 8192 tokens %s its bandwidth: all or nothing',
    (_, factor, blocks) => {
      const shape = { layers: 80, hidden: 8192, gqa: 8, bytes: 2 };
      const { paper } = reuseCoefficients;
      const flopsPerS = 8 * 312e12;
      const flopsTo = (tokens: number) => prefillFlops(tokens, shape, paper);
      const costs: Partial<ReuseCosts> = {
        bytesPerS: [factor * breakEvenBytesPerS(8192, flopsPerS, shape, paper)],
        blockTokens: 512,
        kvBytesPerToken: prefixBytesPerToken(shape),
        prefillMs: (tokens, cached) => {
          return (1000 * (flopsTo(cached + tokens) - flopsTo(cached))) / flopsPerS;
        },
      };
      expect(reuse(8193, Array(16).fill(0), costs).blocks).toBe(blocks);
    },
  );
});
