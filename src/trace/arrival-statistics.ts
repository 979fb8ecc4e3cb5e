import { quantileSorted } from '../units/quantile.ts';

export interface ArrivalStatistics {
  /** Requests over the time from first to last arrival; null where that is no time. */
  readonly rate_per_s: number | null;
  /** Standard deviation over mean of the times between arrivals (1 for a Poisson process). */
  readonly gap_cv: number | null;
  readonly distinct_times: number;
  /** Most requests that arrive within one second (seconds counted from time 0). */
  readonly peak_per_s: number;
  /** Length of the clock's tick, where arrivals are rounded to one; else null. */
  readonly tick_ms: number | null;
  /** Requests in each of 48 equal parts of the duration. */
  readonly over_time: number[];
}

const parts = 48;

export function arrivalStatistics(arrivalMs: Float64Array): ArrivalStatistics {
  const count = arrivalMs.length;
  const first = arrivalMs[0] ?? 0;
  const spanMs = (arrivalMs[count - 1] ?? 0) - first;
  const overTime = new Array<number>(spanMs > 0 ? parts : 0).fill(0);
  for (const ms of arrivalMs) {
    if (spanMs > 0) overTime[Math.min(parts - 1, Math.floor((parts * (ms - first)) / spanMs))]!++;
  }
  const steps = stepsBetweenTimes(arrivalMs);
  return {
    rate_per_s: spanMs > 0 ? count / (spanMs / 1000) : null,
    gap_cv: gapCv(arrivalMs, spanMs),
    distinct_times: count === 0 ? 0 : steps.length + 1,
    peak_per_s: peakPerSecond(arrivalMs),
    tick_ms: tickMs(steps, count),
    over_time: overTime,
  };
}

function gapCv(arrivalMs: Float64Array, spanMs: number): number | null {
  const gaps = arrivalMs.length - 1;
  if (gaps < 1 || spanMs === 0) return null;
  const mean = spanMs / gaps;
  let squares = 0;
  for (let i = 1; i <= gaps; i++) {
    const gap = (arrivalMs[i] as number) - (arrivalMs[i - 1] as number);
    squares += (gap - mean) ** 2;
  }
  return Math.sqrt(squares / gaps) / mean;
}

/** Times from each distinct arrival time to the next, in ms. */
function stepsBetweenTimes(arrivalMs: Float64Array): Float64Array {
  const steps = new Float64Array(Math.max(0, arrivalMs.length - 1));
  let found = 0;
  for (let i = 1; i < arrivalMs.length; i++) {
    const step = (arrivalMs[i] as number) - (arrivalMs[i - 1] as number);
    if (step > 0) steps[found++] = step;
  }
  return steps.slice(0, found);
}

/**
 * A clock that ticks: at least two requests share a time on average, and nine in ten of the steps
 * between times agree to 5 %.
 */
function tickMs(steps: Float64Array, count: number): number | null {
  if (steps.length < 10 || count < 2 * (steps.length + 1)) return null;
  const sorted = steps.slice().sort();
  const median = quantileSorted(sorted, 0.5);
  const spread = quantileSorted(sorted, 0.95) - quantileSorted(sorted, 0.05);
  return spread <= 0.05 * median ? median : null;
}

function peakPerSecond(arrivalMs: Float64Array): number {
  let peak = 0;
  let second = -1;
  let inSecond = 0;
  for (const ms of arrivalMs) {
    const here = Math.floor(ms / 1000);
    inSecond = here === second ? inSecond + 1 : 1;
    second = here;
    peak = Math.max(peak, inSecond);
  }
  return peak;
}
