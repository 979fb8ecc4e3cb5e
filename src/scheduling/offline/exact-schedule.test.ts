import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../units/input-error.ts';
import type { Backlog, PrefillTimes, StageTimes } from '../bounds/backlog.ts';
import { makespanBound } from '../bounds/makespan-bound.ts';
import { solveExactSchedule } from './exact-schedule.ts';
import { optimalMs, playedMs } from './testing/optimal-schedule.ts';

const six: Backlog = {
  inputTokens: [60, 80, 50, 100, 70, 90],
  outputTokens: [12, 30, 7, 22, 18, 9],
  clients: 2,
};
const rounds = { roundMs: 30, perSequenceMs: 0.2 };

describe('six requests on two clients', () => {
  it.each([
    [0, 1534.6],
    [20, 1634.6],
    [200, 2364.6],
  ])('with %d ms for a prefill stage take %d ms at best', (prefillBatchMs, ms) => {
    expect(optimalMs(six, { ...rounds, prefillTokenMs: 0.1, prefillBatchMs })).toBeCloseTo(ms, 6);
  });
});

/** The program's schedule is sound, takes as long as it says, and none is faster. */
async function expectBest(backlog: Backlog, times: StageTimes): Promise<void> {
  const solved = await solveExactSchedule(backlog, times);
  if (solved.outcome !== 'optimal') throw new Error(`not solved: ${solved.outcome}`);
  const best = optimalMs(backlog, times);
  expect(solved.totalMs).toBeCloseTo(best, 3);
  expect(playedMs(backlog, times, solved.bins)).toBeCloseTo(best, 3);
  expect(solved.boundMs).toBeLessThanOrEqual(best + 1e-3);
  expect(solved.gap).toBeLessThanOrEqual(1e-6);
  expect(makespanBound(backlog, times).totalMs).toBeLessThanOrEqual(best + 1e-9);
}

describe('the mixed-integer program', () => {
  const levels = [
    { ms: 10, tokens: 10 },
    { ms: 15, tokens: 20 },
  ];
  const times: [string, PrefillTimes, Partial<Backlog>][] = [
    ['prefills that cost by the token', { prefillBatchMs: 0, prefillTokenMs: 0.1 }, {}],
    ['dear prefill stages', { prefillBatchMs: 60, prefillTokenMs: 0.1 }, {}],
    ['small prefill stages', { prefillBatchMs: 60, prefillTokenMs: 0.1 }, { stageTokens: 12 }],
    ['levels of prefill', { levels }, {}],
    ['one client', { levels }, { clients: 1 }],
    ['more clients than requests', { levels }, { clients: 5 }],
    ['empty prompts', { prefillBatchMs: 60, prefillTokenMs: 0.1 }, { inputTokens: [0, 0, 0, 0] }],
  ];

  it.each(times)('finds the best schedule with %s', async (_, prefill, part) => {
    const four = { inputTokens: [6, 8, 5, 10], outputTokens: [4, 9, 3, 7], clients: 2, ...part };
    await expectBest(four, { ...rounds, ...prefill });
  });

  it('agrees with exhaustion on random backlogs', async () => {
    const request = fc.tuple(fc.nat(10), fc.integer({ min: 1, max: 8 }));
    const requests = fc.array(request, { minLength: 1, maxLength: 3 });
    const prefill = fc.constantFrom<PrefillTimes>(...times.map(([, one]) => one));
    await fc.assert(
      fc.asyncProperty(requests, prefill, async (lengths, times) => {
        const inputTokens = lengths.map(([input]) => input);
        const outputTokens = lengths.map(([, output]) => output);
        await expectBest({ inputTokens, outputTokens, clients: 2 }, { ...rounds, ...times });
      }),
      { numRuns: 12, seed: 4 },
    );
  });

  it('says that it found nothing where the bins cannot hold the requests', async () => {
    const backlog = { inputTokens: [1, 1, 1], outputTokens: [2, 2, 2], clients: 1 };
    const affine = { ...rounds, prefillBatchMs: 1, prefillTokenMs: 1 };
    const solved = await solveExactSchedule(backlog, affine, { bins: 2 });
    expect(solved.outcome).toBe('none');
  });

  it('refuses a backlog without requests', async () => {
    const nothing = { inputTokens: [], outputTokens: [], clients: 1 };
    const affine = { ...rounds, prefillBatchMs: 1, prefillTokenMs: 1 };
    await expect(solveExactSchedule(nothing, affine)).rejects.toThrow(InputError);
  });
});
