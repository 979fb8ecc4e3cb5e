import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../trace/read.ts';
import { InputError } from '../../units/input-error.ts';
import { type Backlog, type PrefillTimes, type StageTimes, stageMs } from './backlog.ts';
import { kvRoundsBound } from './kv-bound.ts';
import { makespanBound } from './makespan-bound.ts';

const { inputTokens, outputTokens } = (await readTrace('gsm8k')).trace;
const reference: Backlog = { inputTokens, outputTokens, clients: 200 };
const noFixedPart = {
  roundMs: 36.964,
  perSequenceMs: 0.1887,
  prefillBatchMs: 0,
  prefillTokenMs: 0.115,
};
const fixedPart = { ...noFixedPart, roundMs: 29.321, perSequenceMs: 0.22692, prefillBatchMs: 5 };

describe('the makespan bound', () => {
  it('is 180.30 s on the reference backlog', () => {
    const bound = makespanBound(reference, noFixedPart);
    expect(bound).toMatchObject({ rounds: 2275, stages: 7 });
    expect(bound.totalMs / 1000).toBeCloseTo(180.3, 2);
  });

  it('is 180.33 s with 5 ms for each of at least 7 prefill stages', () => {
    const { stages, totalMs } = makespanBound(reference, fixedPart);
    expect(stages).toBe(7);
    expect(totalMs / 1000).toBeCloseTo(180.33, 2);
  });

  it('counts stages by their tokens where those are scarcer than clients', () => {
    expect(makespanBound({ ...reference, stageTokens: 4096 }, fixedPart).stages).toBe(23);
  });

  it('is no less than the longest request', () => {
    const one = { inputTokens: [5], outputTokens: [30], clients: 4 };
    expect(makespanBound(one, fixedPart)).toMatchObject({ rounds: 30, stages: 1 });
  });

  it('takes the cheapest levels that hold all prompts, by trying all counts of them', () => {
    const level = fc.record({
      ms: fc.integer({ min: 1, max: 9 }),
      tokens: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.tuple(level, level), fc.integer({ min: 1, max: 40 }), ([one, two], tokens) => {
        const counts = Array.from(
          { length: 41 * 41 },
          (_, i) => [i % 41, Math.floor(i / 41)] as const,
        );
        const costs = counts
          .filter(([m, n]) => m * one.tokens + n * two.tokens >= tokens)
          .map(([m, n]) => m * one.ms + n * two.ms);
        const inputTokens = new Int32Array(tokens).fill(1);
        const backlog = { inputTokens, outputTokens: inputTokens, clients: tokens };
        const bound = makespanBound(backlog, { roundMs: 0, perSequenceMs: 0, levels: [one, two] });
        expect(bound.totalMs).toBe(Math.min(...costs));
      }),
    );
  });

  it('pays the cheapest level for each stage that the clients need', () => {
    const backlog = { inputTokens: [1, 1, 1], outputTokens: [1, 1, 1], clients: 1 };
    const levels = [{ ms: 4, tokens: 100 }];
    expect(makespanBound(backlog, { roundMs: 0, perSequenceMs: 0, levels }).totalMs).toBe(12);
  });

  it.each([
    ['no client', { clients: 0 }],
    ['an empty output', { outputTokens: [4, 0] }],
    ['columns of two lengths', { outputTokens: [4] }],
    ['a prompt larger than a stage', { stageTokens: 6 }],
  ])('refuses %s', (_, part) => {
    const backlog = { inputTokens: [7, 5], outputTokens: [4, 4], clients: 2, ...part };
    expect(() => makespanBound(backlog, noFixedPart)).toThrow(InputError);
  });

  it('refuses a negative time', () => {
    const times = { ...noFixedPart, prefillBatchMs: -1 };
    expect(() => makespanBound(reference, times)).toThrow('invalid time -1 ms');
  });
});

/** First come, first served, prompts first: the simplest schedule there is. */
function inOrderMs({ inputTokens, outputTokens, clients }: Backlog, times: StageTimes): number {
  let next = 0;
  let active: number[] = [];
  let ms = 0;
  while (next < inputTokens.length || active.length > 0) {
    let tokens = 0;
    const before = active.length;
    while (next < inputTokens.length && active.length < clients) {
      if (tokens + inputTokens[next]! > stageTokens) break;
      tokens += inputTokens[next]!;
      active.push(outputTokens[next++]!);
    }
    if (active.length > before) ms += stageMs(times, tokens);
    ms += times.roundMs + times.perSequenceMs * active.length;
    active = active.map((left) => left - 1).filter((left) => left > 0);
  }
  return ms;
}

const stageTokens = 80;

it('the makespan bound is not above the time of first come, first served', () => {
  const lengths = fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 40 })), {
    maxLength: 20,
  });
  const prefill: fc.Arbitrary<PrefillTimes> = fc.oneof(
    fc.record({ prefillBatchMs: fc.nat(20), prefillTokenMs: fc.constantFrom(0, 0.1, 1) }),
    fc.constant({
      levels: [
        { ms: 3, tokens: 40 },
        { ms: 5, tokens: 200 },
      ],
    }),
  );
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 4 }), prefill, (requests, clients, part) => {
      const times = { roundMs: 7, perSequenceMs: 0.5, ...part };
      const backlog = {
        inputTokens: requests.map(([input]) => input),
        outputTokens: requests.map(([, output]) => output),
        clients,
        stageTokens,
      };
      const { totalMs } = makespanBound(backlog, times);
      expect(totalMs).toBeLessThanOrEqual(inOrderMs(backlog, times) + 1e-9);
    }),
  );
});

describe('the bound of decode rounds under a KV limit', () => {
  it('is the area of all requests over the memory', () => {
    // 10 + 1, 10 + 2, 10 + 3 tokens held in three rounds: 36 token-rounds each.
    expect(kvRoundsBound([10, 10], [3, 3], 24)).toBe(3);
    expect(kvRoundsBound([10, 10, 10, 10], [3, 3, 3, 3], 24)).toBe(6);
    expect(kvRoundsBound([10, 10], [3, 9], 24)).toBe(9);
  });

  it('refuses a memory that one request overflows', () => {
    expect(() => kvRoundsBound([10], [3], 12)).toThrow('at least the 13 tokens');
  });

  it('is never above the rounds of requests served one after another', () => {
    const lengths = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 60 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(lengths, (requests) => {
        const inputs = requests.map(([input]) => input);
        const outputs = requests.map(([, output]) => output);
        const capacity = Math.max(...requests.map(([input, output]) => input + output));
        const alone = outputs.reduce((sum, output) => sum + output, 0);
        expect(kvRoundsBound(inputs, outputs, capacity)).toBeLessThanOrEqual(alone);
      }),
    );
  });
});
