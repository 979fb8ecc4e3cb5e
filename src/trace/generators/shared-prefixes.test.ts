import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../units/random.ts';
import { evenShares, prefixBlocks, prefixOrder } from './shared-prefixes.ts';

const random = () => new RandomStream(1, 'test');

describe('evenShares', () => {
  it('deals all requests out, two prefixes differing by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (n, m) => {
        const shares = [...evenShares(Math.max(n, m), Math.min(n, m))];
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.max(n, m));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('prefixOrder', () => {
  const shares = Int32Array.of(3, 2, 4, 1);

  it('gives each prefix its requests', () => {
    for (const open of [1, 2, 4, 9]) {
      const order = prefixOrder(random(), shares, open);
      for (const [prefix, share] of shares.entries()) {
        expect(order.filter((one) => one === prefix).length).toBe(share);
      }
    }
  });

  it('asks for one prefix after the other when one is open', () => {
    expect([...prefixOrder(random(), shares, 1)]).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 2, 3]);
  });

  it('never has more prefixes under way than are open', () => {
    const many = evenShares(600, 60);
    const order = [...prefixOrder(random(), many, 5)];
    for (let row = 0; row < order.length; row++) {
      const begun = new Set(order.slice(0, row + 1));
      const unfinished = [...begun].filter((prefix) => order.lastIndexOf(prefix) > row);
      expect(unfinished.length).toBeLessThanOrEqual(5);
    }
  });

  it('shuffles when all are open: a prefix comes first as often as it has requests', () => {
    const first = [0, 0, 0, 0];
    for (let seed = 0; seed < 4_000; seed++) {
      first[prefixOrder(new RandomStream(seed, 'first'), shares, 4)[0] as number]!++;
    }
    const expected = [...shares].map((share) => 400 * share);
    for (const [prefix, count] of first.entries()) {
      // Four standard deviations of a binomial count.
      expect(Math.abs(count - expected[prefix]!)).toBeLessThan(4 * Math.sqrt(expected[prefix]!));
    }
  });
});

describe('prefixBlocks', () => {
  it('numbers shared blocks once and gives every prompt an end of its own', () => {
    const inputTokens = Int32Array.of(1500, 1025, 600, 1536);
    const { blocks, uniqueBlocks } = prefixBlocks(
      inputTokens,
      Int32Array.of(0, 0, 1, 0),
      Int32Array.of(2, 0),
    );
    expect([...blocks.offsets]).toEqual([0, 3, 6, 8, 11]);
    expect([...blocks.values]).toEqual([0, 1, 2, 0, 1, 3, 4, 5, 0, 1, 6]);
    expect(uniqueBlocks).toBe(7);
  });
});
