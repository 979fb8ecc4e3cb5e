import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixCache } from './prefix-cache.ts';

fc.configureGlobal({ seed: 41, numRuns: 300 });

/** The same rules on plain lists: unpinned blocks stand in order of release. */
class Model {
  readonly size = new Map<number, number>();
  readonly pins = new Map<number, number>();
  readonly released: number[] = [];
  readonly #maxSlots: number;

  constructor(maxSlots: number) {
    this.#maxSlots = maxSlots;
  }

  blocks(ids: Iterable<number>): number {
    return [...ids].reduce((sum, id) => sum + (this.size.get(id) as number), 0);
  }

  insertPinned(id: number, size: number): void {
    if (this.size.size === this.#maxSlots) this.evict(1);
    this.size.set(id, size);
    this.pins.set(id, 1);
  }

  pin(id: number): void {
    const pins = this.pins.get(id) as number;
    this.pins.set(id, pins + 1);
    if (pins === 0) this.released.splice(this.released.indexOf(id), 1);
  }

  release(id: number): void {
    const pins = (this.pins.get(id) as number) - 1;
    this.pins.set(id, pins);
    if (pins === 0) this.released.push(id);
  }

  evict(blocks: number): number {
    let freed = 0;
    while (freed < blocks && this.released.length > 0) {
      const id = this.released.shift() as number;
      freed += this.size.get(id) as number;
      this.size.delete(id);
      this.pins.delete(id);
    }
    return freed;
  }
}

/** Ids far apart and close together: they meet in the hash table. */
const ids = [0, 1, 2, 3, 64, 128, 1 << 20, 2 ** 31 - 2, 2 ** 30, 77, 4096, 8192];

const action = fc.record({
  what: fc.constantFrom('use', 'use', 'use', 'release', 'release', 'evict'),
  id: fc.constantFrom(...ids),
  amount: fc.integer({ min: 1, max: 4 }),
});

function expectSame(cache: PrefixCache, model: Model): void {
  expect(cache.residentBlocks).toBe(model.blocks(model.size.keys()));
  expect(cache.evictableBlocks).toBe(model.blocks(model.released));
  for (const id of ids) {
    expect([id, cache.isResident(id)]).toEqual([id, model.size.has(id)]);
    const unpinned = model.pins.get(id) === 0 ? model.size.get(id) : 0;
    expect([id, cache.sizeIfUnpinned(id)]).toEqual([id, unpinned]);
  }
}

describe('PrefixCache', () => {
  it('does what plain lists do, whatever the order of uses, releases and evictions', () => {
    const slots = fc.integer({ min: 1, max: 14 });
    fc.assert(
      fc.property(slots, fc.array(action, { maxLength: 120 }), (maxSlots, actions) => {
        const cache = new PrefixCache(maxSlots);
        const model = new Model(maxSlots);
        for (const { what, id, amount } of actions) {
          const pinned = (model.pins.get(id) ?? 0) > 0;
          if (what === 'evict') {
            expect(cache.evict(amount)).toBe(model.evict(amount));
          } else if (what === 'release') {
            if (!pinned) continue;
            cache.release(id);
            model.release(id);
          } else if (model.size.has(id)) {
            cache.pin(id);
            model.pin(id);
          } else if (model.size.size < maxSlots || model.released.length > 0) {
            cache.insertPinned(id, amount);
            model.insertPinned(id, amount);
          }
          expectSame(cache, model);
        }
      }),
    );
  });

  it('frees whole blocks until there is enough, and only what nobody holds', () => {
    const cache = new PrefixCache(4);
    for (const id of [1, 2, 3]) cache.insertPinned(id, 4);
    cache.release(2);
    cache.release(1);
    expect(cache.evict(5)).toBe(8);
    expect([1, 2, 3].map((id) => cache.isResident(id))).toEqual([false, false, true]);
    expect(cache.evict(1)).toBe(0);
    expect(cache.residentBlocks).toBe(4);
  });

  it('makes a block that is used again the youngest victim, once its last holder lets go', () => {
    const cache = new PrefixCache(3);
    for (const id of [1, 2, 3]) cache.insertPinned(id, 1);
    for (const id of [1, 2, 3]) cache.release(id);
    cache.pin(1);
    cache.pin(1);
    cache.release(1);
    cache.evict(2);
    expect(cache.isResident(1)).toBe(true);
    expect(cache.evictableBlocks).toBe(0);
    cache.release(1);
    expect(cache.evict(9)).toBe(1);
  });

  it('refuses to pin what is not there and to release what is not pinned', () => {
    const cache = new PrefixCache(2);
    expect(() => cache.pin(5)).toThrow('block 5 is not resident');
    expect(() => cache.release(5)).toThrow('block 5 is not pinned');
    cache.insertPinned(5, 1);
    cache.release(5);
    expect(() => cache.release(5)).toThrow('block 5 is not pinned');
  });

  it('finds every block of a full table after many came and went', () => {
    const slots = 1000;
    const cache = new PrefixCache(slots);
    for (let id = 0; id < 20 * slots; id++) {
      cache.insertPinned(id, 1);
      cache.release(id);
    }
    const newest = Array.from({ length: slots }, (_, i) => 20 * slots - 1 - i);
    expect(newest.every((id) => cache.isResident(id))).toBe(true);
    expect(cache.isResident(19 * slots - 1)).toBe(false);
    expect(cache.residentBlocks).toBe(slots);
  });
});
