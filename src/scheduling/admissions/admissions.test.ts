import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Admission } from '../../policy/admission.ts';
import type { Placement } from '../../policy/placer.ts';
import type { Task } from '../../policy/scheduler.ts';
import { admissions } from '../admissions.ts';
import { FakeCluster, type FakeMember, newPlacement } from '../testing/fake-cluster.ts';

fc.configureGlobal({ seed: 56, numRuns: 300 });

const roundMs = (sequences: number, tokens: number) => 20 + sequences + tokens / 1000;

/** Two instances that compute prompts at 1 ms a token, two that decode. */
function cluster({
  inputTokens = 1000,
  priority = 0,
  decode = [{}, {}] as readonly FakeMember[],
} = {}): FakeCluster {
  const members: FakeMember[] = [
    { role: 'prefill' },
    { role: 'prefill' },
    ...decode.map((one) => ({ role: 'decode' as const, ...one })),
  ];
  return new FakeCluster({ members, inputTokens, priority, roundMs });
}

function create(kind: string, parameters: Record<string, unknown> = {}): Admission {
  return admissions.create({ kind, ...parameters }, { seed: 1 });
}

/** Asks at arrival; a request that is taken in enters the books. */
function arrives(
  admission: Admission,
  view: FakeCluster,
  { task = 0 as Task, placement = {} as Partial<Placement> } = {},
): boolean {
  const whole = { ...newPlacement(), prefill: 0, decode: 2, ...placement };
  const taken = admission.atArrival(task, whole, view);
  if (taken) admission.placed?.(task, whole, view.nowMs);
  return taken;
}

describe('none', () => {
  it('takes every request in, however late it will be', () => {
    const none = create('none');
    expect(arrives(none, cluster({ inputTokens: 1e9 }))).toBe(true);
    expect(none.atDecode(0, 2, cluster({ inputTokens: 1e9 }))).toBe(true);
  });
});

describe('ttft-tbt', () => {
  it('rejects what the placer predicts to miss an SLO, and takes what just meets both', () => {
    const slos = { ttftSloMs: 500, tbtSloMs: 40 };
    const asked = (ttftMs: number, round: number) =>
      arrives(create('ttft-tbt', slos), cluster(), { placement: { ttftMs, roundMs: round } });
    expect(asked(500, 40)).toBe(true);
    expect(asked(500.001, 40)).toBe(false);
    expect(asked(500, 40.001)).toBe(false);
  });

  it('predicts where the placer did not: queue and prefill, and the round where it decodes', () => {
    const admission = create('ttft-tbt', { ttftSloMs: 2500, tbtSloMs: 26 });
    const view = cluster({ decode: [{ decoding: 4 }, { decoding: 5 }] });
    const at = (task: Task, placement: Partial<Placement>) =>
      arrives(admission, view, { task, placement });
    // A round with it: 20 + 5 + 1 ms on instance 2, one more on instance 3.
    expect(at(0, { decode: 3 })).toBe(false);
    expect(at(0, { decode: 2 })).toBe(true);
    expect(at(1, { decode: -1 })).toBe(true);
    // 2,000 ms of queue and 1,000 of its own.
    expect(at(2, { decode: 2 })).toBe(false);
    expect(at(2, { prefill: 1 })).toBe(true);
    admission.prefillStarted?.(0, 0, 0);
    view.nowMs = 1000;
    admission.prefillEnded?.(0, 0, 1000);
    expect(at(3, { decode: 2 })).toBe(true);
  });

  it('counts the round of a coupled instance with the request in it', () => {
    const view = new FakeCluster({ members: [{ decoding: 5 }], inputTokens: 1000, roundMs });
    const asked = (tbtSloMs: number) =>
      arrives(create('ttft-tbt', { tbtSloMs }), view, { placement: { decode: -1 } });
    expect([26.9, 27].map(asked)).toEqual([false, true]);
  });

  it('checks the round again where the request decodes', () => {
    const view = cluster({ decode: [{ decoding: 3, contextTokens: 5000 }] });
    const checked = (tbtSloMs: number) => create('ttft-tbt', { tbtSloMs }).atDecode(0, 2, view);
    expect([29.9, 30].map(checked)).toEqual([false, true]);
  });
});

describe.each(['ttft-tbt', 'two-gates', 'early', 'early-predicted'])('%s', (kind) => {
  it('counts requests that were taken at decode until they decode or end', () => {
    const view = cluster({ inputTokens: 1000 });
    // 20 + 2 + 2: two fit, not three.
    const admission = create(kind, { tbtSloMs: 24 });
    expect([0, 1, 2].map((task) => admission.atDecode(task, 2, view))).toEqual([true, true, false]);
    admission.ended?.(2, 0);
    expect(admission.atDecode(3, 2, view)).toBe(false);
    expect(admission.atDecode(3, 3, view)).toBe(true);
    admission.ended?.(1, 0);
    expect(admission.atDecode(4, 2, view)).toBe(true);
    admission.decodeStarted?.(0, 2, 0);
    admission.decodeStarted?.(4, 2, 0);
    expect(admission.atDecode(5, 2, view)).toBe(true);
  });

  it.each([
    ['ttftSloMs', 0],
    ['tbtSloMs', -1],
  ])('refuses %s %d', (name, value) => {
    expect(() => create(kind, { [name]: value })).toThrow(`invalid value ${value}`);
  });
});

