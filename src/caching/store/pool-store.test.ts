import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockStores } from '../block-stores.ts';
import type { BlockForest } from '../eviction.ts';
import type { CountedStore } from './block-store.ts';
import { storeEvictions } from './pool.ts';
import { NaivePool } from './testing/naive-pool.ts';

const blockTokens = 4;
const runs = { seed: 7, numRuns: 300 };

/** A forest of blocks as every block's path from its root. */
const paths = fc.array(fc.nat(), { minLength: 1, maxLength: 20, size: 'max' }).map((picks) => {
  const all: number[][] = [];
  for (const [id, pick] of picks.entries()) {
    const parent = pick % (id + 1);
    all.push([...(parent === id ? [] : all[parent]!), id]);
  }
  return all;
});

function forestOf(all: readonly (readonly number[])[]): BlockForest {
  return {
    parent: Int32Array.from(all, (path) => path.at(-2) ?? -1),
    depth: Int32Array.from(all, (path) => path.length - 1),
  };
}

const action = fc.record({
  what: fc.constantFrom('put', 'put', 'put', 'touch', 'pin', 'unpin'),
  path: fc.nat(),
  waitMs: fc.constantFrom(0, 1, 5, 10, 30),
});

interface Settings {
  readonly eviction: string;
  /** In blocks. */
  readonly dram: number;
  readonly ssd: number;
  readonly inclusive: boolean;
  readonly watermark: number;
  readonly evictShare: number;
  readonly leaseMs: number;
  readonly softPinMs: number;
  readonly hardPinDepth: number;
  readonly secondHit: boolean;
}

const settings: fc.Arbitrary<Settings> = fc.record({
  eviction: fc.constantFrom('lru', 'fifo'),
  dram: fc.integer({ min: 1, max: 12 }),
  ssd: fc.integer({ min: 0, max: 12 }),
  inclusive: fc.boolean(),
  watermark: fc.constantFrom(1, 1, 0.9, 0.5),
  evictShare: fc.constantFrom(0.05, 0.4),
  leaseMs: fc.constantFrom(0, 0, 10),
  softPinMs: fc.constantFrom(0, 0, 30),
  hardPinDepth: fc.constantFrom(0, 0, 0, 1, 2),
  secondHit: fc.boolean(),
});

/** A store, the ids that its listener knows of, and the specification that it was made from. */
function storeOf(all: readonly number[][], { dram, ssd, inclusive, secondHit, ...rest }: Settings) {
  const known = new Set<number>();
  const choice = blockStores.create(
    {
      kind: 'pool',
      ...rest,
      dramTokens: blockTokens * dram,
      ssdTokens: blockTokens * ssd,
      inclusion: inclusive ? 'inclusive' : 'exclusive',
      ssdAdmission: secondHit ? 'second-hit' : 'always',
    },
    { seed: 1 },
  );
  const store = choice.build({
    blocks: all.length,
    blockTokens,
    kvBytesPerToken: 1,
    forest: forestOf(all),
    listener: {
      added: (id) => {
        expect(known.has(id)).toBe(false);
        known.add(id);
      },
      removed: (id) => {
        expect(known.delete(id)).toBe(true);
      },
    },
    seed: 1,
  });
  return { store, known };
}

/** Settings that a pool takes: an inclusive second tier is at least as large as the first. */
function sound(given: Settings): Settings {
  if (!given.inclusive || given.ssd === 0) return { ...given, inclusive: false };
  return { ...given, ssd: Math.max(given.dram, given.ssd), secondHit: false };
}

function residentIds(store: CountedStore, blocks: number, tier?: number): number[] {
  return Array.from({ length: blocks }, (_, id) => id).filter((id) =>
    tier === undefined ? store.tierOf(id) >= 0 : store.tierOf(id) === tier,
  );
}

