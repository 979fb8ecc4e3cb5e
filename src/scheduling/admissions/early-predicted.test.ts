import { describe, expect, it } from 'vitest';
import type { Admission } from '../../policy/admission.ts';
import type { Task } from '../../policy/scheduler.ts';
import { admissions } from '../admissions.ts';
import { FakeCluster, type FakeMember, newPlacement } from '../testing/fake-cluster.ts';

const roundMs = (sequences: number, tokens: number) => 20 + sequences + tokens / 1000;

/** One instance that computes prompts of 1,000 tokens at 1 ms a token, two that decode. */
function cluster(): FakeCluster {
  const members: FakeMember[] = [{ role: 'prefill' }, { role: 'decode' }, { role: 'decode' }];
  return new FakeCluster({ members, inputTokens: 1000, roundMs });
}

function create(parameters: Record<string, unknown>): Admission {
  return admissions.create({ kind: 'early-predicted', ttftSloMs: 1e9, ...parameters }, { seed: 1 });
}

function enters(admission: Admission, view: FakeCluster, task: Task): boolean {
  const placement = { ...newPlacement(), prefill: 0, decode: 1 };
  const taken = admission.atArrival(task, placement, view);
  if (taken) admission.placed?.(task, placement, view.nowMs);
  return taken;
}

function decodes(admission: Admission, view: FakeCluster, task: Task, instance: number): void {
  admission.prefillEnded?.(task, 0, view.nowMs);
  admission.decodeStarted?.(task, instance, view.nowMs);
  const member = view.members[instance] as FakeMember;
  member.decoding = (member.decoding ?? 0) + 1;
  member.contextTokens = (member.contextTokens ?? 0) + 1000;
}

/** The mean predicted round that a request arriving now is held against, to 0.5 ms. */
function predictedRound(
  make: (tbtSloMs: number) => { admission: Admission; view: FakeCluster },
): number {
  for (let slo = 0.5; slo < 200; slo += 0.5) {
    const { admission, view } = make(slo);
    if (admission.atArrival(99, { ...newPlacement(), prefill: 0, decode: 1 }, view)) return slo;
  }
  return Number.POSITIVE_INFINITY;
}

describe('early rejection based on prediction', () => {
  it('adds prompts that finish before the request would, spread over the decode instances', () => {
    const make = (prompts: number) => (tbtSloMs: number) => {
      const admission = create({ tbtSloMs, decodeMs: 1e6 });
      const view = cluster();
      for (let task = 0; task < prompts; task++) {
        const placement = { ...newPlacement(), prefill: 0, decode: 1 };
        // The books alone: the limit must not get in the way of the state under test.
        admission.atArrival(task, placement, view);
        admission.placed?.(task, placement, view.nowMs);
      }
      return { admission, view };
    };
    // The request alone: 20 + 1 + 1 ms.
    expect(predictedRound(make(0))).toBe(22);
    // One prompt: 20 + 2 + 1.5 on the first instance, 20 + 1 + 1.5 on the other.
    expect(predictedRound(make(1))).toBe(23);
    // Two: 20 + 2 + 2 on both; five: 20 + 4 + 3.5 and 20 + 3 + 3.5.
    expect(predictedRound(make(2))).toBe(24);
    expect(predictedRound(make(5))).toBe(27);
  });

  it('takes off those in decode whose time is over by then', () => {
    const make = (decodeMs: number) => (tbtSloMs: number) => {
      const admission = create({ tbtSloMs, decodeMs });
      const view = cluster();
      const placement = { ...newPlacement(), prefill: 0, decode: 1 };
      for (const [task, startMs] of [0, 300, 600].entries()) {
        admission.atArrival(task, placement, view);
        admission.placed?.(task, placement, view.nowMs);
        view.nowMs = startMs;
        decodes(admission, view, task, 1);
      }
      view.nowMs = 1000;
      return { admission, view };
    };
    // At 2,000 ms the three have decoded for 2,000, 1,700 and 1,400 ms: with all of them rounds
    // of 20 + 4 + 4 and 22 ms, with two 26 and 22, …
    expect(predictedRound(make(2001))).toBe(25);
    expect(predictedRound(make(2000))).toBe(24);
    expect(predictedRound(make(1700))).toBe(23);
    expect(predictedRound(make(1400))).toBe(22);
  });

  it('takes what early rejection would not where decodes end in time, and the reverse', () => {
    const early = () => admissions.create({ kind: 'early', tbtSloMs: 22.5 }, { seed: 1 });
    const ending = cluster();
    const predicted = create({ tbtSloMs: 22.5, decodeMs: 900 });
    const current = early();
    for (const admission of [predicted, current]) expect(enters(admission, ending, 0)).toBe(true);
    for (const admission of [predicted, current]) decodes(admission, ending, 0, 1);
    Object.assign(ending.members[1] as FakeMember, { decoding: 1, contextTokens: 1000 });
    expect(enters(predicted, ending, 1)).toBe(true);
    expect(enters(current, ending, 1)).toBe(false);

    const filling = cluster();
    const [next, now] = [create({ tbtSloMs: 22.5, decodeMs: 5000 }), early()];
    for (const admission of [next, now]) expect(enters(admission, filling, 0)).toBe(true);
    expect(enters(next, filling, 1)).toBe(false);
    expect(enters(now, filling, 1)).toBe(true);
  });

  it('counts an overdue prompt as finishing now, and forgets those that end', () => {
    const admission = create({ tbtSloMs: 22.5, decodeMs: 1e6 });
    const view = cluster();
    expect(enters(admission, view, 0)).toBe(true);
    view.nowMs = 5000;
    expect(enters(admission, view, 1)).toBe(false);
    admission.ended?.(0, 5000);
    expect(enters(admission, view, 1)).toBe(true);
  });

  it('learns how long requests decode from those that end', () => {
    const admission = create({ tbtSloMs: 22.5, initialTokens: 10, initialRoundMs: 400 });
    const view = cluster();
    expect(enters(admission, view, 0)).toBe(true);
    decodes(admission, view, 0, 1);
    view.nowMs = 2500;
    // Taken to decode for 4,000 ms from 0: still there at 3,500.
    expect(enters(admission, view, 1)).toBe(false);
    admission.ended?.(0, 2500);
    Object.assign(view.members[1] as FakeMember, { decoding: 0, contextTokens: 0 });
    expect(enters(admission, view, 2)).toBe(true);
    decodes(admission, view, 2, 1);
    view.nowMs = 4749;
    // From now on for (4,000 + 2,500) / 2 ms from 2,500: gone at 5,750, one prefill later.
    expect(enters(admission, view, 3)).toBe(false);
    view.nowMs = 4750;
    expect(enters(admission, view, 3)).toBe(true);
  });

  it('does not learn from requests that never decoded', () => {
    const admission = create({ tbtSloMs: 22.5, initialTokens: 10, initialRoundMs: 400 });
    const view = cluster();
    expect(enters(admission, view, 0)).toBe(true);
    admission.ended?.(0, 1);
    expect(enters(admission, view, 1)).toBe(true);
    decodes(admission, view, 1, 1);
    view.nowMs = 2999;
    expect(enters(admission, view, 2)).toBe(false);
    view.nowMs = 3000;
    expect(enters(admission, view, 2)).toBe(true);
  });
});
