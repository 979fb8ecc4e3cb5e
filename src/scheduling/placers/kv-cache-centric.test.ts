import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Placement, Placer } from '../../policy/placer.ts';
import { FakeCluster, type FakeMember, newPlacement, placed } from '../testing/fake-cluster.ts';
import { cacheAware } from './cache-aware.ts';
import { kvCacheCentric } from './kv-cache-centric.ts';

fc.configureGlobal({ seed: 53, numRuns: 200 });

interface Settings {
  readonly balancingThreshold?: number;
  readonly transfers?: boolean;
  readonly mode?: 'paper' | 'min';
}

function create({ balancingThreshold = 4, transfers = true, mode = 'paper' }: Settings): Placer {
  const values = { balancingThreshold, transfers, mode };
  return kvCacheCentric.create(values as never, { seed: 1 });
}

/** Requests of so many ms of prefill wait on the instances. */
function fill(placer: Placer, queueMs: readonly number[]): void {
  for (const [instance, prefillMs] of queueMs.entries()) {
    if (prefillMs === 0) continue;
    placer.placed?.(1000 + instance, { ...newPlacement(), prefill: instance, prefillMs }, 0);
  }
}

describe('Algorithm 1, three instances worked out by hand', () => {
  // 8,192 prompt tokens in blocks of 512, of which 6,144, 1,024 and 0 are resident; the queues
  // are 9, 1 and 0.5 s; 327,680 bytes of KV a token over 10 GB/s.
  const state = {
    inputTokens: 8192,
    bytesPerToken: 327_680,
    prefillMs: (n: number, p: number) => 1e3 * (1e-4 * (n - p) + 1e-9 * (n * n - p * p)),
    transferMs: (_from: number, _to: number, bytes: number) => (1e3 * bytes) / 10e9,
  };

  /** The prediction for each instance: what the other two would have to beat is put out of reach. */
  function predictions(settings: Settings): string[] {
    return [0, 1, 2].map((chosen) => {
      const placer = create(settings);
      const queues = [9000, 1000, 500].map((ms, i) => (i === chosen ? ms : ms + 1e6));
      fill(placer, queues);
      const out = placed(placer, view());
      expect(out.prefill).toBe(chosen);
      return (out.ttftMs / 1e3).toFixed(5);
    });
  }

  function view(): FakeCluster {
    const members = [{ residentBlocks: 12 }, { residentBlocks: 2 }, { residentBlocks: 0 }];
    return new FakeCluster({ ...state, members });
  }

  function choice(settings: Settings): Placement {
    const placer = create(settings);
    fill(placer, [9000, 1000, 500]);
    return placed(placer, view());
  }

  it.each<[string, Settings, string[]]>([
    ['threshold 3', { balancingThreshold: 3 }, ['9.23416', '1.40193', '0.93549']],
    ['threshold 8', { balancingThreshold: 8 }, ['9.23416', '1.78286', '0.93549']],
    ['no transfers', { transfers: false }, ['9.23416', '1.78286', '1.38631']],
  ])('%s', (_, settings, expected) => {
    expect(predictions(settings)).toEqual(expected);
    expect(choice(settings).prefill).toBe(2);
  });

  it('fetches 6,144 tokens in 0.20133 s from the holder for the instance that has none', () => {
    const out = choice({ balancingThreshold: 3 });
    expect([out.source, out.sourceBlocks]).toEqual([0, 12]);
    expect(((out.ttftMs - 500 - out.prefillMs) / 1e3).toFixed(5)).toBe('0.20133');
  });

  it('names no source without transfers', () => {
    const out = choice({ transfers: false });
    expect([out.source, out.sourceBlocks]).toEqual([-1, 0]);
    expect(out.prefillMs).toBeCloseTo(886.308864, 9);
  });
});

/** Idle but for queues; prefill 1 ms a token, the network as told. */
function choose(
  members: FakeMember[],
  settings: Settings,
  {
    queueMs = [],
    transferMs = () => 1,
  }: {
    queueMs?: readonly number[];
    transferMs?: (from: number, to: number, bytes: number) => number;
  } = {},
): Placement {
  const placer = create(settings);
  fill(placer, queueMs);
  return placed(placer, new FakeCluster({ members, inputTokens: 4096, transferMs }));
}

