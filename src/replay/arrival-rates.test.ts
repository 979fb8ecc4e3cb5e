import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newTrace } from '../trace/new-trace.ts';
import { buildWorkload } from './arrivals.ts';
import { parseScenario, type Scenario } from './scenario.ts';

fc.configureGlobal({ seed: 62, numRuns: 60 });

const count = 2000;
/** An arrival every 10 ms, each with its own prompt length. */
const trace = newTrace({
  arrivalMs: Float64Array.from({ length: count }, (_, i) => 10 * i),
  inputTokens: Int32Array.from({ length: count }, (_, i) => i + 1),
  outputTokens: new Int32Array(count).fill(1),
  requestId: Uint32Array.from({ length: count }, (_, i) => i),
  parentRequestId: Int32Array.from({ length: count }, (_, i) => i - 1),
  cancelMs: Float64Array.from({ length: count }, (_, i) => 1000 + i),
});

type Rate = Scenario['arrivals']['rate'];

function at(rate: Partial<Rate>, { seed = 1, mode = 'open', fromMs = 0 } = {}) {
  const scenario = parseScenario({
    groups: [{ model: 'llama-3.1-8b' }],
    arrivals: { rate, mode, window: { fromMs, toMs: 10 * count } },
  });
  return buildWorkload(trace, scenario.arrivals, { seed, limit: null });
}

describe('rate by compress', () => {
  it('divides every arrival time and changes nothing else', () => {
    const work = at({ factor: 4 });
    expect(work.arrivalMs).toEqual(trace.arrivalMs.map((t) => t / 4));
    expect(work.inputTokens).toEqual(trace.inputTokens);
    expect(work.cancelAfterMs).toEqual(trace.cancelMs);
  });
});

describe('rate by thin', () => {
  it('keeps about that share of the requests, each with its own time and lengths', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.95, noNaN: true }), fc.nat(), (factor, seed) => {
        const { row, arrivalMs, inputTokens, cancelAfterMs } = at({ by: 'thin', factor }, { seed });
        const sd = Math.sqrt(count * factor * (1 - factor));
        expect(Math.abs(row.length - count * factor)).toBeLessThan(5 * sd);
        expect(arrivalMs).toEqual(Float64Array.from(row, (r) => 10 * r));
        expect(inputTokens).toEqual(Int32Array.from(row, (r) => r + 1));
        expect(cancelAfterMs).toEqual(Float64Array.from(row, (r) => 1000 + r));
        expect(row).toEqual(row.toSorted());
        expect(new Set(row).size).toBe(row.length);
      }),
    );
  });

  it('takes rows of the trace, and times from the start of the window', () => {
    const fromMs = 5 * count;
    const { row, arrivalMs, inputTokens } = at({ by: 'thin', factor: 0.5 }, { fromMs });
    expect(row[0]).toBeGreaterThanOrEqual(count / 2);
    expect(arrivalMs).toEqual(Float64Array.from(row, (r) => 10 * r - fromMs));
    expect(inputTokens).toEqual(Int32Array.from(row, (r) => r + 1));
  });

  it('keeps a parent only where it stayed', () => {
    const { row, parent } = at({ by: 'thin', factor: 0.5 });
    for (const [task, r] of row.entries()) {
      expect(parent?.[task]).toBe(row[task - 1] === r - 1 ? task - 1 : -1);
    }
  });

  it('refuses to keep more than all', () => {
    expect(() => at({ by: 'thin', factor: 1.5 })).toThrow('rate factor 1.5 (arrivals.rate)');
    expect(at({ by: 'thin', factor: 1 }).row).toHaveLength(count);
  });
});

describe('rate by resample', () => {
  it.each([0.5, 1, 3])('draws Poisson arrivals at %d times the mean rate', (factor) => {
    const { row, arrivalMs, inputTokens } = at({ by: 'resample', factor });
    expect(Math.abs(row.length - factor * count)).toBeLessThan(5 * Math.sqrt(factor * count));
    expect(arrivalMs).toEqual(arrivalMs.toSorted());
    expect(arrivalMs.at(-1)).toBeLessThan(trace.arrivalMs.at(-1) as number);
    expect(inputTokens).toEqual(Int32Array.from(row, (r) => r + 1));
    const gaps = arrivalMs.slice(1).map((t, i) => t - (arrivalMs[i] as number));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    // Exponential gaps vary as much as they last; those of the trace do not vary at all.
    expect(Math.abs(Math.sqrt(variance) / mean - 1)).toBeLessThan(0.15);
  });

  it('draws with replacement, from all of the trace, and forgets sessions', () => {
    const { row, parent, thinkMs } = at({ by: 'resample', factor: 1 });
    expect(new Set(row).size).toBeLessThan(0.7 * count);
    expect(Math.max(...row) - Math.min(...row)).toBeGreaterThan(0.98 * count);
    expect([parent, thinkMs]).toEqual([null, null]);
  });

  it('is refused for sessions, which it would lose', () => {
    expect(() => at({ by: 'resample', factor: 2 }, { mode: 'session' })).toThrow(
      'session arrivals resampled (arrivals.rate.by)',
    );
  });
});

describe.each(['thin', 'resample'] as const)('rate by %s', (by) => {
  it('gives the same arrivals for the same seed, and others for another', () => {
    const draw = (seed: number) => at({ by, factor: 0.5 }, { seed });
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3).row).not.toEqual(draw(4).row);
  });
});
