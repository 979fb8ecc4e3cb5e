import { describe, expect, it } from 'vitest';
import { equalAtTokens } from '../../caching/prefill-cost.ts';
import { BlockStream } from './block-stream.ts';
import { replayStream } from './replay-blocks.ts';
import { savedWork } from './saved-work.ts';
import { lruCurve } from './stack-distances.ts';
import { blockTrace } from './testing/block-traces.ts';

/** Blocks of 1000 tokens; the last of each prompt holds 500. */
const trace = blockTrace([[0, 1], [0, 1, 2], [3]], {
  blockSize: 1000,
  inputTokens: [1500, 2500, 500],
});
const cost = (tokens: number) => tokens + tokens ** 2 / equalAtTokens;

function saved(rule: 'prefix' | 'block') {
  const stream = new BlockStream(trace);
  const marks = new Uint8Array(stream.ids.length);
  replayStream(stream, { policy: { kind: 'lru' }, capacity: 10, rule, marks });
  return { stream, marks };
}

describe('savedWork', () => {
  it.each(['prefix', 'block'] as const)(
    'weighs hits by tokens and prefill time, rule %s',
    (rule) => {
      const { stream, marks } = saved(rule);
      const work = savedWork(stream, marks)!;
      expect(work.tokenRatio).toBeCloseTo(2000 / 4500, 12);
      const all = cost(1500) + cost(2500) + cost(500);
      expect(work.prefillRatio).toBeCloseTo(cost(2000) / all, 12);
      const curve = lruCurve(stream, { rule }).at(10);
      expect(curve.saved!.tokenRatio).toBeCloseTo(work.tokenRatio, 12);
      expect(curve.saved!.prefillRatio).toBeCloseTo(work.prefillRatio, 12);
    },
  );

  it('counts only the tokens that a partial block holds', () => {
    const repeated = blockTrace([[0], [0]], { blockSize: 1000, inputTokens: [300, 300] });
    const stream = new BlockStream(repeated);
    expect(savedWork(stream, Uint8Array.of(0, 1))?.tokenRatio).toBe(0.5);
  });

  it('gives nothing without a block size or without tokens', () => {
    const { stream, marks } = saved('block');
    const sizeless = new BlockStream({ ...trace, meta: { blockSize: null } });
    expect(savedWork(sizeless, marks)).toBeNull();
    expect(lruCurve(sizeless, { rule: 'block' }).at(5).saved).toBeNull();
    expect(savedWork(new BlockStream(blockTrace([])), new Uint8Array(0))).toBeNull();
    expect(stream.references).toBe(6);
  });
});
