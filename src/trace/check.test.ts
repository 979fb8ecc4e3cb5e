import { describe, expect, it } from 'vitest';
import { checkTrace, requireSound } from './check.ts';
import { newTrace, type TraceParts } from './new-trace.ts';

/** Three sound requests of one session: a chat whose prompts grow, and an image in the second. */
function chat(parts: Partial<TraceParts> = {}) {
  return newTrace({
    arrivalMs: [0, 1000, 2500],
    inputTokens: [20, 40, 60],
    outputTokens: [5, 1, 9],
    blockSize: 16,
    blocks: {
      offsets: Int32Array.of(0, 2, 5, 9),
      values: Int32Array.of(0, 1, 0, 2, 3, 0, 2, 4, 5),
    },
    media: mediaOf(),
    sessionId: Int32Array.of(0, 0, 0),
    parentRequestId: Int32Array.of(-1, 0, 1),
    thinkMs: Float64Array.of(Number.NaN, 0, 700),
    cancelMs: Float64Array.of(Number.NaN, 5000, Number.NaN),
    ...parts,
  });
}

function mediaOf(parts: Record<string, Int32Array> = {}) {
  return {
    offsets: Int32Array.of(0, 0, 2, 2),
    kind: Int32Array.of(0, 0),
    kinds: ['image'],
    id: Int32Array.of(7, 7),
    width: Int32Array.of(640, 640),
    height: Int32Array.of(480, 480),
    durationMs: Int32Array.of(-1, -1),
    tokens: Int32Array.of(300, 300),
    position: Int32Array.of(0, 40),
    ...parts,
  };
}

const none = Int32Array.of(-1, -1);

const blocksOf = (...values: number[]) => ({
  offsets: Int32Array.of(0, 2, 5, 9),
  values: Int32Array.from(values),
});

describe('checkTrace', () => {
  it('finds nothing in a sound trace', () => {
    expect(checkTrace(chat())).toEqual([]);
    expect(checkTrace(newTrace({ arrivalMs: [], inputTokens: [], outputTokens: [] }))).toEqual([]);
  });

  const broken: [rule: string, row: number | null, value: unknown, parts: Partial<TraceParts>][] = [
    ['arrival-finite', 1, 'NaN', { arrivalMs: [0, Number.NaN, 1] }],
    ['arrival-finite', 2, 'Infinity', { arrivalMs: [0, 1, Number.POSITIVE_INFINITY] }],
    ['arrival-not-negative', 0, -1, { arrivalMs: [-1, 0, 1] }],
    ['arrival-sorted', 2, 4, { arrivalMs: [0, 5, 4], parentRequestId: null }],
    ['input-not-negative', 0, -20, { inputTokens: [-20, 40, 60], blocks: null }],
    ['output-positive', 1, 0, { outputTokens: [5, 0, 9] }],
    ['think-time', 1, -2, { thinkMs: Float64Array.of(0, -2, 0) }],
    ['cancel-time', 0, 0, { cancelMs: Float64Array.of(0, 1, 1) }],
    ['block-size', null, null, { blockSize: null }],
    ['block-count', 0, 2, { inputTokens: [33, 40, 60] }],
    ['block-count', 0, 2, { inputTokens: [16, 40, 60] }],
    ['block-ids-dense', 0, 2, { blocks: blocksOf(0, 2, 0, 2, 3, 0, 2, 4, 5) }],
    ['block-depth', 1, 1, { blocks: blocksOf(0, 1, 0, 2, 1, 0, 2, 3, 4) }],
    ['block-parent', 2, 3, { blocks: blocksOf(0, 1, 0, 2, 3, 0, 1, 3, 4) }],
    ['media-size', 1, '640x-1', { media: mediaOf({ id: none, height: Int32Array.of(480, -1) }) }],
    ['media-duration', 1, 0, { media: mediaOf({ id: none, durationMs: Int32Array.of(-1, 0) }) }],
    ['media-position', 1, 41, { media: mediaOf({ position: Int32Array.of(0, 41) }) }],
    ['media-id', 1, 7, { media: mediaOf({ tokens: Int32Array.of(300, 301) }) }],
    ['request-id-unique', 2, 1, { requestId: Uint32Array.of(0, 1, 1) }],
    ['parent-exists', 2, 9, { parentRequestId: Int32Array.of(-1, 0, 9) }],
    ['parent-before-child', 1, 2, { parentRequestId: Int32Array.of(-1, 2, -1) }],
    ['parent-session', 1, 0, { sessionId: Int32Array.of(0, 1, 1) }],
  ];
  for (const [rule, row, value, parts] of broken) {
    it(`reports ${rule}: ${JSON.stringify(value)}`, () => {
      expect(checkTrace(chat(parts))).toEqual([expect.objectContaining({ rule, row, value })]);
    });
  }

  it('lists some rows of each rule and counts all', () => {
    const count = 1000;
    const zeros = new Array<number>(count).fill(0);
    const trace = newTrace({ arrivalMs: zeros, inputTokens: zeros, outputTokens: zeros });
    const problems = checkTrace(trace, { perRule: 3 });
    expect(problems.map(({ row, value }) => [row, value])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [null, count],
    ]);
  });
});

describe('requireSound', () => {
  it('throws the first problem with file, row, column, value and rule', () => {
    const trace = chat({ outputTokens: [5, 0, 9] });
    expect(() => requireSound(trace, 'x.arrow')).toThrow(
      'output-positive broken by 0 (x.arrow, row 1, column output_tokens): at least 1',
    );
    expect(() => requireSound(chat(), 'x.arrow')).not.toThrow();
  });
});
