import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeElsewhere, roundWith, selectDecode } from './decode-selection.ts';
import { FakeCluster, type FakeMember, newPlacement } from './testing/fake-cluster.ts';

fc.configureGlobal({ seed: 52, numRuns: 300 });

const roundMs = (sequences: number, tokens: number) => 20 + sequences + tokens / 1000;

function decoders(members: readonly FakeMember[], inputTokens = 1000): FakeCluster {
  return new FakeCluster({
    members: members.map((one) => ({ role: 'decode', ...one })),
    inputTokens,
    roundMs,
  });
}

describe('decode selection', () => {
  it('takes the smallest predicted round with the request and those bound for it in the batch', () => {
    const view = decoders([
      { decoding: 4, contextTokens: 9000 },
      { decoding: 3, contextTokens: 9000, inbound: 2, inboundTokens: 500 },
      { decoding: 8, contextTokens: 2000 },
    ]);
    expect([0, 1, 2].map((one) => roundWith(view, 0, one))).toEqual([35, 36.5, 32]);
    expect(selectDecode(view, 0)).toEqual({ instance: 2, roundMs: 32 });
  });

  it('takes the first of equals', () => {
    expect(selectDecode(decoders([{ decoding: 1 }, {}, {}]), 0).instance).toBe(1);
  });

  it('leaves out instances whose memory the request would overfill', () => {
    const view = decoders([
      { kvCapacityTokens: 2999, contextTokens: 1500, inboundTokens: 500 },
      { kvCapacityTokens: 3000, contextTokens: 1500, inboundTokens: 500, decoding: 9 },
    ]);
    expect(selectDecode(view, 0)).toEqual({ instance: 1, roundMs: 33 });
  });

  it('takes the one with most room where none has enough', () => {
    const view = decoders([
      { kvCapacityTokens: 900, contextTokens: 100 },
      { kvCapacityTokens: 2000, contextTokens: 1100 },
    ]);
    expect(selectDecode(view, 0)).toEqual({ instance: 1, roundMs: 23.1 });
  });

  it('agrees with a search over all instances', () => {
    const member = fc.record({
      decoding: fc.integer({ min: 0, max: 5 }),
      contextTokens: fc.integer({ min: 0, max: 3000 }),
      inbound: fc.integer({ min: 0, max: 2 }),
      inboundTokens: fc.integer({ min: 0, max: 1000 }),
      kvCapacityTokens: fc.integer({ min: 1000, max: 5000 }),
    });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), (members) => {
        const view = decoders(members);
        const scored = members.map((one, instance) => ({
          instance,
          roundMs: roundWith(view, 0, instance),
          room: one.kvCapacityTokens - one.contextTokens - one.inboundTokens,
        }));
        const fitting = scored.filter(({ room }) => room >= 1000);
        const best =
          fitting.toSorted((a, b) => a.roundMs - b.roundMs)[0] ??
          scored.toSorted((a, b) => b.room - a.room)[0];
        expect(selectDecode(view, 0)).toEqual({ instance: best?.instance, roundMs: best?.roundMs });
      }),
    );
  });
});

describe('decode elsewhere', () => {
  it('leaves a request where it is that can stay', () => {
    const out = { ...newPlacement(), prefill: 1 };
    decodeElsewhere(new FakeCluster({ members: [{}, {}] }), 0, out);
    expect(out).toEqual({ ...newPlacement(), prefill: 1 });
  });

  it('names an instance that decodes, and its predicted round, where it cannot', () => {
    const members: FakeMember[] = [{ role: 'prefill' }, { role: 'decode' }, { role: 'decode' }];
    const out = { ...newPlacement(), prefill: 0 };
    decodeElsewhere(new FakeCluster({ members, roundMs, inputTokens: 2000 }), 0, out);
    expect(out).toEqual({ ...newPlacement(), prefill: 0, decode: 1, roundMs: 23 });
  });
});
