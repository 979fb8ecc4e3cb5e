import { describe, expect, it } from 'vitest';
import { compareTimes, stepErrors } from './compare-times.ts';

const times = (...durations: number[]) => ({
  count: durations.length,
  startMs: new Float64Array(durations.length),
  durationMs: Float64Array.from(durations),
});

describe('stepErrors', () => {
  it('are the median size and the mean of signed errors, in percent of the measurement', () => {
    expect(stepErrors(times(10, 10, 20), [11, 8, 20])).toEqual({
      rows: 3,
      median_ape: expect.closeTo(10, 9),
      bias: expect.closeTo(-10 / 3, 9),
    });
  });

  it('count the steps that are asked for, and are null for none', () => {
    expect(stepErrors(times(10, 10), [11, 12], (k) => k === 1).bias).toBeCloseTo(20, 9);
    expect(stepErrors(times(10), [11], () => false)).toEqual({
      rows: 0,
      median_ape: null,
      bias: null,
    });
  });
});

describe('compareTimes', () => {
  const requests = {
    file: 'here',
    count: 3,
    requestId: Uint32Array.of(0, 1, 2),
    arrivalMs: Float64Array.of(0, 100, 200),
    inputTokens: Int32Array.of(1, 1, 1),
    outputTokens: Int32Array.of(11, 1, 6),
    firstTokenMs: Float64Array.of(100, 300, 500),
    finishMs: Float64Array.of(200, 300, 600),
  };

  it('holds quantiles against quantiles, and each request against itself', () => {
    const replayed = {
      firstTokenMs: Float64Array.of(110, 280, 530),
      finishMs: Float64Array.of(220, 280, 620),
    };
    const { ttft, tpot, perRequest } = compareTimes(requests, replayed);
    // TTFT 100, 200, 300 became 110, 180, 330; TPOT 10 and 20 became 11 and 18.
    expect(ttft).toEqual({
      p50: expect.closeTo(-10, 9),
      p90: expect.closeTo((300 / 280 - 1) * 100, 9),
    });
    expect(tpot.p50).toBeCloseTo((14.5 / 15 - 1) * 100, 9);
    expect(perRequest).toEqual({
      requests: 3,
      dropped: 0,
      ttft: expect.closeTo(10, 9),
      tpot: expect.closeTo(10, 9),
      finish: expect.closeTo(10, 9),
    });
  });

  it('leaves out requests that did not finish, and says null where none did', () => {
    const none = {
      firstTokenMs: new Float64Array(3).fill(Number.NaN),
      finishMs: new Float64Array(3).fill(Number.NaN),
    };
    const { ttft, perRequest } = compareTimes(requests, none);
    expect(ttft).toEqual({ p50: null, p90: null });
    expect(perRequest).toEqual({ requests: 0, dropped: 3, ttft: null, tpot: null, finish: null });
  });
});
