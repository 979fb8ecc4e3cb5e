import { describe, expect, it } from 'vitest';
import { createClock } from '../cost/clock.ts';
import { addPrefill, newStepWork, type Segment } from '../cost/work.ts';
import { analyserNamed, parseAnalysis } from './analysers.ts';

function rowsOf(given: object): Record<string, unknown[]> {
  const spec = parseAnalysis(given);
  const analyser = analyserNamed(spec.kind);
  return analyser.analyse(spec, null)[analyser.tables[0] as string] as Record<string, unknown[]>;
}
const stepTime = { kind: 'step-time', model: 'llama-3.1-8b' };

describe('step-time', () => {
  it('times a whole prompt as one step', () => {
    const work = newStepWork(1, 32);
    addPrefill(work.segments[0] as Segment, 1000, 4000);
    work.sequences = work.logitRows = 1;
    const clock = createClock({ kind: 'analytic', model: 'llama-3.1-8b', gpu: 'a100-80gb' });
    const prompt = { inputTokens: 4000, cachedTokens: 3000 };
    const { total_ms, steps } = rowsOf({ ...stepTime, work: { a: { prompt } } });
    expect([steps, total_ms]).toEqual([[1], [clock.stepMs(work)]]);
  });

  it('times chunks one after the other, each after what is there', () => {
    const chunked = rowsOf({
      ...stepTime,
      work: {
        all: { prompt: { inputTokens: 5000, chunkTokens: 2000 } },
        first: { prompt: { inputTokens: 2000 } },
        second: { prompt: { inputTokens: 4000, cachedTokens: 2000 } },
      },
    });
    const [all, first, second] = chunked.total_ms as [number, number, number];
    expect(chunked.steps).toEqual([3, 1, 1]);
    expect(all).toBeGreaterThan(first + second);
  });

  it('adds up rounds whose context grows', () => {
    const decode = (rounds: number, contextTokens: number) => ({
      decode: { rounds, contextTokens },
    });
    const { total_ms } = rowsOf({
      ...stepTime,
      work: { both: decode(2, 100), one: decode(1, 100), two: decode(1, 101) },
    });
    const [both, one, two] = total_ms as [number, number, number];
    expect(both).toBeCloseTo(one + two, 12);
  });

  it('knows the constants that its times rest on', () => {
    const spec = parseAnalysis({ ...stepTime, work: { a: { prompt: { inputTokens: 10 } } } });
    const paths = analyserNamed('step-time')
      .constants?.(spec)
      .map(({ path }) => path);
    expect(paths?.length).toBeGreaterThan(5);
  });
});

describe('parseAnalysis', () => {
  const quantity = { name: 'a', value: 1, unit: 's', source: 'test' };

  it('fills in every default', () => {
    const work = { a: { decode: { contextTokens: 5 } } };
    expect(parseAnalysis({ ...stepTime, work })).toEqual({
      ...stepTime,
      gpu: 'a100-80gb',
      tp: 1,
      clock: {
        kind: 'analytic',
        allReduce: 'custom',
        draw: 0,
        mhaCap: false,
        variant: 'vllm-0.14',
      },
      profile: 'modern-cuda-graphs',
      work: { a: { decode: { sequences: 1, contextTokens: 5, rounds: 1 } } },
    });
  });

  it.each<[string, object, string]>([
    ['no kind', {}, 'one of block-cache, step-time, quantities'],
    ['an unknown kind', { kind: 'block-cash' }, 'did you mean block-cache?'],
    ['nothing to time', { ...stepTime, work: {} }, 'nothing to time'],
    [
      'a prompt that is all cached',
      { ...stepTime, work: { a: { prompt: { inputTokens: 9, cachedTokens: 9 } } } },
      'work.a.prompt.cachedTokens',
    ],
    [
      'two quantities of one name',
      { kind: 'quantities', quantities: [quantity, quantity] },
      'two quantities a',
    ],
    [
      'a quantity that is no number',
      { kind: 'quantities', quantities: [{ ...quantity, value: Number.NaN }] },
      'quantities.0.value',
    ],
  ])('refuses %s', (_, given, message) => {
    expect(() => parseAnalysis(given)).toThrow(message);
  });
});
