import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakEvenBytesPerS,
  prefillFlops,
  prefixBytesPerToken,
  type ReuseCoefficients,
  type ReuseShape,
  reuseCoefficients,
} from './reuse-pays.ts';

const { paper, exact } = reuseCoefficients;

/** LLaMA3-70B in table 1 of the paper, and its two servers in FLOP/s. */
const llama70b: ReuseShape = { layers: 80, hidden: 8192, gqa: 8, bytes: 2 };
const a800 = 8 * 312e12;
const h800 = 8 * 989e12;

function gigabytesPerS(
  prefix: number,
  flopsPerS: number,
  coefficients: ReuseCoefficients = paper,
): number {
  return breakEvenBytesPerS(prefix, flopsPerS, llama70b, coefficients) / 1e9;
}

describe('breakEvenBytesPerS', () => {
  it('has the printed 6 GB/s on 8 A800 and 19 GB/s on 8 H800 at 8192 tokens', () => {
    expect(gigabytesPerS(8192, a800)).toBeCloseTo(5.86, 2);
    expect(gigabytesPerS(8192, h800)).toBeCloseTo(18.57, 2);
  });

  it.each([
    [512, 6.85],
    [2048, 6.62],
    [8192, 5.86],
    [32_768, 4.01],
    [131_072, 1.77],
  ])('falls with the prefix: %i tokens need %f GB/s on 8 A800', (prefix, expected) => {
    expect(gigabytesPerS(prefix, a800)).toBeCloseTo(expected, 2);
  });

  it('is where the load takes as long as the FLOPs saved, with either coefficients', () => {
    const prefixes = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(prefixes, fc.constantFrom(paper, exact), (prefix, coefficients) => {
        const rate = breakEvenBytesPerS(prefix, a800, llama70b, coefficients);
        const loadS = (prefix * prefixBytesPerToken(llama70b)) / rate;
        const computeS = prefillFlops(prefix, llama70b, coefficients) / a800;
        expect(loadS / computeS).toBeCloseTo(1, 12);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('asks for less with the weights counted in full, until attention outweighs them', () => {
    expect(gigabytesPerS(8192, a800, exact)).toBeLessThan(gigabytesPerS(8192, a800));
    // (4 − 2)·p·d = (25.5 − 22)·d² at p = 1.75 d.
    expect(gigabytesPerS(14_336, a800, exact)).toBeCloseTo(gigabytesPerS(14_336, a800), 9);
    expect(gigabytesPerS(131_072, a800, exact)).toBeGreaterThan(gigabytesPerS(131_072, a800));
  });
});

describe('prefixBytesPerToken', () => {
  it('is 320 KiB for LLaMA3-70B', () => {
    expect(prefixBytesPerToken(llama70b)).toBe(327_680);
  });
});
