import { afterEach, describe, expect, it } from 'vitest';
import { compareScheduling } from './compare-scheduling.ts';
import { replayAtLoggedTimes } from './replay-at-logged-times.ts';
import { type EngineLimits, scenarioOf } from './rules.ts';
import { readRequestLog, readStepLog } from './serving-log.ts';
import { chunkedFour, type RequestRow, type StepRow, writeLogs } from './testing/log-files.ts';
import { traceOf } from './validate-serving.ts';

let remove = () => {};
afterEach(() => remove());

const system = { model: 'llama-3.1-8b', gpu: 'h200', tp: 1, profile: 'kernels-only' };

async function replay(
  rules: string,
  rows: { steps: StepRow[]; requests: RequestRow[] },
  limits?: EngineLimits,
) {
  const files = writeLogs(rows);
  remove = files.remove;
  const log = await readStepLog(files.steps);
  const requests = await readRequestLog(files.requests);
  const scenario = scenarioOf(rules, system, limits);
  const replayed = replayAtLoggedTimes(traceOf(requests), scenario, log.times);
  return { replayed, agreement: compareScheduling(log, requests, replayed) };
}

const step = ({ decodes = 0, prefills = '', ...rest }: Partial<StepRow>): StepRow => ({
  start: 0,
  ms: 1,
  ...rest,
  decodes,
  prefills,
});

describe('a replay at logged times', () => {
  it('takes the chunks of the rule: decodes, unfinished prompts, new ones, the last in part', async () => {
    const { replayed, agreement } = await replay('chunked-4', chunkedFour);
    expect(agreement).toEqual({
      steps_measured: 4,
      steps_replayed: 4,
      first_difference: null,
      matching_share: 1,
      finish_within_1pct_share: 1,
      finish_after_log: 0,
      refused: 0,
    });
    expect([...replayed.finishMs]).toEqual([39, 39]);
    expect(replayed.steps.map((one) => one.decodeContext)).toEqual([0, 0, 7, 12]);
  });

  it('runs whole prompts before any decode under prefill-first', async () => {
    const requests = [
      { arrival: 0, input: 8000, output: 3, first: 11, finish: 34 },
      { arrival: 5, input: 192, output: 2, first: 22, finish: 28 },
      { arrival: 5, input: 8000, output: 1, first: 22, finish: 22 },
      { arrival: 6, input: 1, output: 1, first: 60, finish: 60 },
    ];
    const steps = [
      { start: 1, ms: 10, prefills: '8000+0' },
      { start: 12, ms: 10, prefills: '192+0|8000+0' },
      { start: 50, ms: 10, prefills: '1+0' },
      { start: 61, ms: 6, decodes: 2 },
      { start: 68, ms: 6, decodes: 1 },
    ];
    const { replayed, agreement } = await replay('prefill-first', { steps, requests });
    expect(agreement.matching_share).toBe(1);
    expect([...replayed.finishMs]).toEqual([74, 67, 22, 60]);
  });

  it('takes every request that has arrived by the start of a step, that very moment included', async () => {
    const requests = [0, 0, 7].map((arrival) => {
      return { arrival, input: 1, output: 1, first: arrival + 9, finish: arrival + 9 };
    });
    const steps = [
      { start: 0, ms: 5, prefills: '1+0|1+0' },
      { start: 7, ms: 5, prefills: '1+0' },
    ];
    expect((await replay('chunked-4', { steps, requests })).agreement.matching_share).toBe(1);
  });

  it('lets a prompt wait for the pages of its output, and for a sequence', async () => {
    const requests = [
      { arrival: 0, input: 4, output: 2, first: 1, finish: 2 },
      { arrival: 0, input: 4, output: 1, first: 3, finish: 3 },
    ];
    const steps = [step({ prefills: '4+0' }), step({ start: 1, decodes: 1 }), step({ start: 2 })];
    const limits = { sequences: 128, pages: 3, pageTokens: 4 };
    const byPages = await replay('chunked-8', { steps, requests }, limits);
    expect(byPages.replayed.steps.map(({ prefills }) => prefills.length)).toEqual([1, 0, 1]);
    const roomy = await replay('chunked-8', { steps, requests }, { ...limits, pages: 4 });
    expect(roomy.replayed.steps[0]?.prefills).toHaveLength(2);
    const single = { sequences: 1, pages: 4, pageTokens: 4 };
    const bySequences = await replay('chunked-8', { steps, requests }, single);
    expect(bySequences.replayed.steps.map(({ prefills }) => prefills.length)).toEqual([1, 0, 1]);
  });

  it('keeps to the times of the log by index after a difference', async () => {
    const steps = chunkedFour.steps.map((one) => ({ ...one }));
    steps[1] = { start: 12, ms: 10, prefills: '2+4' };
    const { replayed, agreement } = await replay('chunked-4', { ...chunkedFour, steps });
    expect(agreement.matching_share).toBe(0.75);
    expect(agreement.first_difference).toMatchObject({
      step: 1,
      start_ms: 12,
      measured: { decodes: 0, prefills: '2+4' },
      replayed: { decodes: 0, prefills: '2+4|2+0' },
    });
    expect([...replayed.finishMs]).toEqual([39, 39]);
  });

  it('counts apart the requests that finish after the last step of a cut log', async () => {
    const [a, b] = chunkedFour.requests as [RequestRow, RequestRow];
    const cut = (finish: number) =>
      replay('chunked-4', {
        steps: chunkedFour.steps.slice(0, 3),
        requests: [a, { ...b, output: 1, finish }],
      });
    expect((await cut(33)).agreement).toMatchObject({
      matching_share: 1,
      finish_within_1pct_share: 1,
      finish_after_log: 1,
    });
    expect((await cut(39)).agreement).toMatchObject({
      finish_within_1pct_share: null,
      finish_after_log: 2,
    });
  });

  it('counts a request that the log finishes and the replay does not as off', async () => {
    const { agreement, replayed } = await replay('chunked-3', chunkedFour);
    expect([...replayed.finishMs]).toEqual([39, Number.NaN]);
    expect(agreement).toMatchObject({ finish_within_1pct_share: 0.5, finish_after_log: 0 });
  });

  it('tells which requests can never fit', async () => {
    const limits = { sequences: 128, pages: 2, pageTokens: 4 };
    const { agreement } = await replay('chunked-4', chunkedFour, limits);
    expect(agreement).toMatchObject({ refused: 1, finish_within_1pct_share: 0 });
    expect(agreement.first_difference).toMatchObject({
      step: 0,
      explanation: 'request 0 does not fit in 2 pages',
    });
  });

  it('has no step where nothing is left to do', async () => {
    const steps = [...chunkedFour.steps, { start: 50, ms: 5, decodes: 1 }];
    const { agreement } = await replay('chunked-4', { ...chunkedFour, steps });
    expect(agreement).toMatchObject({ steps_measured: 5, steps_replayed: 4, matching_share: 0.8 });
    expect(agreement.first_difference?.explanation).toMatch('nothing to do');
  });
});

