import { describe, expect, it } from 'vitest';
import { FakeInstance } from '../testing/fake-instance.ts';
import { runRounds } from '../testing/round-engine.ts';
import { skipJoinMlfq } from './skip-join-mlfq.ts';

function scheduler(options: object = {}) {
  const values = {
    batching: 'mixed',
    budget: 100,
    maxSequences: 1,
    quantumMs: 8,
    levels: 4,
    starvationMs: 1000,
    ...options,
  };
  return skipJoinMlfq.create(values as never, { seed: 1 });
}

const roomy = { capacityBlocks: 1000, blockTokens: 1, slots: 0 };

function moves(log: readonly string[]): string[] {
  return log.filter((line) => !/work/.test(line)).map((line) => line.split(' ').slice(1).join(' '));
}

describe('skip-join MLFQ', () => {
  it('puts a long prompt behind short ones that came with it or after it', () => {
    const instance = new FakeInstance({ waiting: [{ tokens: 30 }, { tokens: 7 }, { tokens: 9 }] });
    // Predicted prefill: 30, 7 and 9 ms; quanta 8, 16, 32.
    scheduler({ maxSequences: 9 }).plan(instance, instance);
    const admits = instance.log.filter((line) => /admit/.test(line));
    expect(admits).toEqual(['admit 1', 'admit 2', 'admit 0']);
  });

  it('swaps out a request that has spent its quantum when a new one comes, and resumes it', () => {
    const requests = [
      { arrivalMs: 0, input: 4, output: 30 },
      { arrivalMs: 20, input: 4, output: 2 },
    ];
    const { log } = runRounds({ ...roomy, requests }, scheduler(), 'fast');
    expect(moves(log)).toEqual(['admit 0', 'pause (swap) 0', 'admit 1', 'resume 0']);
  });

  it('lets a request within its quantum go on', () => {
    const requests = [
      { arrivalMs: 0, input: 4, output: 30 },
      { arrivalMs: 20, input: 4, output: 2 },
    ];
    const { log } = runRounds({ ...roomy, requests }, scheduler({ quantumMs: 500 }), 'fast');
    expect(moves(log)).toEqual(['admit 0', 'admit 1']);
  });

  it('brings back a request that has been out of service too long', () => {
    const short = Array.from({ length: 30 }, (_, i) => ({
      arrivalMs: 5 * i,
      input: 4,
      output: 3,
    }));
    const requests = [{ arrivalMs: 0, input: 40, output: 1 }, ...short];
    const endOf = (starvationMs: number) =>
      runRounds({ ...roomy, requests }, scheduler({ starvationMs }), 'fast').requests[0]?.endMs;
    expect(endOf(60)).toBeLessThan(endOf(100_000) as number);
  });

  it('swaps out the last of the lowest queue where a round does not fit', () => {
    const decoding = [
      { growth: 1, blocks: 2 },
      { growth: 1, blocks: 2 },
    ];
    const instance = new FakeInstance({ decoding, freeBlocks: 0 });
    scheduler({ maxSequences: 9 }).plan(instance, instance);
    expect(instance.log[0]).toMatch(/^pause \d swap$/);
    expect(instance.log.slice(1)).toEqual(['decodes', 'hold {"rounds":1}']);
  });
});
