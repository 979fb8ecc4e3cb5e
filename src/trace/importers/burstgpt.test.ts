import { describe, expect, it } from 'vitest';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('burstgpt', scratchFolder());
const header = 'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type';
const sound = [
  header,
  '5,ChatGPT,472,18,490,Conversation log',
  '45.25,GPT-4,1087,230,1317,"API log, quoted ""x"""',
].join('\n');

describe('importBurstGpt', () => {
  it('reads seconds, models and kinds of log', async () => {
    const { tenant, task, ...trace } = await run(sound);
    expect([...trace.arrivalMs]).toEqual([5000, 45_250]);
    expect([...trace.inputTokens]).toEqual([472, 1087]);
    expect([...trace.outputTokens]).toEqual([18, 230]);
    expect(tenant?.labels).toEqual(['ChatGPT', 'GPT-4']);
    expect(task?.labels).toEqual(['Conversation log', 'API log, quoted "x"']);
    expect(trace.sessionId).toBeNull();
  });

  it('reads the sessions of later releases', async () => {
    const text = [
      'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type',
      '0,s9,1.5,GPT-4,100,10,110,Conversation log',
      '1,,1.5,GPT-4,100,10,110,API log',
      '2,s9,1.5,GPT-4,100,10,110,Conversation log',
    ].join('\n');
    const trace = await run(text);
    expect([...(trace.sessionId ?? [])]).toEqual([0, -1, 0]);
  });

  it('names the failed requests it refuses, and drops them where asked', async () => {
    const failed = '46,ChatGPT,9,0,9,API log';
    const text = `${sound}\n${failed}\n${failed}`;
    await expect(run(text)).rejects.toThrow(/2 rows with 0 output tokens .*lines 4, 5/);
    expect((await run(text, { dropEmptyOutputs: true })).count).toBe(2);
  });

  it('refuses a total that is not the sum', async () => {
    await expect(run(`${header}\n5,ChatGPT,472,18,491,API log`)).rejects.toThrow(
      /bad value 491 .*line 2, column Total tokens\): the sum/,
    );
  });

  it('survives damaged input', async () => {
    await fuzzImporter(run, sound);
  });
});
