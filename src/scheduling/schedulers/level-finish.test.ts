import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyDefinition } from '../../policy/registry.ts';
import { Registry } from '../../policy/registry.ts';
import type { Scheduler } from '../../policy/scheduler.ts';
import { FakeInstance, type FakeRequest, type FakeState } from '../testing/fake-instance.ts';
import { levelFinish } from './level-finish.ts';

const registry = new Registry<Scheduler>('scheduler', [levelFinish as PolicyDefinition<Scheduler>]);

function scheduler(given: Readonly<Record<string, unknown>> = {}): Scheduler {
  return registry.create({ kind: 'level-finish', rule: 'prefill-first', ...given }, { seed: 1 });
}

const requests = (...predicted: number[]): FakeRequest[] =>
  predicted.map((tokens) => ({ predicted: tokens, tokens: 1 }));

/** Waiting requests that start in one plan, in the order of their starting. */
function started(state: FakeState, given?: Readonly<Record<string, unknown>>): string[] {
  const instance = new FakeInstance(state);
  scheduler(given).plan(instance, instance);
  return instance.log.filter((line) => line.startsWith('admit'));
}

/** Predicted outputs by the order in which one slot serves them, each as long as predicted. */
function served(predicted: readonly number[], given: Readonly<Record<string, unknown>>): number[] {
  const one = scheduler(given);
  const order: number[] = [];
  const left = [...predicted.keys()];
  while (left.length > 0) {
    const waiting = left.map((i) => ({ predicted: predicted[i] as number, tokens: i + 1 }));
    const instance = new FakeInstance({ slots: 1, waiting });
    one.plan(instance, instance);
    const work = instance.log.find((line) => line.startsWith('work')) as string;
    const i = Number(work.split(': ')[1]) - 1;
    order.push(predicted[i] as number);
    left.splice(left.indexOf(i), 1);
  }
  return order;
}

describe('level-finish', () => {
  it('is shortest first where nothing is kept and nobody is due', () => {
    expect(served([30, 10, 20], { keep: 0, margin: 0 })).toEqual([10, 20, 30]);
  });

  it('is longest first where all are due', () => {
    expect(served([30, 10, 20], { keep: 0, margin: 100 })).toEqual([30, 20, 10]);
  });

  it('keeps short requests for the end, the longest of them first', () => {
    // Mean 40: those from 8 on, up to 0.75 · 40 tokens for the slot, are kept: 10 and 20.
    const shares = { floor: 0.2, keep: 0.75, margin: 0 };
    expect(served([100, 5, 10, 20, 65], shares)).toEqual([5, 65, 100, 20, 10]);
  });

  it('starts a long one as soon as it would else end after all others', () => {
    const given = { keep: 0, margin: 1 };
    // 2 slots, 60 rounds to go each: a request of 60 is due, one of 59 is not.
    const rest = [10, 20, 30];
    expect(started({ slots: 2, waiting: requests(...rest, 60) }, given)).toEqual([
      'admit 3 to 0',
      'admit 0 to 1',
    ]);
    expect(started({ slots: 2, waiting: requests(...rest, 59, 1) }, given)).toEqual([
      'admit 4 to 0',
      'admit 0 to 1',
    ]);
  });

  it('counts what runs by what it has yet to produce', () => {
    const waiting = requests(10, 50);
    const running = (generated: number) => [{ predicted: 100, generated }];
    const given = { keep: 0, margin: 1 };
    // (10 + 50 + 60) / 2 rounds to go, then (10 + 50 + 40) / 2.
    const started60 = started({ slots: 2, waiting, decoding: running(40) }, given);
    const started40 = started({ slots: 2, waiting, decoding: running(60) }, given);
    expect([started60, started40]).toEqual([['admit 0 to 1'], ['admit 1 to 1']]);
  });

  it('is shortest first while requests arrive one after another', () => {
    const waiting = [
      { predicted: 60, arrivalMs: 0 },
      { predicted: 10, arrivalMs: 5000 },
      { predicted: 20, arrivalMs: 5001 },
    ];
    const at = (nowMs: number) => started({ slots: 1, waiting, nowMs }, { keep: 0, margin: 5 });
    expect(at(5001)).toEqual(['admit 1 to 0']);
    expect(at(14_999)).toEqual(['admit 1 to 0']);
    expect(at(15_000)).toEqual(['admit 0 to 0']);
  });

  it('serves everybody once, whatever is predicted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 25 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (predicted, floor, keep, margin) => {
          const order = served(predicted, { floor, keep, margin });
          expect(order.sort((a, b) => a - b)).toEqual([...predicted].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('refuses requests without a prediction, and instances without slots', () => {
    expect(levelFinish.needs?.({} as never)).toEqual(['lengths', 'slots']);
    expect(() => started({ slots: 1, waiting: [{}] })).toThrow(/no predicted output length/);
    expect(() => started({ waiting: requests(1) })).toThrow(/client slots/);
  });

  it('knows no length, unless it reserves by it', () => {
    expect(registry.oraclesOf({ kind: 'level-finish' })).toEqual([]);
    expect(registry.oraclesOf({ kind: 'level-finish', reserve: 'sequence' })).toEqual(['length']);
  });
});
