import { describe, expect, it } from 'vitest';
import type { Admission } from '../../policy/admission.ts';
import type { Task } from '../../policy/scheduler.ts';
import { admissions } from '../admissions.ts';
import { FakeCluster, type FakeMember, newPlacement } from '../testing/fake-cluster.ts';

const roundMs = (sequences: number, tokens: number) => 20 + sequences + tokens / 1000;

interface Facts {
  readonly inputTokens?: number;
  readonly predictedOutput?: (task: Task) => number;
}

/** Instances that compute prompts at 1 ms a token, and one that decodes. */
function cluster({ inputTokens = 1000, predictedOutput }: Facts = {}): FakeCluster {
  const members: FakeMember[] = [{ role: 'prefill' }, { role: 'decode' }];
  return new FakeCluster({
    members,
    inputTokens,
    roundMs,
    ...(predictedOutput && { predictedOutput }),
  });
}

function create(kind: string, parameters: Record<string, unknown> = {}): Admission {
  return admissions.create({ kind, ttftSloMs: 1e9, ...parameters }, { seed: 1 });
}

function enters(admission: Admission, view: FakeCluster, task: Task): boolean {
  const placement = { ...newPlacement(), prefill: 0, decode: 1 };
  const taken = admission.atArrival(task, placement, view);
  if (taken) admission.placed?.(task, placement, view.nowMs);
  return taken;
}

function decodes(admission: Admission, view: FakeCluster, task: Task): void {
  admission.prefillEnded?.(task, 0, view.nowMs);
  admission.decodeStarted?.(task, 1, view.nowMs);
  const member = view.members[1] as FakeMember;
  member.decoding = (member.decoding ?? 0) + 1;
  member.contextTokens = (member.contextTokens ?? 0) + 1000;
}

function leaves(admission: Admission, view: FakeCluster, task: Task): void {
  admission.ended?.(task, view.nowMs);
  const member = view.members[1] as FakeMember;
  member.decoding = (member.decoding ?? 0) - 1;
  member.contextTokens = (member.contextTokens ?? 0) - 1000;
}

describe('later arrivals repeated', () => {
  /** One request came 900 ms ago and has decoded since 400 ms ago, if it still does. */
  const joined = (laterArrivals: string, { tbtSloMs = 26, ends = false, decodeMs = 1e6 } = {}) => {
    const admission = create('early-predicted', { tbtSloMs, decodeMs, laterArrivals });
    const view = cluster();
    view.nowMs = 100;
    expect(enters(admission, view, 0)).toBe(true);
    view.nowMs = 600;
    decodes(admission, view, 0);
    view.nowMs = 1000;
    if (ends) leaves(admission, view, 0);
    return { admission, view };
  };

  it('adds a request as each that was taken in and joined within a span as long', () => {
    // 1,000 ms to the landing. The round with the request itself: 20 + 2 + 2, and 2 for another.
    const asked = (laterArrivals: string, tbtSloMs: number) => {
      const { admission, view } = joined(laterArrivals, { tbtSloMs });
      return enters(admission, view, 1);
    };
    expect([23.9, 24].map((slo) => asked('none', slo))).toEqual([false, true]);
    expect([25.9, 26].map((slo) => asked('repeated', slo))).toEqual([false, true]);
  });

  it('looks back no further than it looks ahead', () => {
    const { admission, view } = joined('repeated', { tbtSloMs: 25.9 });
    view.nowMs = 1099.9;
    expect(enters(admission, view, 1)).toBe(false);
    view.nowMs = 1100;
    expect(enters(admission, view, 1)).toBe(true);
  });

  it('counts those that have ended since, and none whose decode would be over', () => {
    const ended = joined('repeated', { tbtSloMs: 23.9, ends: true });
    expect(enters(ended.admission, ended.view, 1)).toBe(false);
    const over = joined('repeated', { tbtSloMs: 23.9, ends: true, decodeMs: 400 });
    expect(enters(over.admission, over.view, 1)).toBe(true);
  });

  it('counts none that has not reached decode', () => {
    const admission = create('early-predicted', { tbtSloMs: 25, laterArrivals: 'repeated' });
    const view = cluster();
    expect(enters(admission, view, 0)).toBe(true);
    // The first in the books and the request itself: 20 + 2 + 2.
    expect(enters(admission, view, 1)).toBe(true);
  });
});

describe('early-oracle', () => {
  it('lets every request decode for its own predicted output, at the present round', () => {
    const asked = (tokens: number, tbtSloMs: number) => {
      const admission = create('early-oracle', { tbtSloMs });
      const view = cluster({ predictedOutput: () => tokens });
      expect(enters(admission, view, 0)).toBe(true);
      decodes(admission, view, 0);
      // A round of one request: 20 + 1 + 1 ms; 1,000 ms to the landing.
      return enters(admission, view, 1);
    };
    // 46 more tokens take 1,012 ms, 45 take 990: still there, or gone and a round of 22 ms.
    expect(asked(47, 23)).toBe(false);
    expect(asked(47, 24)).toBe(true);
    expect(asked(46, 23)).toBe(true);
  });

  it('tells requests apart, unlike a uniform duration', () => {
    const admission = create('early-oracle', { tbtSloMs: 24 });
    const view = cluster({ predictedOutput: (task) => (task === 0 ? 2 : 1e6) });
    for (const task of [0, 1]) {
      expect(enters(admission, view, task)).toBe(true);
      decodes(admission, view, task);
    }
    // The first leaves, the second stays: 20 + 2 + 2.
    expect(enters(admission, view, 2)).toBe(true);
    decodes(admission, view, 2);
    expect(enters(admission, view, 3)).toBe(false);
  });

  it('refuses a decode group that predicts no lengths, and says where', () => {
    const admission = create('early-oracle');
    const view = cluster();
    const first = { ...newPlacement(), prefill: 0, decode: 1 };
    admission.atArrival(0, first, view);
    admission.placed?.(0, first, 0);
    expect(() => admission.atArrival(1, first, view)).toThrow(/groups\.N\.lengths/);
  });

  it('is no oracle by itself: what its group predicts with is', () => {
    expect(admissions.oraclesOf({ kind: 'early-oracle' })).toEqual([]);
  });
});
