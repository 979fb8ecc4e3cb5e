import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgeQueue } from './age-queue.ts';
import { IdHeap } from './id-heap.ts';
import { IdList } from './id-list.ts';
import { IdLists } from './id-lists.ts';

const ids = 8;
const runs = { seed: 1, numRuns: 300 };
const action = fc.record({
  id: fc.nat(ids - 1),
  what: fc.constantFrom('set', 'remove', 'hold', 'release', 'shift'),
  key: fc.nat(3),
  tie: fc.nat(2),
});

/** Applies actions to an order and to a plain array of [id, key, tie], and compares shifts. */
function compareWithSort(
  make: (held: Int32Array) => {
    set(id: number, key: number, tie: number): void;
    remove(id: number): void;
    released(id: number): void;
    shift(): number;
  },
  sort: (a: number[], b: number[]) => number,
  inOrder = false,
) {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
      const held = new Int32Array(ids);
      const order = make(held);
      let plain: number[][] = [];
      for (const { id, what, key, tie } of actions) {
        const known = plain.some(([one]) => one === id);
        if (what === 'set') {
          order.set(id, key, tie);
          plain = [...plain.filter(([one]) => one !== id), [id, key, tie]];
        } else if (what === 'remove' && known) {
          order.remove(id);
          plain = plain.filter(([one]) => one !== id);
        } else if (what === 'hold') {
          held[id] = 1;
        } else if (what === 'release') {
          held[id] = 0;
          order.released(id);
        } else if (what === 'shift') {
          const free = plain.filter(([one]) => held[one!] === 0).sort(sort);
          const shifted = order.shift();
          const [first] = free;
          const equals = free.filter((one) => sort(one, first!) === 0).map(([one]) => one);
          expect(first === undefined ? [-1] : inOrder ? [first[0]] : equals).toContain(shifted);
          plain = plain.filter(([one]) => one !== shifted);
        }
      }
    }),
    runs,
  );
}

describe('IdHeap', () => {
  it('gives the free id that a sort by both keys puts first', () => {
    const byKeys = (a: number[], b: number[]) => a[1]! - b[1]! || a[2]! - b[2]!;
    compareWithSort((held) => new IdHeap(ids, held), byKeys);
  });
});

describe('AgeQueue', () => {
  it('gives the free id that entered first', () => {
    compareWithSort(
      (held) => {
        const queue = new AgeQueue(ids, held);
        const inside = new Set<number>();
        return {
          set: (id) => {
            if (inside.has(id)) queue.remove(id);
            inside.add(id);
            queue.push(id);
            expect(queue.length).toBe(inside.size);
          },
          remove: (id) => {
            inside.delete(id);
            queue.remove(id);
          },
          released: (id) => queue.released(id),
          shift: () => {
            const id = queue.shift();
            inside.delete(id);
            expect(queue.length).toBe(inside.size);
            return id;
          },
        };
      },
      () => 0,
      true,
    );
  });

  it('lets an id go in its old turn after a release', () => {
    const held = new Int32Array(4);
    const queue = new AgeQueue(4, held);
    for (const id of [3, 1, 2, 0]) queue.push(id);
    held[3] = 1;
    held[1] = 1;
    expect(queue.shift()).toBe(2);
    held[1] = 0;
    queue.released(1);
    held[3] = 0;
    queue.released(3);
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([3, 1, 0, -1]);
  });
});

describe('IdList', () => {
  it('keeps the order of pushes and shifts past held ids', () => {
    const list = new IdList(4);
    for (const id of [2, 0, 3]) list.push(id);
    list.moveToEnd(2);
    expect([list.first(), list.after(0), list.after(2)]).toEqual([0, 3, -1]);
    expect(list.shift(Int32Array.of(1, 0, 0, 0))).toBe(3);
    expect(list.shift(Int32Array.of(1, 0, 1, 0))).toBe(-1);
  });
});

describe('IdLists', () => {
  it('keeps an id in one list at a time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.nat(ids - 1), list: fc.integer({ min: -1, max: 2 }) })),
        (moves) => {
          const lists = new IdLists(ids, 3);
          const plain: number[][] = [[], [], []];
          for (const { id, list } of moves) {
            for (const one of plain) if (one.includes(id)) one.splice(one.indexOf(id), 1);
            if (list === -1) {
              lists.remove(id);
            } else {
              lists.push(list, id);
              plain[list]!.push(id);
            }
            expect(lists.listOf(id)).toBe(list);
          }
          for (const [list, expected] of plain.entries()) {
            const found: number[] = [];
            for (let id = lists.first(list); id !== -1; id = lists.after(id)) found.push(id);
            expect(found).toEqual(expected);
            expect(lists.length(list)).toBe(expected.length);
            const held = Int32Array.from({ length: ids }, (_, id) => id % 2);
            const even = expected.find((id) => id % 2 === 0) ?? -1;
            expect(lists.firstFree(list, held)).toBe(even);
          }
        },
      ),
      runs,
    );
  });
});
