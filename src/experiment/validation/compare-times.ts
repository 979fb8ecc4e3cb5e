import { quantileSorted } from '../../units/quantile.ts';
import type { ReplayedTimes } from './replay-on-clock.ts';
import type { RequestLog, StepTimes } from './serving-log.ts';

/** Percent. */
export interface QuantileErrors {
  readonly p50: number | null;
  readonly p90: number | null;
}

/** Absolute error of each request, its median over the requests, %. */
export interface RequestErrors {
  /** Those that finished in the replay. */
  readonly requests: number;
  /** Those of the log that did not: out of every error. */
  readonly dropped: number;
  readonly ttft: number | null;
  readonly tpot: number | null;
  /** Of the finish, against the time from arrival to finish. */
  readonly finish: number | null;
}

export interface StepErrors {
  readonly rows: number;
  /** Median of the absolute errors, %. */
  readonly median_ape: number | null;
  /** Mean of the signed errors, %: above 0 where predictions are too long. */
  readonly bias: number | null;
}

/** Errors of predicted step durations over the steps that `counted` names. */
export function stepErrors(
  { durationMs }: StepTimes,
  predictedMs: ArrayLike<number>,
  counted: (step: number) => boolean = () => true,
): StepErrors {
  const signed: number[] = [];
  for (const [k, measured] of durationMs.entries()) {
    if (counted(k) && measured > 0) signed.push(100 * ((predictedMs[k] as number) / measured - 1));
  }
  const mean = signed.reduce((sum, error) => sum + error, 0) / signed.length;
  return { rows: signed.length, median_ape: medianSize(signed), bias: finite(mean) };
}

/** Times of requests as measured and as replayed, over those that finished in both. */
export function compareTimes(
  { count, arrivalMs, outputTokens, firstTokenMs, finishMs }: RequestLog,
  replayed: ReplayedTimes,
): { ttft: QuantileErrors; tpot: QuantileErrors; perRequest: RequestErrors } {
  const ttft: Pair[] = [];
  const tpot: Pair[] = [];
  const stay: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const arrival = arrivalMs[i] as number;
    const first = firstTokenMs[i] as number;
    const finish = finishMs[i] as number;
    const ownFirst = replayed.firstTokenMs[i] as number;
    const ownFinish = replayed.finishMs[i] as number;
    if (Number.isNaN(ownFinish)) continue;
    ttft.push({ measured: first - arrival, replayed: ownFirst - arrival });
    stay.push({ measured: finish - arrival, replayed: ownFinish - arrival });
    const gaps = (outputTokens[i] as number) - 1;
    if (gaps === 0) continue;
    tpot.push({ measured: (finish - first) / gaps, replayed: (ownFinish - ownFirst) / gaps });
  }
  const perRequest = {
    requests: ttft.length,
    dropped: count - ttft.length,
    ttft: medianSize(ttft.map(errorOf)),
    tpot: medianSize(tpot.map(errorOf)),
    finish: medianSize(stay.map(errorOf)),
  };
  return { ttft: quantileErrors(ttft), tpot: quantileErrors(tpot), perRequest };
}

interface Pair {
  readonly measured: number;
  readonly replayed: number;
}

/** Signed, %. */
function errorOf({ measured, replayed }: Pair): number {
  return 100 * (replayed / measured - 1);
}

/** 100 (quantile replayed / quantile measured - 1). */
function quantileErrors(pairs: readonly Pair[]): QuantileErrors {
  const measured = Float64Array.from(pairs, (pair) => pair.measured).sort();
  const replayed = Float64Array.from(pairs, (pair) => pair.replayed).sort();
  const at = (q: number) =>
    finite(
      errorOf({ measured: quantileSorted(measured, q), replayed: quantileSorted(replayed, q) }),
    );
  return { p50: at(0.5), p90: at(0.9) };
}

function medianSize(errors: readonly number[]): number | null {
  return finite(quantileSorted(Float64Array.from(errors, Math.abs).sort(), 0.5));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
