import { describe, expect, it } from 'vitest';
import { computed, FakeHandOff } from '../testing/fake-hand-off.ts';
import type { FakeState } from '../testing/fake-instance.ts';
import { chunkedPrefill } from './chunked-prefill.ts';
import { orca } from './orca.ts';
import { prefillFirst } from './prefill-first.ts';

const values = {
  budget: 10,
  maxBatchedTokens: 10,
  maxSequences: 256,
  maxSequenceTokens: 0,
  watermark: 0,
};

describe.each([
  ['chunked-prefill', chunkedPrefill],
  ['prefill-first', prefillFirst],
  ['orca', orca],
])('a prompt that another instance has computed, under %s', (kind, policy) => {
  function plan(state: FakeState): string[] {
    const instance = new FakeHandOff(state);
    const parameters = { ...values, reserve: kind === 'orca' ? 'sequence' : 'prompt' };
    policy.create(parameters as never, { seed: 1 }).plan(instance, instance);
    return instance.log;
  }

  it('joins a round of its own where nothing else runs', () => {
    expect(plan({ waiting: [computed({ tokens: 5000 })] })).toEqual(['admit 0', 'decodes']);
  });

  it('joins the round of those that decode already, which counts it in', () => {
    const log = plan({ waiting: [computed(), computed()], decoding: [{}] });
    expect(log.filter((line) => line !== 'decodes')).toEqual(['admit 0', 'admit 1']);
    expect(log.at(-1)).toBe('decodes');
  });

  it('is given no prompt tokens beside a prompt that is', () => {
    const log = plan({ waiting: [computed({ tokens: 7 }), { tokens: 4 }] });
    expect(log.slice(0, 3)).toEqual(['admit 0', 'admit 1', 'work 1: 4']);
    // Prompts run before any decode goes on in prefill-first, and with them in the others.
    expect(log.slice(3)).toEqual(kind === 'prefill-first' ? [] : ['decodes']);
  });

  it('waits where its KV does not fit', () => {
    const state = { waiting: [computed({ blocks: 5 })], decoding: [{}], freeBlocks: 4 };
    expect(plan(state)).toEqual(['decodes']);
  });

  it('waits where its first round would not fit, and is not preempted as it joins', () => {
    const state = { waiting: [computed({ blocks: 4, growth: 1 })], decoding: [{}], freeBlocks: 4 };
    if (kind === 'orca') return expect(plan(state)).toEqual(['decodes', 'admit 0', 'decodes']);
    expect(plan(state)).toEqual(['decodes']);
    expect(plan({ ...state, freeBlocks: 5 }).at(-1)).toBe('decodes');
    expect(plan({ ...state, freeBlocks: 5 })).toContain('admit 0');
  });
});
