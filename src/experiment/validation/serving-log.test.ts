import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRequestLog, readStepLog } from './serving-log.ts';
import { chunkedFour, writeLogs } from './testing/log-files.ts';

let log: ReturnType<typeof writeLogs>;
beforeEach(() => {
  log = writeLogs(chunkedFour);
});
afterEach(() => log.remove());

const edit = (file: string, from: string, to: string) =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));

describe('readStepLog', () => {
  it('reads times apart from what the steps computed', async () => {
    const { times, steps } = await readStepLog(log.steps);
    expect([...times.startMs]).toEqual([1, 12, 23, 34]);
    expect([...times.durationMs]).toEqual([10, 10, 10, 5]);
    expect(steps[1]?.prefills).toEqual([
      { rows: 2, cached: 4 },
      { rows: 2, cached: 0 },
    ]);
    expect(steps[3]).toEqual({
      decodes: 2,
      graphBatch: 2,
      decodeContext: 12,
      preparationMs: 0.1,
      prefills: [],
    });
  });

  it.each([
    ['duration_ms', 'length', 'missing column "duration_ms"'],
    ['4+0', '4', 'new+cached for each prompt'],
    ['4+0', '0+4', 'new+cached for each prompt'],
    ['\n12,', '\n0.5,', 'not before the step above, 1 ms'],
    ['\n12,10,', '\n12,-10,', 'column duration_ms'],
  ])('refuses %j become %j', async (from, to, message) => {
    edit(log.steps, from, to);
    await expect(readStepLog(log.steps)).rejects.toThrow(message);
  });

  it('refuses a log without steps, and names the file', async () => {
    writeFileSync(log.steps, `${readFileSync(log.steps, 'utf8').split('\n')[0]}\n`);
    await expect(readStepLog(log.steps)).rejects.toThrow(`no steps (${log.steps})`);
  });
});

describe('readRequestLog', () => {
  it('reads arrivals, lengths and what came of them', async () => {
    const requests = await readRequestLog(log.requests);
    expect(requests.count).toBe(2);
    expect([...requests.inputTokens]).toEqual([6, 3]);
    expect([...requests.finishMs]).toEqual([39, 39]);
  });

  it.each([
    ['first_token_ms', 'first', 'missing column "first_token_ms"'],
    ['1,5,3,', '1,-5,3,', 'column arrival_ms'],
    ['0,0,6,3,', '0,7,6,3,', 'rows are in order of arrival'],
    ['1,5,3,2,', '1,5,3,0,', 'at least 1'],
    [',22,39', ',22,21', 'not before the first token'],
    ['5,33,39', '5,4,39', 'not before the arrival'],
  ])('refuses %j become %j', async (from, to, message) => {
    edit(log.requests, from, to);
    await expect(readRequestLog(log.requests)).rejects.toThrow(message);
  });
});
