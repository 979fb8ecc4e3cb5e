import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Eviction } from './eviction.ts';
import { neverUsed } from './eviction.ts';
import { createEviction, type EvictionName } from './policies.ts';

const blocks = 12;

/** What is known of a resident block, in the order that the plain rules need. */
interface Resident {
  id: number;
  depth: number;
  admitted: number;
  touched: number;
  touchedMs: number;
  count: number;
  nextUse: number;
}

/** The rules as sort keys: the victim is the first of the residents in this order. */
const rules: Record<EvictionName, (a: Resident, b: Resident) => number> = {
  lru: (a, b) => a.touched - b.touched,
  fifo: (a, b) => a.admitted - b.admitted,
  lfu: (a, b) => a.count - b.count || a.touched - b.touched,
  min: (a, b) => b.nextUse - a.nextUse || b.depth - a.depth,
  ttl: (a, b) => a.touched - b.touched,
};

/** A use of a block (admitted where it is not resident), or a removal by someone else. */
const action = fc.record({
  id: fc.nat(blocks - 1),
  remove: fc.boolean(),
  waitMs: fc.nat(3),
  pinned: fc.uniqueArray(fc.nat(blocks - 1), { maxLength: blocks }),
});

describe.each(['lru', 'fifo', 'lfu', 'min', 'ttl'] as const)('%s', (name) => {
  it('gives up the block that a sort of the residents by its rule puts first', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const upcoming = new Int32Array(blocks);
        const eviction: Eviction = createEviction(name, {
          blocks,
          ttlMs: 5,
          future: { nextUse: (id) => upcoming[id]! },
        });
        const residents = new Map<number, Resident>();
        let nowMs = 0;
        for (const [step, { id, remove, waitMs, pinned }] of actions.entries()) {
          nowMs += waitMs;
          const known = residents.get(id);
          // Next uses grow with time, as those of a trace do; every third block has none.
          upcoming[id] = id % 3 === 0 ? neverUsed : 100 * step + id;
          const nextUse = upcoming[id]!;
          if (known && remove) {
            eviction.remove(id);
            residents.delete(id);
          } else if (known) {
            eviction.hit(id, nowMs);
            const count = known.count + 1;
            residents.set(id, { ...known, count, touched: step, touchedMs: nowMs, nextUse });
          } else {
            const depth = id;
            eviction.admit(id, nowMs, { parent: id - 1, depth });
            const times = { admitted: step, touched: step, touchedMs: nowMs };
            residents.set(id, { id, depth, ...times, count: 1, nextUse });
          }
          const evictable = (candidate: number) => !pinned.includes(candidate);
          const order = [...residents.values()].sort(rules[name]);
          const expected = order.find((resident) => evictable(resident.id));
          expect(eviction.victim(nowMs, evictable)).toBe(expected?.id ?? -1);
          if (eviction.expired) {
            const late = order[0] !== undefined && nowMs - order[0].touchedMs > 5;
            expect(eviction.expired(nowMs)).toBe(late ? order[0]!.id : -1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