describe.each(['two-gates', 'early', 'early-predicted'])('%s', (kind) => {
  it('rejects at arrival by the least loaded prefill instance', () => {
    const admission = create(kind, { ttftSloMs: 2500 });
    const view = cluster();
    const at = (task: Task, prefill: number) =>
      arrives(admission, view, { task, placement: { prefill } });
    expect([at(0, 0), at(1, 0)]).toEqual([true, true]);
    // 3,000 ms where it is placed, but 1,000 on the other instance.
    expect(at(2, 0)).toBe(true);
    expect([at(3, 1), at(4, 1), at(5, 1)]).toEqual([true, true, false]);
  });

  it('takes what a transfer brings in time as the load of the prefill pool', () => {
    const admission = create(kind, { ttftSloMs: 400 });
    expect(arrives(admission, cluster())).toBe(false);
    expect(arrives(admission, cluster(), { placement: { ttftMs: 400, prefillMs: 300 } })).toBe(
      true,
    );
  });

  it('holds requests of low priority to a threshold of their own, at both gates', () => {
    const limits = {
      ttftSloMs: 1000,
      tbtSloMs: 22,
      threshold: 1,
      lowPriorityThreshold: 0.9,
      urgentFrom: 3,
    };
    const urgent = cluster({ priority: 3 });
    const low = cluster({ priority: 2 });
    expect([urgent, low].map((view) => arrives(create(kind, limits), view))).toEqual([true, false]);
    const check = (view: FakeCluster) => create(kind, limits).atDecode(0, 2, view);
    expect([urgent, low].map(check)).toEqual([true, false]);
  });

  it('holds nobody to the second threshold unless told to', () => {
    const limits = { ttftSloMs: 1000, lowPriorityThreshold: 0 };
    expect(arrives(create(kind, limits), cluster({ priority: -128 }))).toBe(true);
  });

  it.each([
    ['threshold', -0.1],
    ['lowPriorityThreshold', -1],
    ['urgentFrom', 129],
    ['urgentFrom', 0.5],
  ])('refuses %s %d', (name, value) => {
    expect(() => create(kind, { [name]: value })).toThrow(`invalid value ${value}`);
  });
});

describe('two gates and early rejection', () => {
  const loaded = { decode: [{ decoding: 40, contextTokens: 40_000 }, {}] };

  it('differ in whether decode load counts at arrival', () => {
    // Rounds of 102 and 22 ms with the request, 62 on average.
    const asked = (kind: string, tbtSloMs: number) =>
      arrives(create(kind, { tbtSloMs }), cluster(loaded));
    expect([61, 62].map((slo) => asked('two-gates', slo))).toEqual([true, true]);
    expect([61, 62].map((slo) => asked('early', slo))).toEqual([false, true]);
  });

  it('both check again where the request decodes', () => {
    for (const kind of ['two-gates', 'early']) {
      expect(create(kind, { tbtSloMs: 100 }).atDecode(0, 2, cluster(loaded))).toBe(false);
      expect(create(kind, { tbtSloMs: 102 }).atDecode(0, 2, cluster(loaded))).toBe(true);
    }
  });

  it('count requests taken at decode as load before they decode', () => {
    const asked = (tbtSloMs: number) => {
      const early = create('early', { tbtSloMs });
      const view = cluster();
      for (const task of [0, 1]) expect(early.atDecode(task, 2, view)).toBe(true);
      for (const task of [2, 3]) expect(early.atDecode(task, 3, view)).toBe(true);
      return arrives(early, view, { task: 4 });
    };
    // 20 + 3 + 3 ms on both.
    expect([25.9, 26].map(asked)).toEqual([false, true]);
  });

  it('never let early rejection take what two gates would not', () => {
    const instance = fc.record({
      decoding: fc.integer({ min: 0, max: 60 }),
      contextTokens: fc.integer({ min: 0, max: 90_000 }),
    });
    const state = fc.record({
      decode: fc.array(instance, { minLength: 1, maxLength: 4 }),
      inputTokens: fc.integer({ min: 1, max: 40_000 }),
    });
    fc.assert(
      fc.property(state, (given) => {
        const taken = (kind: string) => arrives(create(kind), cluster(given));
        if (taken('early')) expect(taken('two-gates')).toBe(true);
      }),
    );
  });
});
