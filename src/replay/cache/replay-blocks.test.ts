import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvictionName } from '../../caching/policies.ts';
import { findTraceMirror } from '../../trace/mirror.ts';
import { type BlockReplayOptions, type BlockTrace, replayBlocks } from './replay-blocks.ts';

/** A trace of those requests, 1 s apart. */
function blockTrace(requests: readonly (readonly number[])[], arrivalMs?: number[]): BlockTrace {
  const offsets = new Int32Array(requests.length + 1);
  for (const [i, ids] of requests.entries()) offsets[i + 1] = offsets[i]! + ids.length;
  const values = Int32Array.from(requests.flat());
  return {
    count: requests.length,
    arrivalMs: Float64Array.from(arrivalMs ?? requests.map((_, i) => 1000 * i)),
    blocks: { offsets, values },
    uniqueBlocks: 1 + Math.max(-1, ...values),
  };
}

interface Resident {
  id: number;
  depth: number;
  admitted: number;
  touched: number;
  touchedMs: number;
  count: number;
}

/** The same rules on a list, sorted at every eviction; the future is looked up in the trace. */
function naiveHits(
  requests: readonly (readonly number[])[],
  { policy, capacity, rule, ttlMs = Infinity, touch = 'tail-first' }: BlockReplayOptions,
): number {
  let cache: Resident[] = [];
  let clock = 0;
  let hits = 0;
  const find = (id: number) => cache.find((resident) => resident.id === id);
  const nextUse = (id: number, request: number, position: number) => {
    const later = requests.findIndex((ids, i) => i > request && ids.includes(id));
    if (later === -1) return Infinity;
    return rule === 'prefix' || requests[request]!.indexOf(id) <= position ? later : request + 0.5;
  };
  const evict = (request: number, position: number, pinned: readonly number[]) => {
    const keys: Record<EvictionName, (r: Resident) => number[]> = {
      lru: (r) => [r.touched],
      ttl: (r) => [r.touched],
      fifo: (r) => [r.admitted],
      lfu: (r) => [r.count, r.touched],
      min: (r) => {
        const next = nextUse(r.id, request, position);
        const place = rule === 'block' && next < Infinity ? requests[next]!.indexOf(r.id) : 0;
        return [-next, -place, -r.depth];
      },
    };
    const order = cache
      .filter(({ id }) => !pinned.includes(id))
      .sort((a, b) => compare(keys[policy](a), keys[policy](b)));
    cache = cache.filter((resident) => resident !== order[0]);
  };
  for (const [request, ids] of requests.entries()) {
    const nowMs = 1000 * request;
    cache = cache.filter((resident) => nowMs - resident.touchedMs <= ttlMs);
    const take = (position: number, pinned: readonly number[]) => {
      const id = ids[position]!;
      const resident = find(id);
      if (!resident && cache.length >= capacity) evict(request, position, pinned);
      const now = { touched: clock++, touchedMs: nowMs };
      if (resident) Object.assign(resident, now, { count: resident.count + 1 });
      else cache.push({ id, depth: position, admitted: clock, count: 1, ...now });
    };
    const positions = ids.map((_, i) => i);
    if (rule === 'block') {
      for (const position of positions) {
        if (find(ids[position]!)) hits++;
        take(position, []);
      }
    } else {
      const miss = ids.findIndex((id) => !find(id));
      hits += miss === -1 ? ids.length : miss;
      if (touch === 'tail-first') positions.reverse();
      for (const position of positions) take(position, ids);
    }
  }
  return hits;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) if (x !== b[i]) return x < b[i]! ? -1 : 1;
  return 0;
}

/** Requests of a prefix-closed forest: each extends a prefix of an earlier one by new blocks. */
const prefixClosed = fc
  .array(fc.record({ from: fc.nat(), keep: fc.nat(5), fresh: fc.nat(2) }), { maxLength: 40 })
  .map((steps) => {
    const requests: number[][] = [];
    let unique = 0;
    for (const { from, keep, fresh } of steps) {
      const prefix = requests.length === 0 ? [] : requests[from % requests.length]!.slice(0, keep);
      const added = Array.from({ length: prefix.length === 0 ? 1 + fresh : fresh }, () => unique++);
      requests.push([...prefix, ...added]);
    }
    return requests;
  });

