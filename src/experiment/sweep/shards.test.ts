import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../units/input-error.ts';
import { parseShard, shardOf } from './shards.ts';

const plans = fc.array(fc.record({ run: fc.stringMatching(/^[0-9a-f]{2}$/), cell: fc.nat(9) }), {
  maxLength: 60,
});

describe('shardOf', () => {
  it('deals every cell to exactly one shard, runs whole, counts within one', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 9 }), (all, of) => {
        const shards = Array.from({ length: of }, (_, index) => shardOf(all, { index, of }));
        const homes = new Map<object, number>();
        for (const [index, shard] of shards.entries()) {
          for (const plan of shard) {
            expect(homes.has(plan)).toBe(false);
            homes.set(plan, index);
          }
        }
        expect(homes.size).toBe(all.length);
        const counts = shards.map((shard) => new Set(shard.map(({ run }) => run)).size);
        const distinct = new Set(all.map(({ run }) => run)).size;
        expect(counts.reduce((sum, n) => sum + n, 0)).toBe(distinct);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('does not depend on the order of the cells', () => {
    const all = ['07', 'a1', '3c', 'ff', '3c', '10'].map((run) => ({ run }));
    const runsOf = (list: typeof all) =>
      shardOf(list, { index: 1, of: 3 })
        .map(({ run }) => run)
        .sort();
    expect(runsOf(all)).toEqual(['10', 'ff']);
    expect(runsOf([...all].reverse())).toEqual(['10', 'ff']);
  });
});

describe('parseShard', () => {
  it('counts from 0', () => {
    expect(parseShard('0/1')).toEqual({ index: 0, of: 1 });
    expect(parseShard('31/32')).toEqual({ index: 31, of: 32 });
  });

  it.each([
    ['3', 'invalid shard "3"'],
    ['a/3', 'invalid shard "a/3"'],
    ['-1/3', 'invalid shard "-1/3"'],
    ['1/3/5', 'invalid shard "1/3/5"'],
    ['/', 'invalid shard "/"'],
    ['0/0', 'no shards in 0/0'],
    ['3/3', 'no shard 3 of 3'],
  ])('refuses %s', (text, what) => {
    expect(() => parseShard(text)).toThrow(InputError);
    expect(() => parseShard(text)).toThrow(`${what}: i/n with i from 0 to n - 1, as in 0/4`);
  });
});
