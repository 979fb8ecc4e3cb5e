import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTraceMirror } from '../mirror.ts';
import { traceStatistics } from '../statistics.ts';
import { importTrace } from './index.ts';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('azure-llm', scratchFolder());
const header = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const of2023 = [
  header,
  '2023-11-16 23:59:59.9799600,4808,10',
  '2023-11-17 00:00:00.0319600,3180,8',
  '2023-11-17 00:00:00.0319601,110,27',
].join('\r\n');

describe('importAzureLlm', () => {
  it('counts arrivals from the first, digits below a millisecond kept (2023)', async () => {
    const trace = await run(of2023);
    expect([...trace.arrivalMs]).toEqual([0, 52, 52.0001]);
    expect([...trace.inputTokens]).toEqual([4808, 3180, 110]);
    expect([...trace.outputTokens]).toEqual([10, 8, 27]);
  });

  it('understands offsets from UTC, and dates without a fraction (2024)', async () => {
    const rows = [
      '2024-02-28 23:59:59+00:00,1,1',
      '2024-02-29 00:00:00.009930+00:00,1,1',
      '2024-02-29T02:00:01+01:00,1,1',
      '2024-03-01T00:00:00Z,1,1',
    ];
    const trace = await run([header, ...rows].join('\n'));
    expect([...trace.arrivalMs]).toEqual([0, 1009.93, 3_602_000, 86_401_000]);
  });

  it('finds columns in any order', async () => {
    const trace = await run('GeneratedTokens,TIMESTAMP,ContextTokens\n3,2024-01-01 00:00:00,9');
    expect([trace.inputTokens[0], trace.outputTokens[0]]).toEqual([9, 3]);
  });

  it('sorts where asked: the earliest is time 0', async () => {
    const rows = ['2024-01-01 00:00:01,1,1', '2024-01-01 00:00:00,2,2'];
    const trace = await run([header, ...rows].join('\n'), { sort: true });
    expect([...trace.arrivalMs]).toEqual([0, 1000]);
    expect([...trace.inputTokens]).toEqual([2, 1]);
  });

  const refused: [string, string, RegExp][] = [
    ['a header only', header, /no requests/],
    ['an empty file', '', /empty file/],
    ['a missing column', 'TIMESTAMP,ContextTokens\n', /missing column "GeneratedTokens" .*line 1/],
    ['a column it does not know', `${header},x\n`, /unexpected column "x"/],
    ['a column twice', `${header},TIMESTAMP\n`, /column "TIMESTAMP" twice/],
    ['a day that does not exist', `${header}\n2023-02-29 00:00:00,1,1`, /bad value "2023-02-29/],
    ['an hour that does not exist', `${header}\n2023-02-01 24:00:00,1,1`, /a date and time/],
    ['a field too many', `${header}\n2023-02-01 00:00:00,1,1,1`, /4 fields .*line 2\): 3 fields/],
    ['a field too few', `${of2023}\r\n2023-11-17 00:0`, /1 fields .*line 5/],
    ['a blank line', `${header}\n\n2023-02-01 00:00:00,1,1`, /blank line .*line 2/],
    ['a fraction of a token', `${header}\n2023-02-01 00:00:00,1.5,1`, /"1\.5" .*ContextTokens/],
    ['a negative count', `${header}\n2023-02-01 00:00:00,1,-1`, /"-1" .*GeneratedTokens/],
    ['a count beyond int32', `${header}\n2023-02-01 00:00:00,2147483648,1`, /2147483647/],
    ['NaN', `${header}\n2023-02-01 00:00:00,NaN,1`, /bad value "NaN"/],
    ['an empty field', `${header}\n2023-02-01 00:00:00,,1`, /bad value ""/],
    ['an open quote', `${header}\n"2023-02-01 00:00:00,1,1`, /quoted field without an end/],
    ['text after a quote', `${header}\n"2023"-02-01 00:00:00,1,1`, /text after a quote/],
  ];
  for (const [title, text, message] of refused) {
    it(`refuses ${title}`, async () => {
      await expect(run(text)).rejects.toThrow(message);
    });
  }

  it('survives damaged input', async () => {
    await fuzzImporter(run, `${of2023}\r\n`, (trace, data) => {
      const [names = '', ...lines] = new TextDecoder().decode(data).trimEnd().split(/\r?\n/);
      const at = (column: string) => names.split(',').findIndex((name) => name.trim() === column);
      const plain = lines.map((line) => line.replaceAll('"', '').split(','));
      const column = (name: string) => plain.map((fields) => Number(fields[at(name)]));
      expect([...trace.inputTokens]).toEqual(column('ContextTokens'));
      expect([...trace.outputTokens]).toEqual(column('GeneratedTokens'));
    });
  });
});

const mirror = findTraceMirror();
describe.skipIf(!mirror)('importAzureLlm on the coding service of 2023 (needs a mirror)', () => {
  it('finds 8,819 requests', async () => {
    const path = join(mirror as string, 'azure/AzureLLMInferenceTrace_code.csv');
    const trace = await importTrace('azure-llm', path);
    expect(trace.arrivalMs.at(-1)).toBe(3_435_948.056);
    expect(traceStatistics(trace)).toMatchObject({
      requests: 8819,
      input_tokens: { min: 3, p50: 1469, max: 7437 },
      output_tokens: { min: 6, p50: 13, max: 1899 },
    });
    expect(trace.arrivalMs[1]).toBe(52);
  });
});