describe('replayBlocks', () => {
  it.each(['lru', 'fifo', 'lfu', 'min', 'ttl'] as const)(
    'agrees with a plain %s list',
    (policy) => {
      fc.assert(
        fc.property(
          prefixClosed,
          fc.integer({ min: 8, max: 20 }),
          fc.constantFrom('prefix', 'block'),
          fc.constantFrom('tail-first', 'head-first'),
          fc.integer({ min: 1, max: 12 }),
          (requests, capacity, rule, touch, ttlS) => {
            const ttlMs = policy === 'ttl' ? 1000 * ttlS : Infinity;
            const options = { policy, capacity, rule, touch, ttlMs };
            const { hits } = replayBlocks(blockTrace(requests), options);
            expect(hits).toBe(naiveHits(requests, options));
          },
        ),
        { numRuns: 300 },
      );
    },
  );

  it('never has more hits than Belady, nor fewer with more capacity under LRU', () => {
    fc.assert(
      fc.property(prefixClosed, fc.integer({ min: 8, max: 20 }), (requests, capacity) => {
        const hits = (policy: EvictionName, blocks = capacity) =>
          replayBlocks(blockTrace(requests), { policy, capacity: blocks, rule: 'block' }).hits;
        for (const policy of ['lru', 'fifo', 'lfu'] as const) {
          expect(hits(policy)).toBeLessThanOrEqual(hits('min'));
        }
        expect(hits('lru')).toBeLessThanOrEqual(hits('lru', capacity + 1));
      }),
    );
  });

  it('counts a resident block behind the first miss as no hit, but keeps it', () => {
    // FIFO gives up block 0 for block 3; 1 and 2 stay without it.
    const requests = [[0, 1, 2], [3], [0, 1, 2], [0, 1, 2]];
    const options = { policy: 'fifo', capacity: 3, rule: 'prefix', touch: 'head-first' } as const;
    const perRequest: number[] = [];
    const onRequest = (_: number, hits: number) => perRequest.push(hits);
    replayBlocks(blockTrace(requests), { ...options, onRequest });
    expect(perRequest).toEqual([0, 0, 0, 3]);
  });

  it('keeps a block for its lifetime and not a millisecond more', () => {
    const options = { policy: 'ttl', capacity: Infinity, rule: 'prefix', ttlMs: 500 } as const;
    const requests = [[0], [0], [0]];
    expect(replayBlocks(blockTrace(requests, [0, 500, 1001]), options).hits).toBe(1);
  });

  it('splits references and hits between the halves of the trace', () => {
    const options = { policy: 'lru', capacity: Infinity, rule: 'prefix' } as const;
    expect(replayBlocks(blockTrace([[0], [0, 1], [0, 1, 2]]), options)).toEqual({
      references: 6,
      hits: 3,
      hitRatio: 0.5,
      firstHalfReferences: 1,
      firstHalfHits: 0,
      evictions: 0,
    });
  });

  it('refuses a capacity below the longest request, and a trace without blocks', () => {
    const trace = blockTrace([[0, 1, 2]]);
    const options = { policy: 'lru', capacity: 2, rule: 'prefix' } as const;
    expect(() => replayBlocks(trace, options)).toThrow('invalid capacity 2: at least 3 blocks');
    expect(() => replayBlocks({ ...trace, blocks: null }, options)).toThrow('without block_ids');
  });

  it('takes an empty trace', () => {
    const options = { policy: 'min', capacity: 5, rule: 'block' } as const;
    expect(replayBlocks(blockTrace([]), options)).toMatchObject({ references: 0, hitRatio: 0 });
  });
});

const mirror = findTraceMirror();
const capacities = [1_000, 5_000, 10_000, 30_000, 50_000, 100_000];

/** Mooncake JSONL, read in the plainest way. */
function publicTrace(name: string): BlockTrace {
  const text = readFileSync(join(mirror!, 'mooncake', `${name}_trace.jsonl`), 'utf8');
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { timestamp: number; hash_ids: number[] });
  const offsets = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) offsets[i + 1] = offsets[i]! + row.hash_ids.length;
  const values = new Int32Array(offsets.at(-1)!);
  for (const [i, row] of rows.entries()) values.set(row.hash_ids, offsets[i]);
  const arrivalMs = Float64Array.from(rows, (row) => row.timestamp);
  const uniqueBlocks = values.reduce((most, id) => Math.max(most, id + 1), 0);
  return { count: rows.length, arrivalMs, blocks: { offsets, values }, uniqueBlocks };
}

