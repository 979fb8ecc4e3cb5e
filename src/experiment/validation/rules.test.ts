import { describe, expect, it } from 'vitest';
import { systemOf } from './logged-system.ts';
import { scenarioOf, schedulerOf } from './rules.ts';

describe('schedulerOf', () => {
  it.each([
    ['chunked-2048', { kind: 'chunked-prefill', budget: 2048 }],
    ['chunked-512', { kind: 'chunked-prefill', budget: 512 }],
    ['prefill-first', { kind: 'prefill-first', maxBatchedTokens: 8192 }],
  ])('%s is a scheduler of ours that reserves whole sequences', (rules, scheduler) => {
    expect(schedulerOf(rules)).toEqual({ ...scheduler, maxSequences: 128, reserve: 'sequence' });
  });

  it.each(['chunked', 'chunked-0', 'prefill-frist'])('refuses %s', (rules) => {
    expect(() => schedulerOf(rules)).toThrow('unknown rules');
  });
});

describe('scenarioOf', () => {
  it('is one instance with the pages of the engine', () => {
    const system = systemOf({ profile: 'kernels-only', model: 'llama-3.1-8b', tp: 1 });
    const [group] = scenarioOf('chunked-512', system).groups;
    expect(group).toMatchObject({ count: 1, gpu: 'h200', model: 'llama-3.1-8b' });
    expect(group?.kv).toMatchObject({ capacityTokens: 4599 * 128, blockSize: 128 });
  });
});

describe('systemOf', () => {
  const named = { model: 'llama-3.1-8b', tp: 1 };

  it('takes a GPU for the engine measured on it, an engine for its GPU', () => {
    const system = { ...named, gpu: 'h200', profile: 'h200-research-engine' };
    expect(systemOf({ ...named, profile: 'h200' })).toEqual(system);
    expect(systemOf({ ...named, profile: 'h200-research-engine' })).toEqual(system);
  });

  it('takes the default engine on a GPU where none was measured', () => {
    const { gpu, profile } = systemOf({ ...named, profile: 'a100' });
    expect([gpu, profile]).toEqual(['a100-80gb', 'modern-cuda-graphs']);
  });

  it('refuses what is neither, and a GPU that contradicts the profile', () => {
    expect(() => systemOf({ ...named, profile: 'h2000' })).toThrow('did you mean h200?');
    expect(() => systemOf({ ...named, profile: 'h200', gpu: 'a100' })).toThrow('another GPU');
  });
});
