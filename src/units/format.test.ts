import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatMs, formatRatio, formatShare } from './format.ts';

fc.configureGlobal({ seed: 12, numRuns: 300 });

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** What a reader takes a formatted number for. */
function read(text: string): number {
  const [digits, unit] = text.split(' ') as [string, string | undefined];
  return Number(digits) * (unit === undefined ? 1 : (units[unit] as number));
}

describe('formatMs', () => {
  it.each([
    [0, '0.00 ms'],
    [1.234, '1.23 ms'],
    [12.34, '12.3 ms'],
    [123.4, '123 ms'],
    [9_999, '9999 ms'],
    [10_000, '10.0 s'],
    [123_456, '123 s'],
    [-50, '-50.0 ms'],
  ])('writes %d as %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  it('writes what is missing or endless as a dash', () => {
    expect([null, Number.NaN, Number.POSITIVE_INFINITY].map(formatMs)).toEqual(['-', '-', '-']);
  });
});

describe('formatCount', () => {
  it.each([
    [9_999, '9999'],
    [10_000, '10.0 k'],
    [1_234_567, '1.23 M'],
    [2_500_000_000, '2.50 G'],
    [2.5, '2.50'],
    [-20_000, '-20.0 k'],
  ])('writes %d as %s', (n, text) => {
    expect(formatCount(n)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1.5 * 2 ** 20, '1.5 MiB'],
    [80 * 2 ** 30, '80.0 GiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe.each([
  ['formatMs', formatMs],
  ['formatCount', formatCount],
  ['formatBytes', formatBytes],
])('%s', (_, format) => {
  it('is read back within 5 % of a value that is not tiny, with its sign', () => {
    const sizes = fc.double({ min: 1, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(sizes, fc.constantFrom(-1, 1), (size, sign) => {
        const value = sign * Math.round(size);
        expect(read(format(value)) / value).toBeGreaterThan(0.95);
        expect(read(format(value)) / value).toBeLessThan(1.05);
      }),
    );
  });
});

describe('formatShare and formatRatio', () => {
  it('write percent with one decimal and factors with two', () => {
    expect([formatShare(0.4567), formatShare(1), formatShare(null)]).toEqual([
      '45.7 %',
      '100.0 %',
      '-',
    ]);
    expect(formatShare(Number.NaN)).toBe('-');
    expect(formatRatio(1.379)).toBe('1.38x');
  });
});
