import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTraceMirror } from '../mirror.ts';
import { importTrace } from './index.ts';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('gsm8k', scratchFolder());
const sound = [
  JSON.stringify({ question: 'How many is 2 + 3?', answer: '2+3=<<2+3=5>>5\n#### 5' }),
  JSON.stringify({ question: 'What is left of 9 − 4 eggs?', answer: '9-4=5\n#### 5' }),
].join('\n');

describe('importGsm8k', () => {
  it('puts all questions at time 0 and marks what is generated', async () => {
    const trace = await run(sound);
    expect([...trace.arrivalMs]).toEqual([0, 0]);
    expect(trace.meta.columnKinds).toMatchObject({ output_tokens: 'generated' });
    expect(trace.meta).toMatchObject({ kind: 'recorded', seed: 91 });
    expect(Object.keys(trace.extra)).toEqual(['output_tokens_noise_free']);
  });

  it('counts one token less without the beginning of sequence', async () => {
    const [with_, without] = [await run(sound), await run(sound, { bos: false })];
    expect([...without.inputTokens]).toEqual([...with_.inputTokens].map((tokens) => tokens - 1));
  });

  it('takes the gold answers as outputs where asked, as measured', async () => {
    const trace = await run(sound, { outputs: 'answer' });
    expect(trace.meta.columnKinds).toEqual({ arrival_ms: 'generated' });
    expect(trace.meta.seed).toBeNull();
    expect(trace.extra).toEqual({});
  });

  it('refuses rows without text', async () => {
    await expect(run('{"question": 5, "answer": "x"}')).rejects.toThrow(
      /bad value 5 .*line 1, column question/,
    );
    await expect(run('{"question": "x"}')).rejects.toThrow(/bad value undefined .*answer/);
    await expect(run('')).rejects.toThrow(/no requests/);
  });

  it('survives damaged input', async () => {
    await fuzzImporter(run, sound);
  });
});

const mirror = findTraceMirror();
describe.skipIf(!mirror)('importGsm8k on the test set (needs a trace mirror)', () => {
  const path = join(mirror ?? '', 'gsm8k/test.jsonl');
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

  it('measures 90,258 prompt tokens, 88,939 without BOS', async () => {
    const trace = await importTrace('gsm8k', path, { outputs: 'answer' });
    expect(trace.count).toBe(1319);
    expect(sum(trace.inputTokens)).toBe(90_258);
    expect(sum(trace.outputTokens)).toBe(173_878);
    expect(Math.max(...trace.inputTokens)).toBe(191);
    const without = await importTrace('gsm8k', path, { bos: false });
    expect(sum(without.inputTokens)).toBe(88_939);
  });

  it('gives the reference output lengths for seed 91', async () => {
    const { outputTokens } = await importTrace('gsm8k', path);
    const starts = [219, 116, 576, 146, 277, 466, 416, 567, 291, 463];
    expect([...outputTokens.slice(0, 10)]).toEqual(starts);
    expect(sum(outputTokens)).toBe(454_827);
    expect(Math.min(...outputTokens)).toBe(62);
    expect(outputTokens.filter((tokens) => tokens === 1024).length).toBe(14);
    const mean = sum(outputTokens) / 1319;
    const sd = Math.sqrt(sum(Array.from(outputTokens, (x) => (x - mean) ** 2)) / 1319);
    expect(sd).toBeCloseTo(187.95, 2);
    expect(firstComeFirstServed(outputTokens, 200)).toEqual({ rounds: 2835, batches: 857 });
  });

  it('gives the noise-free lengths', async () => {
    const { outputTokens } = await importTrace('gsm8k', path, { outputs: 'noise-free' });
    expect(sum(outputTokens)).toBe(454_840);
    expect(Math.max(...outputTokens)).toBe(1120);
  });
});

/** Decode rounds and prefill batches of slots that are refilled, in order, before every round. */
function firstComeFirstServed(outputs: Int32Array, slots: number) {
  let running: number[] = [];
  let next = 0;
  let rounds = 0;
  let batches = 0;
  while (next < outputs.length || running.length > 0) {
    if (running.length < slots && next < outputs.length) batches++;
    while (running.length < slots && next < outputs.length) running.push(outputs[next++] as number);
    rounds++;
    running = running.map((left) => left - 1).filter((left) => left > 0);
  }
  return { rounds, batches };
}