type Golden = [EvictionName, 'prefix' | 'block', 'tail-first' | 'head-first', number[]];

const conversation: Golden[] = [
  ['lru', 'prefix', 'tail-first', [12_847, 32_260, 61_046, 93_978, 102_290, 104_924]],
  ['lru', 'prefix', 'head-first', [12_831, 31_840, 60_921, 93_967, 102_290, 104_924]],
  ['lru', 'block', 'tail-first', [12_831, 31_840, 60_921, 93_967, 102_290, 104_924]],
  ['fifo', 'prefix', 'tail-first', [12_840, 30_698, 52_403, 84_808, 96_231, 102_804]],
  ['fifo', 'prefix', 'head-first', [12_824, 30_505, 52_338, 84_635, 96_231, 102_804]],
  ['fifo', 'block', 'tail-first', [12_559, 30_780, 53_812, 87_152, 98_096, 103_651]],
  ['lfu', 'prefix', 'tail-first', [13_871, 26_642, 38_004, 79_613, 99_205, 104_755]],
  ['lfu', 'block', 'tail-first', [13_871, 26_626, 38_013, 79_595, 99_189, 104_755]],
  ['min', 'prefix', 'tail-first', [51_705, 97_995, 105_710, 105_710, 105_710, 105_710]],
  ['min', 'block', 'tail-first', [54_994, 98_444, 105_710, 105_710, 105_710, 105_710]],
];
const synthetic: Golden[] = [
  ['lru', 'prefix', 'tail-first', [10_252, 34_043, 51_669, 76_077, 77_953]],
  ['lru', 'prefix', 'head-first', [10_050, 34_018, 51_614, 76_077, 77_953]],
  ['lru', 'block', 'tail-first', [10_050, 34_018, 51_614, 76_077, 77_953]],
  ['fifo', 'prefix', 'tail-first', [10_262, 32_561, 48_578, 72_411, 77_953]],
  ['fifo', 'prefix', 'head-first', [9_986, 32_379, 48_385, 72_411, 77_953]],
  ['fifo', 'block', 'tail-first', [9_597, 32_387, 48_633, 72_529, 77_953]],
  ['lfu', 'prefix', 'tail-first', [6_104, 24_977, 44_139, 76_290, 77_953]],
  ['lfu', 'block', 'tail-first', [4_885, 24_049, 43_602, 76_290, 77_953]],
  ['min', 'prefix', 'tail-first', [32_803, 64_063, 75_241, 77_953, 77_953]],
  ['min', 'block', 'tail-first', [33_713, 64_135, 75_315, 77_953, 77_953]],
];
/** Hits of unlimited caches under the prefix rule whose blocks live so many seconds. */
const lifetimesS = [30, 60, 120, 300, 600, 1_200, 1_800];
const lifetimeHits = {
  conversation: [16_901, 29_821, 55_279, 83_010, 99_061, 103_701, 104_868],
  synthetic: [26_242, 39_202, 53_223, 71_228, 77_265, 77_953, 77_953],
};

describe.skipIf(!mirror).each([
  ['conversation', conversation],
  ['synthetic', synthetic],
] as const)(
  'replayBlocks on the public %s trace (skipped without a trace mirror)',
  (name, rows) => {
    const trace = mirror ? publicTrace(name) : blockTrace([]);

    it.each(rows as Golden[])('%s, rule %s, %s', (policy, rule, touch, golden) => {
      const hits = golden.map(
        (_, i) => replayBlocks(trace, { policy, rule, touch, capacity: capacities[i]! }).hits,
      );
      expect(hits).toEqual(golden);
    });

    it('ttl', () => {
      const options = { policy: 'ttl', rule: 'prefix', capacity: Infinity } as const;
      const hits = lifetimesS.map((s) => replayBlocks(trace, { ...options, ttlMs: 1000 * s }).hits);
      expect(hits).toEqual(lifetimeHits[name]);
    });
  },
);
