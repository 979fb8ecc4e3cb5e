import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../trace/read.ts';
import { InputError } from '../../units/input-error.ts';
import {
  type Backlog,
  type FirstToken,
  type PrefillTimes,
  type StageTimes,
  stageMs,
} from './backlog.ts';
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

  it('needs a round less for each request where the prefill yields the first token', () => {
    const one = { inputTokens: [5, 5], outputTokens: [30, 1], clients: 4 };
    expect(makespanBound(one, noFixedPart, 'prefill')).toMatchObject({ rounds: 29, stages: 1 });
    expect(makespanBound({ ...one, outputTokens: [1, 1] }, noFixedPart, 'prefill').rounds).toBe(0);
    const { rounds } = makespanBound(reference, noFixedPart, 'prefill');
    expect(rounds).toBe(Math.ceil((sum(outputTokens) - outputTokens.length) / 200));
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
function inOrderMs(
  { inputTokens, outputTokens, clients }: Backlog,
  times: StageTimes,
  firstToken: FirstToken,
): number {
  const byPrefill = firstToken === 'prefill' ? 1 : 0;
  let next = 0;
  let active: number[] = [];
  let ms = 0;
  while (next < inputTokens.length || active.length > 0) {
    let tokens = 0;
    const before = active.length;
    while (next < inputTokens.length && active.length < clients) {
      if (tokens + inputTokens[next]! > stageTokens) break;
      tokens += inputTokens[next]!;
      active.push(outputTokens[next++]! - byPrefill);
    }
    if (active.length > before) ms += stageMs(times, tokens);
    active = active.filter((left) => left > 0);
    if (active.length === 0) continue;
    ms += times.roundMs + times.perSequenceMs * active.length;
    active = active.map((left) => left - 1).filter((left) => left > 0);
  }
  return ms;
}

const stageTokens = 80;
const clients = fc.integer({ min: 1, max: 4 });
const firstTokens = fc.constantFrom<FirstToken>('decode', 'prefill');

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
    fc.property(lengths, clients, prefill, firstTokens, (requests, clients, part, firstToken) => {
      const times = { roundMs: 7, perSequenceMs: 0.5, ...part };
      const backlog = {
        inputTokens: requests.map(([input]) => input),
        outputTokens: requests.map(([, output]) => output),
        clients,
        stageTokens,
      };
      const { totalMs } = makespanBound(backlog, times, firstToken);
      expect(totalMs).toBeLessThanOrEqual(inOrderMs(backlog, times, firstToken) + 1e-9);
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

  it('leaves out the first tokens where prefills yield them', () => {
    // 10 + 2, 10 + 3 tokens in two rounds: 25 token-rounds each.
    expect(kvRoundsBound([10, 10], [3, 3], 24, 'prefill')).toBe(3);
    expect(kvRoundsBound([10, 10, 10, 10], [3, 3, 3, 3], 25, 'prefill')).toBe(4);
    expect(kvRoundsBound([10, 10], [3, 9], 24, 'prefill')).toBe(8);
    expect(kvRoundsBound([10, 10], [1, 1], 24, 'prefill')).toBe(0);
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

  const schedules = fc.constantFrom<MemorySchedule>(
    { firstToken: 'decode', reserve: 'prompt', order: 'given' },
    { firstToken: 'decode', reserve: 'prompt', order: 'shortest' },
    { firstToken: 'decode', reserve: 'sequence', order: 'longest' },
    { firstToken: 'prefill', reserve: 'sequence', order: 'given' },
    { firstToken: 'prefill', reserve: 'sequence', order: 'shortest' },
    { firstToken: 'prefill', reserve: 'sequence', order: 'longest' },
  );
  it('is not above the rounds of simple schedules in a memory of a few requests', () => {
    const request = fc.record({ input: fc.nat(30), output: fc.integer({ min: 1, max: 30 }) });
    const requests = fc.array(request, { minLength: 1, maxLength: 25, size: 'max' });
    fc.assert(
      fc.property(requests, fc.nat(120), schedules, (many, spare, schedule) => {
        const inputs = many.map(({ input }) => input);
        const outputs = many.map(({ output }) => output);
        const capacity = spare + Math.max(...many.map(({ input, output }) => input + output));
        const bound = kvRoundsBound(inputs, outputs, capacity, schedule.firstToken);
        expect(bound).toBeLessThanOrEqual(roundsInMemory(many, capacity, schedule));
      }),
      { seed: 54, numRuns: 1000 },
    );
  });

  it('is what packing reaches where requests fill the memory evenly', () => {
    // One request after the other, each with the memory that its last round takes: 2 of 2 rounds.
    const alike = Array.from({ length: 6 }, () => ({ input: 40, output: 2 }));
    const schedule = { firstToken: 'decode', reserve: 'prompt', order: 'given' } as const;
    expect(roundsInMemory(alike, 84, schedule)).toBe(6);
    expect(kvRoundsBound(Array(6).fill(40), Array(6).fill(2), 84)).toBe(6);
  });
});

interface MemorySchedule {
  readonly firstToken: FirstToken;
  /** KV that admission counts: prompt and one token, or prompt and output. */
  readonly reserve: 'prompt' | 'sequence';
  readonly order: 'given' | 'shortest' | 'longest';
}

/** Decode rounds of a backlog served in order while memory lasts; the last gives way. */
function roundsInMemory(
  requests: readonly { input: number; output: number }[],
  capacity: number,
  { firstToken, reserve, order }: MemorySchedule,
): number {
  const sign = { given: 0, shortest: 1, longest: -1 }[order];
  const waiting = requests.map((one) => ({ ...one, done: 0 }));
  waiting.sort((a, b) => sign * (a.output - b.output));
  const active: typeof waiting = [];
  const need = ({ input, output, done }: (typeof waiting)[number]) =>
    input + (reserve === 'sequence' ? output : done + 1);
  const used = () => sum(active.map(need));
  let rounds = 0;
  while (waiting.length > 0 || active.length > 0) {
    while (used() > capacity) waiting.unshift(active.pop()!);
    while (waiting.length > 0 && used() + need(waiting[0]!) <= capacity) {
      const one = waiting.shift()!;
      if (firstToken === 'prefill') one.done++;
      if (one.done < one.output) active.push(one);
    }
    if (active.length === 0) continue;
    rounds++;
    for (const one of active) one.done++;
    for (let i = active.length - 1; i >= 0; i--) {
      if (active[i]!.done === active[i]!.output) active.splice(i, 1);
    }
  }
  return rounds;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
