import { describe, expect, it } from 'vitest';
import { cachePolicies } from '../../caching/policies.ts';
import { readTrace } from '../../trace/read.ts';
import type { HitRule } from './block-stream.ts';
import { BlockStream } from './block-stream.ts';
import { replayBlocks } from './replay-blocks.ts';
import { thinned } from './testing/block-traces.ts';
import { naiveReplay } from './testing/naive-cache.ts';

/** 442 prompts of the shipped trace: 3,615 references of 2,333 blocks. */
const trace = thinned((await readTrace('kimi-like')).trace);
const stream = new BlockStream(trace);
const requests = Array.from({ length: stream.count }, (_, i) => [
  ...stream.ids.subarray(stream.offsets[i], stream.offsets[i + 1]),
]);
const partial = requests.map((ids, i) => trace.inputTokens[i]! < 512 * ids.length);
const arrivalMs = [...trace.arrivalMs];
const capacities = [100, 400];

/** Hits at both capacities under the prefix and the block rule. */
const hits: Record<string, Record<HitRule, number[]>> = {
  lru: { prefix: [766, 1_183], block: [766, 1_183] },
  fifo: { prefix: [709, 1_138], block: [704, 1_138] },
  clock: { prefix: [741, 1_198], block: [747, 1_185] },
  lfu: { prefix: [605, 1_061], block: [593, 1_050] },
  'lfu-perfect': { prefix: [664, 1_075], block: [662, 1_061] },
  'lfu-da': { prefix: [740, 1_196], block: [726, 1_187] },
  'length-aware': { prefix: [600, 837], block: [589, 818] },
  gdsf: { prefix: [731, 1_198], block: [726, 1_202] },
  sieve: { prefix: [589, 1_061], block: [593, 1_050] },
  's3-fifo': { prefix: [645, 1_089], block: [632, 1_098] },
  '2q': { prefix: [610, 1_134], block: [621, 1_139] },
  slru: { prefix: [605, 1_067], block: [593, 1_054] },
  arc: { prefix: [697, 1_112], block: [681, 1_104] },
  lirs: { prefix: [778, 1_091], block: [796, 877] },
  'w-tinylfu': { prefix: [545, 798], block: [582, 873] },
  'lru-k': { prefix: [756, 1_075], block: [761, 1_061] },
  hyperbolic: { prefix: [759, 1_180], block: [752, 1_184] },
  ttl: { prefix: [766, 1_106], block: [766, 1_106] },
  'session-aware': { prefix: [748, 1_183], block: [732, 1_183] },
  'reuse-rate': { prefix: [747, 1_221], block: [747, 1_221] },
  'sglang-radix': { prefix: [766, 1_183], block: [766, 1_183] },
  vllm: { prefix: [764, 1_181], block: [764, 1_181] },
  min: { prefix: [1_248, 1_282], block: [1_264, 1_282] },
};

describe('block replay of a thinned shipped trace', () => {
  it('knows every policy', () => {
    expect(Object.keys(hits)).toEqual(cachePolicies.all().map(({ kind }) => kind));
    expect([stream.references, stream.blocks]).toEqual([3_615, 2_333]);
  });

  describe.each(Object.entries(hits))('%s', (kind, byRule) => {
    it.each(['prefix', 'block'] as const)(
      'has the same hits by a plain reading, %s rule',
      (rule) => {
        const policy = { kind };
        const fast = capacities.map((capacity) => {
          return replayBlocks(stream, { policy, capacity, rule }).hits;
        });
        const plain = capacities.map((capacity) => {
          const steps = naiveReplay(requests, { policy, capacity, rule, arrivalMs, partial });
          return steps.reduce((sum, step) => sum + step.hits, 0);
        });
        expect(fast).toEqual(byRule[rule]);
        expect(plain).toEqual(byRule[rule]);
      },
    );
  });
});