describe('the explanation of a difference', () => {
  const explained = async (
    change: (rows: { steps: StepRow[]; requests: RequestRow[] }) => void,
  ) => {
    const rows = {
      steps: chunkedFour.steps.map((one) => ({ ...one })),
      requests: chunkedFour.requests.map((one) => ({ ...one })),
    };
    change(rows);
    return (await replay('chunked-4', rows)).agreement.first_difference?.explanation;
  };

  it('names an arrival between the end of a step and the start of the next', async () => {
    const text = await explained(({ steps, requests }) => {
      requests[1]!.arrival = 11.5;
      steps[1]!.prefills = '2+4';
    });
    expect(text).toBe(
      'request 1 arrived 0.50 ms before the step began: the engine had already taken its arrivals',
    );
  });

  it.each([
    ['a prompt left waiting', '2+4', 'left request 1 waiting'],
    ['a prompt more', '2+4|2+0|1+0', 'took a prompt more'],
    ['another chunk', '2+4|1+0', 'computed 1+0 where the rule has 2+0 of request 1'],
  ])('says what it is: %s', async (_, prefills, words) => {
    const text = await explained(({ steps }) => {
      steps[1]!.prefills = prefills;
    });
    expect(text).toMatch(words);
  });

  it('tells decodes that the rule adds, leaves out, or counts otherwise', async () => {
    const withDecodes = (decodes: number) =>
      explained(({ steps }) => {
        steps[3]!.decodes = decodes;
        if (decodes === 0) steps[3]!.prefills = '1+0';
      });
    expect(await withDecodes(1)).toMatch('1 sequences decode, 2 by the rule');
    expect(await withDecodes(0)).toMatch('prompts alone where the rule adds decodes');
  });
});
