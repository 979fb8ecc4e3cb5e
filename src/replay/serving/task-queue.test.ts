import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskQueue } from './task-queue.ts';

fc.configureGlobal({ seed: 53, numRuns: 300 });

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('insert'), value: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('putBack'), value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('remove'), value: fc.nat() }) },
);

interface Entry {
  task: number;
  key: number;
}

function byKey(a: Entry, b: Entry): number {
  return a.key === b.key ? 0 : a.key - b.key;
}

function contents(queue: TaskQueue): number[] {
  return Array.from({ length: queue.size }, (_, position) => queue.at(position));
}

/** A queue of the tasks 0, 1, 2 … in that order. */
function queueOf(tasks: number): TaskQueue {
  const queue = new TaskQueue();
  for (let task = 0; task < tasks; task++) queue.insert(task, 0);
  return queue;
}

describe('TaskQueue', () => {
  it('stands as a stable sort by key would, tasks that were put back in front', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const queue = new TaskQueue();
        const model: Entry[] = [];
        for (const [task, { what, value }] of actions.entries()) {
          if (what === 'insert') {
            queue.insert(task, value);
            model.push({ task, key: value });
            model.sort(byKey);
          } else if (what === 'putBack') {
            queue.putBack(task);
            model.unshift({ task, key: Number.NEGATIVE_INFINITY });
          } else if (model.length > 0) {
            const [gone] = model.splice(value % model.length, 1);
            expect(queue.remove(gone?.task as number)).toBe(true);
          }
          expect(contents(queue)).toEqual(model.map((one) => one.task));
        }
      }),
    );
  });

  it('grows while its head stands in the middle of its ring', () => {
    const queue = queueOf(60);
    for (let task = 0; task < 50; task++) queue.remove(task);
    for (let task = 60; task < 300; task++) queue.insert(task, 0);
    expect(contents(queue)).toEqual(Array.from({ length: 250 }, (_, i) => 50 + i));
  });

  it('keeps the task that was put back last in front, also before new ones of a lower key', () => {
    const queue = queueOf(2);
    queue.putBack(7);
    queue.putBack(8);
    queue.insert(9, -5);
    expect(contents(queue)).toEqual([8, 7, 9, 0, 1]);
  });

  it('says so when a task is not there, and leaves the rest', () => {
    const queue = queueOf(3);
    expect(queue.remove(99)).toBe(false);
    expect(queue.remove(1)).toBe(true);
    expect(queue.remove(1)).toBe(false);
    expect(contents(queue)).toEqual([0, 2]);
  });
});
