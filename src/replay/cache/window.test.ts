import { describe, expect, it } from 'vitest';
import { BlockStream } from './block-stream.ts';
import { replayBlocks, replayStream } from './replay-blocks.ts';
import { blockTrace } from './testing/block-traces.ts';
import { countFrom, firstFrom, windowOf } from './window.ts';

/** Arrivals 0, 1000, …, 4000 ms. */
const trace = blockTrace([
  [0, 1],
  [0, 1, 2],
  [0, 1, 2],
  [0, 3],
  [0, 3],
]);
const window = { fromMs: 2000, toMs: 4000 };

describe('windowOf', () => {
  it('counts the hits of requests in the window, on a cache warm from what came before', () => {
    const stream = new BlockStream(windowOf(trace, window, 'warm'));
    const marks = new Uint8Array(stream.ids.length);
    replayStream(stream, { policy: { kind: 'lru' }, capacity: 10, rule: 'prefix', marks });
    const first = firstFrom(stream.arrivalMs, window.fromMs);
    expect(stream.count).toBe(4);
    expect(countFrom(stream, marks, first)).toEqual({ references: 5, hits: 4 });
  });

  it('starts cold where nothing came before', () => {
    const cold = windowOf(trace, window, 'cold');
    const { hits, references } = replayBlocks(cold, { policy: 'lru', capacity: 10, rule: 'block' });
    expect([hits, references]).toEqual([1, 5]);
    expect([...cold.arrivalMs]).toEqual([2000, 3000]);
  });

  it('keeps from Belady what comes after the window', () => {
    const cold = new BlockStream(windowOf(trace, { fromMs: 0, toMs: 2000 }, 'cold'));
    expect(cold.nextUses('prefix').filter((next) => next > 1).length).toBe(3);
  });

  it('refuses a window without requests', () => {
    expect(() => windowOf(trace, { fromMs: 4001, toMs: 9000 }, 'warm')).toThrow(
      'no request arrives from 4001 to 9000 ms',
    );
  });
});
