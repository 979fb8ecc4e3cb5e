import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newTrace, type TraceParts } from '../trace/new-trace.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { buildWorkload } from './arrivals.ts';
import type { ArrivalSpec } from './scenario.ts';

fc.configureGlobal({ seed: 61, numRuns: 200 });

/** Prompt lengths count from 1, so that each request is known by its length. */
function traceAt(arrivalMs: readonly number[], parts: Partial<TraceParts> = {}): RequestTrace {
  const inputTokens = arrivalMs.map((_, i) => i + 1);
  return newTrace({ arrivalMs, inputTokens, outputTokens: arrivalMs.map(() => 2), ...parts });
}

function build(
  trace: RequestTrace,
  spec: Partial<ArrivalSpec> = {},
  { seed = 1, limit = null as number | null } = {},
) {
  const defaults: ArrivalSpec = {
    mode: 'open',
    concurrency: 1,
    rate: { factor: 1, by: 'compress' },
    dequantise: false,
    window: null,
    coalesce: false,
    sessions: 'recorded',
  };
  return buildWorkload(trace, { ...defaults, ...spec }, { seed, limit });
}

/** Arrivals in ticks of one second, several at once. */
const ticks = fc
  .array(fc.nat(8), { minLength: 1, maxLength: 40 })
  .map((seconds) => seconds.sort((a, b) => a - b).map((s) => 1000 * s));

describe('buildWorkload', () => {
  it('takes the trace as it is by default', () => {
    const work = build(traceAt([0, 5, 5, 9]));
    expect([...work.arrivalMs]).toEqual([0, 5, 5, 9]);
    expect([...work.row]).toEqual([0, 1, 2, 3]);
    expect([...work.inputTokens]).toEqual([1, 2, 3, 4]);
    expect([work.parent, work.thinkMs, work.cancelAfterMs, work.blocks]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('keeps the arrivals in a window, its end left out, and starts them at 0', () => {
    const work = build(traceAt([0, 10, 20, 29.5, 30]), { window: { fromMs: 10, toMs: 30 } });
    expect([...work.row]).toEqual([1, 2, 3]);
    expect([...work.arrivalMs]).toEqual([0, 10, 19.5]);
  });

  it('limits the requests of the window, not of the trace', () => {
    const trace = traceAt([0, 10, 20, 30]);
    const window = { fromMs: 10, toMs: 99 };
    expect([...build(trace, { window }, { limit: 2 }).row]).toEqual([1, 2]);
    expect(build(trace, {}, { limit: 9 }).count).toBe(4);
  });

  it('names the mode, and the concurrency of a closed one', () => {
    const trace = traceAt([0]);
    expect(build(trace).arrivals).toEqual({ mode: 'open' });
    const closed = build(trace, { mode: 'closed', concurrency: 7 });
    expect(closed.arrivals).toEqual({ mode: 'closed', concurrency: 7 });
  });

  it('adds the tokens of all media of a request to its prompt, and refuses unknown ones', () => {
    const unknown = new Int32Array(3).fill(-1);
    const media = (...tokens: number[]) => ({
      offsets: Int32Array.of(0, 2, 2, 3),
      kind: new Int32Array(3),
      kinds: ['image'],
      id: unknown,
      width: unknown,
      height: unknown,
      durationMs: unknown,
      position: unknown,
      tokens: Int32Array.from(tokens),
    });
    const three = traceAt([0, 1, 2], { media: media(100, 20, 7) });
    expect([...build(three).inputTokens]).toEqual([121, 2, 10]);
    expect(() => build(traceAt([0, 1, 2], { media: media(100, 20, -1) }))).toThrow(
      /a medium without tokens \(trace .*, row 2\)/,
    );
  });

  it('refuses an empty prompt with its row in the trace', () => {
    const trace = traceAt([0, 1, 2], { name: 'some', inputTokens: [5, 5, 0] });
    expect(() => build(trace, { window: { fromMs: 1, toMs: 9 } })).toThrow(
      'prompt of 0 tokens (trace some, row 2): at least 1',
    );
    expect(build(trace, { window: { fromMs: 0, toMs: 2 } }).count).toBe(2);
  });
});

describe('dequantise', () => {
  it('keeps the order and leaves every arrival within its tick', () => {
    fc.assert(
      fc.property(ticks, fc.nat(), (arrivalMs, seed) => {
        const { arrivalMs: spread, row } = build(
          traceAt(arrivalMs),
          { dequantise: true },
          { seed },
        );
        expect([...row]).toEqual([...arrivalMs.keys()]);
        const distinct = [...new Set(arrivalMs)];
        for (const [i, tick] of arrivalMs.entries()) {
          const at = distinct.indexOf(tick);
          // The last tick is as wide as the one before it.
          const width = (distinct[at + 1] ?? 2 * tick - (distinct[at - 1] ?? tick)) - tick;
          expect(spread[i]).toBeGreaterThanOrEqual(tick);
          expect((spread[i] as number) - tick).toBeLessThanOrEqual(width);
          if (i > 0) expect(spread[i]).toBeGreaterThanOrEqual(spread[i - 1] as number);
        }
      }),
    );
  });

  it('moves arrivals that share a tick apart, over all of it, and no others', () => {
    const together = Array.from({ length: 200 }, () => 1000);
    const spread = build(traceAt([0, ...together, 3000]), { dequantise: true }).arrivalMs;
    expect([spread[0], spread[201]]).toEqual([0, 3000]);
    expect(new Set(spread).size).toBe(202);
    expect(spread[1]).toBeLessThan(1100);
    expect(spread[200]).toBeGreaterThan(2900);
  });

  it('gives the same arrivals for the same seed, and others for another', () => {
    const spread = (seed: number) =>
      build(traceAt([0, 0, 0, 1000]), { dequantise: true }, { seed }).arrivalMs;
    expect(spread(5)).toEqual(spread(5));
    expect(spread(5)).not.toEqual(spread(6));
  });
});

describe('sessions', () => {
  const parts = {
    requestId: Uint32Array.of(50, 60, 70, 80),
    parentRequestId: Int32Array.of(-1, 50, -1, 60),
    thinkMs: Float64Array.of(Number.NaN, 3, Number.NaN, 4),
  };

  it('turn parents into tasks', () => {
    const work = build(traceAt([0, 1, 2, 3], parts), { mode: 'session' });
    expect([...(work.parent as Int32Array)]).toEqual([-1, 0, -1, 1]);
    expect([...(work.thinkMs as Float64Array)]).toEqual([Number.NaN, 3, Number.NaN, 4]);
    expect(work.arrivals).toEqual({ mode: 'session' });
  });

  it('begin anew where the parent is outside the window', () => {
    const work = build(traceAt([0, 1, 2, 3], parts), { window: { fromMs: 1, toMs: 9 } });
    expect([...(work.parent as Int32Array)]).toEqual([-1, -1, 0]);
  });

  it('need a trace that has them', () => {
    expect(() => build(traceAt([0], { name: 'plain' }), { mode: 'session' })).toThrow(
      'trace plain has no sessions (arrivals.mode)',
    );
  });
});