describe('KVCache-centric scheduling', () => {
  it('sends nothing where nobody holds anything', () => {
    const out = choose([{}, {}], { balancingThreshold: 1 }, { queueMs: [5, 0] });
    expect(out).toMatchObject({ prefill: 1, source: -1, ttftMs: 4096, prefillMs: 4096 });
  });

  it('takes an instance with nothing as infinitely far behind', () => {
    const members = [{ residentBlocks: 1 }, {}];
    const out = choose(members, { balancingThreshold: 1e9 }, { queueMs: [9000, 0] });
    expect(out).toMatchObject({ prefill: 1, source: 0, sourceBlocks: 1, ttftMs: 1 + 4096 - 512 });
  });

  it('stays local at a ratio equal to the threshold', () => {
    const members = [{ residentBlocks: 4 }, { residentBlocks: 2 }];
    const at = (balancingThreshold: number) =>
      choose(members, { balancingThreshold }, { queueMs: [9000, 0] });
    expect(at(2)).toMatchObject({ prefill: 1, source: -1, ttftMs: 4096 - 1024 });
    expect(at(1.999)).toMatchObject({ prefill: 1, source: 0, ttftMs: 1 + 4096 - 2048 });
  });

  it('pays for what the instance lacks alone', () => {
    const members = [{ residentBlocks: 6 }, { residentBlocks: 1 }];
    const transferMs = (_from: number, _to: number, bytes: number) => bytes / 100;
    const out = choose(members, {}, { queueMs: [9000, 0], transferMs });
    expect(out.ttftMs).toBeCloseTo((5 * 512) / 100 + 4096 - 6 * 512, 9);
  });

  it('lets the least loaded of the best holders send', () => {
    const members = [{ residentBlocks: 6 }, { residentBlocks: 6 }, { residentBlocks: 5 }, {}];
    const transferMs = (from: number) => [30, 20, 1][from] as number;
    const queueMs = [9000, 9000, 9000, 0];
    expect(choose(members, {}, { queueMs, transferMs })).toMatchObject({ prefill: 3, source: 1 });
  });

  it('as printed fetches even where computing is quicker; min does not', () => {
    const members = [{ residentBlocks: 1 }, {}];
    const transferMs = () => 600;
    const queueMs = [9000, 0];
    const paper = choose(members, { mode: 'paper' }, { queueMs, transferMs });
    expect(paper).toMatchObject({ prefill: 1, source: 0, ttftMs: 600 + 4096 - 512 });
    const min = choose(members, { mode: 'min' }, { queueMs, transferMs });
    expect(min).toMatchObject({ prefill: 1, source: -1, sourceBlocks: 0, ttftMs: 4096 });
  });

  it('computes one token of a prompt that is resident as a whole', () => {
    const out = choose([{ residentBlocks: 8 }], {});
    expect(out).toMatchObject({ prefill: 0, prefillMs: 1, ttftMs: 1 });
  });

  const member = fc.record({ residentBlocks: fc.integer({ min: 0, max: 8 }) });
  const random = fc.record({
    members: fc.array(member, { minLength: 1, maxLength: 6 }),
    queueMs: fc.array(fc.integer({ min: 0, max: 6000 }), { minLength: 6, maxLength: 6 }),
    perByte: fc.double({ min: 0, max: 2, noNaN: true }),
    balancingThreshold: fc.double({ min: 1, max: 9, noNaN: true }),
  });

  it('without transfers is cache-aware scheduling', () => {
    fc.assert(
      fc.property(random, ({ members, queueMs }) => {
        const local = cacheAware.create({} as never, { seed: 1 });
        const used = queueMs.slice(0, members.length);
        fill(local, used);
        const view = new FakeCluster({ members, inputTokens: 4096 });
        const out = choose(members, { transfers: false }, { queueMs: used });
        expect(out).toEqual(placed(local, view));
      }),
    );
  });

  it('predicts no later a first token with min than without transfers or as printed', () => {
    fc.assert(
      fc.property(random, ({ members, queueMs, perByte, balancingThreshold }) => {
        const transferMs = (_from: number, _to: number, bytes: number) => bytes * perByte;
        const used = queueMs.slice(0, members.length);
        const predicted = (settings: Settings) =>
          choose(members, { balancingThreshold, ...settings }, { queueMs: used, transferMs });
        const min = predicted({ mode: 'min' });
        expect(min.ttftMs).toBeLessThanOrEqual(predicted({ mode: 'paper' }).ttftMs);
        expect(min.ttftMs).toBeLessThanOrEqual(predicted({ transfers: false }).ttftMs);
        if (min.source >= 0) {
          expect(members[min.source]?.residentBlocks).toBe(min.sourceBlocks);
          expect(members[min.prefill]?.residentBlocks).toBeLessThan(min.sourceBlocks);
        }
      }),
    );
  });
});