describe('a pool', () => {
  it('does what plain lists do, whatever its tiers, marks, leases and pins', () => {
    fc.assert(
      fc.property(
        paths,
        settings,
        fc.array(action, { maxLength: 80, size: 'max' }),
        (all, given, actions) => {
          const chosen = sound(given);
          const { store, known } = storeOf(all, chosen);
          const capacities = chosen.ssd > 0 ? [chosen.dram, chosen.ssd] : [chosen.dram];
          const depth = all.map((path) => path.length - 1);
          const naive = new NaivePool({
            ...chosen,
            eviction: chosen.eviction as 'lru' | 'fifo',
            capacities,
            depth,
          });
          let nowMs = 0;
          for (const { what, path, waitMs } of actions) {
            nowMs += waitMs;
            const ids = all[path % all.length]!;
            const id = ids.at(-1)!;
            const list = Int32Array.from(ids);
            if (what === 'put') {
              expect(store.put(list, 0, ids.length, nowMs)).toBe(naive.put(ids, nowMs));
            } else if (what === 'touch') {
              store.touch(list, 0, ids.length, nowMs);
              naive.touch(ids, nowMs);
            } else if (what === 'pin' && store.tierOf(id) >= 0) {
              store.pin(id);
              naive.pin(id);
            } else if (what === 'unpin' && (naive.pins.get(id) ?? 0) > 0) {
              store.unpin(id);
              naive.unpin(id);
            }
            expect([...all.keys()].map((one) => store.tierOf(one))).toEqual(
              [...all.keys()].map((one) => naive.tierOf(one)),
            );
            const residents = residentIds(store, all.length);
            expect([...known].sort((a, b) => a - b)).toEqual(residents);
            for (const [tier, capacity] of capacities.entries()) {
              expect(store.residents(tier)).toBe(naive.tiers[tier]!.length);
              expect(store.residents(tier)).toBeLessThanOrEqual(capacity);
            }
          }
        },
      ),
      runs,
    );
  });
});

describe.each(storeEvictions)('a pool by %s', (eviction) => {
  it('keeps to its capacities, loses nothing pinned, and holds its tiers apart or one in the other', () => {
    fc.assert(
      fc.property(
        paths,
        settings,
        fc.array(action, { maxLength: 80, size: 'max' }),
        (all, given, actions) => {
          const chosen = sound({ ...given, eviction });
          const { store, known } = storeOf(all, chosen);
          const pins = new Map<number, number>();
          let nowMs = 0;
          for (const { what, path, waitMs } of actions) {
            nowMs += waitMs;
            const ids = Int32Array.from(all[path % all.length]!);
            const id = ids.at(-1)!;
            const before = residentIds(store, all.length);
            if (what === 'put') {
              const end = store.put(ids, 0, ids.length, nowMs);
              for (const put of ids.subarray(0, end)) expect(store.tierOf(put)).toBe(0);
              if (end < ids.length) expect(store.tierOf(ids[end]!)).not.toBe(0);
            } else if (what === 'touch') {
              store.touch(ids, 0, ids.length, nowMs);
              expect(residentIds(store, all.length)).toEqual(before);
            } else if (what === 'pin' && store.tierOf(id) >= 0) {
              store.pin(id);
              pins.set(id, (pins.get(id) ?? 0) + 1);
            } else if (what === 'unpin' && (pins.get(id) ?? 0) > 0) {
              store.unpin(id);
              pins.set(id, pins.get(id)! - 1);
            }
            for (const [one, count] of pins) if (count > 0) expect(store.tierOf(one)).not.toBe(-1);
            for (const one of before) {
              if (all[one]!.length - 1 < chosen.hardPinDepth)
                expect(store.tierOf(one)).not.toBe(-1);
            }
            const residents = residentIds(store, all.length);
            const [top, below] = [store.residents(0), store.residents(1)];
            expect(top).toBe(residentIds(store, all.length, 0).length);
            expect(chosen.inclusive ? below : top + below).toBe(residents.length);
            expect(top).toBeLessThanOrEqual(chosen.dram);
            expect(below).toBeLessThanOrEqual(chosen.ssd);
            expect(known.size).toBe(residents.length);
            const { added, removed } = store.moves;
            expect(added - removed).toBe(residents.length);
          }
        },
      ),
      { ...runs, numRuns: 25 },
    );
  });
});

/** One chain of blocks 0 … count − 1. */
function chain(count: number): number[][] {
  return Array.from({ length: count }, (_, id) => Array.from({ length: id + 1 }, (_, at) => at));
}

const plain: Settings = {
  eviction: 'lru',
  dram: 4,
  ssd: 0,
  inclusive: false,
  watermark: 1,
  evictShare: 0.05,
  leaseMs: 0,
  softPinMs: 0,
  hardPinDepth: 0,
  secondHit: false,
};

/** Blocks 0 … count − 1, each the root of its own chain. */
function roots(count: number): number[][] {
  return Array.from({ length: count }, (_, id) => [id]);
}

function putEach(store: CountedStore, ids: readonly number[], nowMs = 0): number[] {
  return ids.map((id) => store.put(Int32Array.of(id), 0, 1, nowMs));
}

