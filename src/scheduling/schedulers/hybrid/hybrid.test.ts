import { describe, expect, it } from 'vitest';
import { Registry } from '../../../policy/registry.ts';
import type { Scheduler } from '../../../policy/scheduler.ts';
import { FakeInstance, type FakeRequest, type FakeState } from '../../testing/fake-instance.ts';
import { hybrid } from './hybrid.ts';

const registry = new Registry<Scheduler>('scheduler', [hybrid]);

function scheduler(given: Readonly<Record<string, unknown>> = {}): Scheduler {
  return registry.create({ kind: 'hybrid', rule: 'prefill-first', ...given }, { seed: 1 });
}

/** Plans on an instance in that state; what was admitted where. */
function admissions(one: Scheduler, state: FakeState): string[] {
  const instance = new FakeInstance(state);
  one.plan(instance, instance);
  return instance.log.filter((line) => line.startsWith('admit'));
}

const predicted = (...lengths: number[]): FakeRequest[] =>
  lengths.map((length) => ({ predicted: length }));

describe('hybrid', () => {
  it('divides the backlog among the slots, longest first', () => {
    // LPT on 9 7 6 5 4 2: slot 0 gets 9 and 4, slot 1 7 and 5, slot 2 6 and 2.
    const one = scheduler({ method: 'lpt' });
    const waiting = predicted(4, 9, 2, 6, 7, 5);
    expect(admissions(one, { slots: 3, waiting })).toEqual([
      'admit 1 to 0',
      'admit 4 to 1',
      'admit 3 to 2',
    ]);
  });

  it('solves the assignment where asked, within its limits, once the solver is there', async () => {
    // LPT gives 3 3 2 2 2 to two slots as 7 and 5; 6 and 6 are possible: the threes stand together.
    const waiting = predicted(3, 3, 2, 2, 2);
    const state = { slots: 2, waiting };
    expect(admissions(scheduler({ method: 'lpt' }), state)).toEqual([
      'admit 0 to 0',
      'admit 1 to 1',
    ]);
    const solving = () => admissions(scheduler({ method: 'mip' }), state);
    expect(solving).toThrow('solver not loaded');
    await registry.prepare({ kind: 'hybrid', method: 'mip' });
    const [first, second] = solving().map((line) => Number(line.split(' ')[1]));
    expect([first, second].sort()).toEqual([0, 2]);
  });

  describe('when a slot is idle later', () => {
    /** Slot 0 has 9, 2 and 1 to serve, slot 1 8 and 4; both begin. */
    const waiting = predicted(9, 8, 4, 2, 1);
    const begin = (given: Readonly<Record<string, unknown>>) => {
      const one = scheduler({ method: 'lpt', ...given });
      expect(admissions(one, { slots: 2, waiting })).toEqual(['admit 0 to 0', 'admit 1 to 1']);
      return one;
    };
    const later = (one: Scheduler, gone: readonly number[], holders: readonly number[]) => {
      const instance = new FakeInstance({ slots: 2, waiting });
      instance.queue.splice(0, 2);
      for (const task of gone) instance.queue.splice(instance.queue.indexOf(task), 1);
      instance.running.push(...holders.filter((task) => task >= 0));
      for (const [slot, task] of holders.entries()) instance.slotTasks[slot] = task;
      one.plan(instance, instance);
      return instance.log.filter((line) => line.startsWith('admit'));
    };

    it('serves its own list first', () => {
      expect(later(begin({}), [], [0, -1])).toEqual(['admit 2 to 1']);
      expect(later(begin({}), [], [-1, 1])).toEqual(['admit 3 to 0']);
    });

    it('steals the shortest or the longest of the largest backlog, or nothing', () => {
      const stealing = (steal: string) => {
        const one = begin({ steal });
        expect(later(one, [], [0, -1])).toEqual(['admit 2 to 1']);
        return later(one, [2], [0, -1]);
      };
      expect(stealing('shortest')).toEqual(['admit 4 to 1']);
      expect(stealing('longest')).toEqual(['admit 3 to 1']);
      expect(stealing('none')).toEqual([]);
    });

    it('forgets requests that wait no more', () => {
      expect(later(begin({}), [3], [-1, 1])).toEqual(['admit 4 to 0']);
    });
  });

  it('takes an equal weight for all where asked, and so keeps the order of the queue', () => {
    const one = scheduler({ method: 'round-robin', weigh: 'equal', steal: 'none' });
    expect(admissions(one, { slots: 2, waiting: [{}, {}, {}] })).toEqual([
      'admit 0 to 0',
      'admit 1 to 1',
    ]);
  });

  it('weighs by prompt where asked', () => {
    const one = scheduler({ method: 'lpt', weigh: 'prompt' });
    const waiting = [{ tokens: 3 }, { tokens: 30 }];
    expect(admissions(one, { slots: 2, waiting })).toEqual(['admit 1 to 0', 'admit 0 to 1']);
  });

  it('assigns all that wait anew when others arrive, and reckons with what runs', () => {
    const one = scheduler({ method: 'lpt', steal: 'none', reoptimiseMs: 0 });
    const first = new FakeInstance({ slots: 2, waiting: predicted(50, 10) });
    one.plan(first, first);
    // Slot 0 has 50 to run; slot 1 is idle. The fuller of the lists (20 8, then 12 11) is its.
    const state = { slots: 2, decoding: predicted(50), waiting: predicted(12, 11, 20, 8) };
    expect(admissions(one, state)).toEqual(['admit 2 to 1']);
  });

  it('lets newcomers join the least loaded slot until the next assignment is due', () => {
    const prices = { roundMs: 10, perSequenceMs: 0, prefillBatchMs: 500, prefillTokenMs: 0 };
    const one = scheduler({ method: 'lpt', rule: 'fixed-part', reoptimiseMs: 100, ...prices });
    const hold = (nowMs: number, waiting: readonly FakeRequest[]) => {
      const decoding = [{ predicted: 30 }];
      const instance = new FakeInstance({ slots: 2, nowMs, waiting, decoding });
      one.plan(instance, instance);
      return instance.log.at(-1);
    };
    // One idle slot at 10 ms a round, against 500 ms for one request in decode.
    const rounds = 49;
    expect(hold(0, predicted(5))).toBe(`hold {"rounds":${rounds}}`);
    expect(hold(40, predicted(5, 6))).toBe(`hold {"rounds":${rounds},"untilMs":100}`);
    expect(hold(100, predicted(5, 6))).toBe(`hold {"rounds":${rounds}}`);
  });

  it('assigns in time although no idle slot has a request of its own', () => {
    const one = scheduler({ method: 'lpt', steal: 'none', reoptimiseMs: 100 });
    const first = new FakeInstance({ slots: 2, waiting: predicted(9, 7, 3, 3) });
    first.queue.splice(0, 2);
    one.plan(first, first);
    expect(first.log.filter((line) => line.startsWith('admit'))).toHaveLength(2);
    // Slot 0 has 2 to run: the first newcomer joins slot 1 and starts, the second slot 0.
    const decoding = [{ predicted: 3, generated: 1 }];
    const waiting = predicted(9, 7);
    const at = (nowMs: number, gone: number) => {
      const instance = new FakeInstance({ slots: 2, nowMs, waiting, decoding });
      instance.queue.splice(0, gone);
      one.plan(instance, instance);
      return instance.log;
    };
    expect(at(40, 0)).toEqual(['admit 0 to 1', 'work 0: 1']);
    expect(at(50, 1)).toEqual(['decodes', 'hold {"untilMs":100}']);
    expect(at(100, 1)).toEqual(['admit 1 to 1', 'work 1: 1']);
  });

  it('puts a preempted request back into the list of its slot, and assigns nothing anew', () => {
    const one = scheduler({ method: 'lpt', steal: 'none' });
    // Slot 0 runs 9 and has 4 in its list; slot 1 runs 7 and has 6.
    const requests = predicted(9, 7, 6, 4);
    const first = new FakeInstance({ slots: 2, waiting: requests });
    one.plan(first, first);
    expect(first.log.filter((line) => line.startsWith('admit'))).toEqual([
      'admit 0 to 0',
      'admit 1 to 1',
    ]);
    // The first is preempted with 8 still to run: it goes before the 4, on its own slot.
    const again = new FakeInstance({
      slots: 2,
      waiting: [{ predicted: 9, generated: 1 }, {}, { predicted: 6 }, { predicted: 4 }],
      decoding: [{ predicted: 7 }],
    });
    again.queue.splice(1, 1);
    again.slotTasks[0] = -1;
    again.slotTasks[1] = 4;
    one.plan(again, again);
    expect(again.log.filter((line) => line.startsWith('admit'))).toEqual(['admit 0 to 0']);
  });

  it('needs a length predictor for the weights, and slots', () => {
    const state = { slots: 1, waiting: [{}] };
    expect(() => admissions(scheduler(), state)).toThrow(/needs a length predictor/);
    expect(() => admissions(scheduler(), { waiting: predicted(1) })).toThrow(/client slots/);
    expect(registry.needsOf({ kind: 'hybrid' })).toEqual(['lengths', 'slots']);
    expect(registry.needsOf({ kind: 'hybrid', weigh: 'prompt' })).toEqual(['slots']);
  });
});
