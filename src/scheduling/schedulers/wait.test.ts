import { describe, expect, it } from 'vitest';
import { InputError } from '../../units/input-error.ts';
import { FakeInstance, type FakeState } from '../testing/fake-instance.ts';
import { fluidThresholds, wait } from './wait.ts';

const defaults = {
  threshold: 2,
  maxWaitMs: 100,
  decodes: 'go-on',
  shortestClass: 10,
  classes: 3,
  fixedMs: 10,
  perTokenMs: 0.01,
  batching: 'mixed',
  maxSequences: 256,
};

function create(given: Partial<typeof defaults> = {}) {
  return wait.create({ ...defaults, ...given } as never, { seed: 1 });
}

function plan(state: FakeState, given: Partial<typeof defaults> = {}) {
  const instance = new FakeInstance(state);
  create(given).plan(instance, instance);
  return instance.log;
}

describe('thresholds of the fluid model', () => {
  const types = [
    { count: 30, prompt: 30 * 20, output: 30 * 10 },
    { count: 10, prompt: 10 * 50, output: 10 * 40 },
    { count: 0, prompt: 0, output: 0 },
  ];
  const costs = { fixedMs: 10, perTokenMs: 0.001 };

  it('are the arrivals of one step of the equilibrium, rounded up', () => {
    // K = 0.03·11·25 + 0.01·41·70 = 36.95 tokens/ms; m = 369.5/(1 − 0.03695) = 383.7 tokens,
    // a step of 10.38 ms: 0.31 and 0.10 arrivals.
    expect(fluidThresholds(types, 1000, 10_000, costs)).toEqual([1, 1, 1]);
    // Forty times the rate is unstable (d1·K = 1.48): the memory of 10,000 tokens is what binds,
    // and holds steps of 10,000/1478 = 6.77 ms: 8.1 and 2.7 arrivals.
    expect(fluidThresholds(types, 25, 10_000, costs)).toEqual([9, 3, 1]);
  });

  it('solve the fixed point of step time and memory', () => {
    const spanMs = 100;
    const [first] = fluidThresholds(types, spanMs, Number.POSITIVE_INFINITY, costs) as [number];
    const load = (30 * 11 * 25 + 10 * 41 * 70) / spanMs;
    let memory = 0;
    for (let i = 0; i < 200; i++) memory = (costs.fixedMs + costs.perTokenMs * memory) * load;
    const stepMs = costs.fixedMs + costs.perTokenMs * memory;
    expect(first).toBe(Math.ceil((30 / spanMs) * stepMs));
  });

  it('share the memory among types that all arrive at once', () => {
    // 10,000 tokens / (30·11·25 + 10·41·70 = 36,950): 27 % of each.
    expect(fluidThresholds(types, 0, 10_000, costs)).toEqual([9, 3, 1]);
  });
});

describe('wait', () => {
  const short = { tokens: 4, predicted: 5 };
  const long = { tokens: 6, predicted: 15 };

  it('admits a type in groups of its threshold, and lets others wait', () => {
    expect(plan({ waiting: [long, short, short, short], decoding: [{}] })).toEqual([
      ...['admit 1', 'work 1: 4', 'admit 2', 'work 2: 4', 'decodes', 'hold {"rounds":1}'],
    ]);
  });

  it('holds until the first has waited long enough, then admits it', () => {
    const waiting = [
      { ...short, arrivalMs: 30 },
      { ...long, arrivalMs: 20 },
    ];
    const held = plan({ waiting, decoding: [{}], nowMs: 50 });
    expect(held).toEqual(['decodes', 'hold {"untilMs":120}']);
    expect(plan({ waiting, nowMs: 120 })[0]).toBe('admit 1');
    expect(plan({ waiting, nowMs: 120 })).not.toContain('admit 0');
  });

  it('needs no more than the slots there are', () => {
    expect(plan({ waiting: [short], slots: 1 }, { threshold: 5 })[0]).toBe('admit 0');
  });

  it('pauses the decodes of a type below its threshold, and resumes them with it', () => {
    const scheduler = create({ decodes: 'wait' });
    const instance = new FakeInstance({ waiting: [short, short, short, long], slots: 4 });
    const [later, other] = [instance.queue[2], instance.queue[3]] as [number, number];
    instance.queue.length = 2;
    scheduler.plan(instance, instance);
    expect(instance.log).toContain('work 1: 4');
    instance.running.push(...instance.prompts.splice(0));
    instance.log.length = 0;
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['pause 1 keep', 'pause 0 keep', 'hold {"untilMs":100}']);
    instance.queue.push(later, other);
    instance.log.length = 0;
    scheduler.plan(instance, instance);
    expect(instance.log).toEqual(['hold {"untilMs":100}']);
    instance.nowMs = 100;
    instance.log.length = 0;
    scheduler.plan(instance, instance);
    expect(instance.log).toContain('resume 0');
    expect(instance.log).toContain('decodes');
  });

  it('asks for predicted lengths, and for mixed batches where decodes wait', () => {
    expect(() => plan({ waiting: [{}] })).toThrow('no predicted output length');
    expect(() => create({ decodes: 'wait', batching: 'exclusive' })).toThrow(InputError);
  });
});