describe('PoolStore', () => {
  it('stores as much of a chain as finds room, and not what comes after', () => {
    const { store } = storeOf(chain(6), plain);
    expect(store.put(Int32Array.of(0, 1, 2, 3, 4, 5), 0, 6, 0)).toBe(4);
    expect(residentIds(store, 6)).toEqual([0, 1, 2, 3]);
    expect(store.leading(Int32Array.of(0, 1, 2, 3, 4, 5), 1, 6)).toBe(3);
  });

  it('evicts a share of the capacity above the watermark', () => {
    const { store } = storeOf(roots(101), {
      ...plain,
      dram: 100,
      watermark: 0.9,
      evictShare: 0.05,
    });
    putEach(store, [...roots(90).keys()]);
    expect(store.residents(0)).toBe(90);
    putEach(store, [90]);
    expect(store.residents(0)).toBe(86);
    expect(residentIds(store, 6)).toEqual([5]);
  });

  it('keeps what is leased until the lease is over', () => {
    const { store } = storeOf(roots(6), { ...plain, dram: 2, leaseMs: 10 });
    putEach(store, [0, 1]);
    store.touch(Int32Array.of(0, 1), 0, 2, 5);
    expect(putEach(store, [2], 14)).toEqual([0]);
    expect(putEach(store, [2], 15)).toEqual([1]);
    expect(residentIds(store, 6)).toEqual([0, 2]);
  });

  it('gives up softly pinned blocks last, and the oldest such pin first', () => {
    const { store } = storeOf(roots(8), { ...plain, dram: 3, softPinMs: 100 });
    putEach(store, [0], 0);
    putEach(store, [1, 2], 50);
    store.touch(Int32Array.of(0), 0, 1, 60);
    putEach(store, [3], 70);
    expect(residentIds(store, 8)).toEqual([1, 2, 3]);
    store.touch(Int32Array.of(1), 0, 1, 160);
    putEach(store, [4], 160);
    expect(residentIds(store, 8)).toEqual([1, 3, 4]);
  });

  it('demotes, promotes and counts in an exclusive pool', () => {
    const { store } = storeOf(roots(6), { ...plain, dram: 2, ssd: 2 });
    putEach(store, [0, 1, 2]);
    expect([0, 1, 2].map((id) => store.tierOf(id))).toEqual([1, 0, 0]);
    putEach(store, [0]);
    expect([0, 1, 2].map((id) => store.tierOf(id))).toEqual([0, 1, 0]);
    putEach(store, [3, 4]);
    expect([0, 1, 2, 3, 4].map((id) => store.tierOf(id))).toEqual([1, -1, 1, 0, 0]);
    expect(store.moves).toEqual({
      added: 5,
      promoted: 1,
      demoted: 4,
      writtenThrough: 0,
      removed: 1,
    });
  });

  it('writes through and keeps a copy below in an inclusive pool', () => {
    const { store } = storeOf(roots(6), { ...plain, dram: 2, ssd: 3, inclusive: true });
    putEach(store, [0, 1, 2, 3]);
    expect([0, 1, 2, 3].map((id) => store.tierOf(id))).toEqual([-1, 1, 0, 0]);
    putEach(store, [1]);
    expect([0, 1, 2, 3].map((id) => store.tierOf(id))).toEqual([-1, 0, 1, 0]);
    expect(store.moves).toEqual({
      added: 4,
      promoted: 1,
      demoted: 0,
      writtenThrough: 4,
      removed: 1,
    });
  });

  it('writes a victim to SSD the second time where told to', () => {
    const { store } = storeOf(roots(6), { ...plain, dram: 1, ssd: 3, secondHit: true });
    putEach(store, [0, 1]);
    expect(store.tierOf(0)).toBe(-1);
    putEach(store, [0, 1]);
    expect(store.tierOf(0)).toBe(1);
  });

  it('never evicts where the capacity is beyond all blocks', () => {
    const { store } = storeOf(roots(50), { ...plain, dram: 2 ** 40 });
    putEach(store, [...roots(50).keys()]);
    expect(store.residents(0)).toBe(50);
    expect(store.moves.removed).toBe(0);
  });

  it('refuses to pin what is not there and to unpin what is not pinned', () => {
    const { store } = storeOf(roots(2), plain);
    expect(() => store.pin(0)).toThrow('block 0 is not resident');
    putEach(store, [0]);
    expect(() => store.unpin(0)).toThrow('block 0 is not pinned');
  });
});
