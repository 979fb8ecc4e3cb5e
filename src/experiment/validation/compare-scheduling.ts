import { type Difference, endOf, explain } from './explain-difference.ts';
import type { LoggedReplay, ReplayedStep } from './replay-at-logged-times.ts';
import type { Composition, RequestLog, StepLog } from './serving-log.ts';

/** How well the decisions of a replay at logged times agree with the log. */
export interface SchedulingAgreement {
  readonly steps_measured: number;
  /** Steps of the replay that computed something. */
  readonly steps_replayed: number;
  readonly first_difference: Difference | null;
  /** Of the measured steps: those with equal decodes and an equal prefill list. */
  readonly matching_share: number;
  /**
   * Of the requests that finish within the log: those whose finish is off by at most 1 % of their
   * time in the system; null where none does.
   */
  readonly finish_within_1pct_share: number | null;
  /** Requests that finish after the last logged step, as where a log of steps was cut. */
  readonly finish_after_log: number;
  /** Requests that can never fit: the replay refuses them, and counts them as not finished. */
  readonly refused: number;
}

/** Logs state times to 0.001 ms, so that a finish and the end of its step may differ by some. */
const roundingMs = 0.01;

export function compareScheduling(
  log: StepLog,
  requests: RequestLog,
  replay: LoggedReplay,
): SchedulingAgreement {
  const { steps, finishMs, refused } = replay;
  let matching = 0;
  let replayed = 0;
  let first = -1;
  for (const [k, measured] of log.steps.entries()) {
    const own = steps[k] as ReplayedStep;
    if (own.decodes > 0 || own.prefills.length > 0) replayed++;
    if (sameComposition(measured, own)) matching++;
    else if (first < 0) first = k;
  }
  const end = endOf(log.times, log.times.count - 1) + roundingMs;
  let near = 0;
  let after = 0;
  for (let i = 0; i < requests.count; i++) {
    const finish = requests.finishMs[i] as number;
    if (finish > end) {
      after++;
      continue;
    }
    const stay = finish - (requests.arrivalMs[i] as number);
    if (Math.abs((finishMs[i] as number) - finish) <= 0.01 * stay) near++;
  }
  return {
    steps_measured: log.times.count,
    steps_replayed: replayed,
    first_difference: first < 0 ? null : explain(first, log, requests, replay),
    matching_share: matching / log.times.count,
    finish_within_1pct_share: after < requests.count ? near / (requests.count - after) : null,
    finish_after_log: after,
    refused: refused.length,
  };
}

/** Equal decodes and an equal prefill list, in its order. */
export function sameComposition(a: Composition, b: Composition): boolean {
  if (a.decodes !== b.decodes || a.prefills.length !== b.prefills.length) return false;
  return a.prefills.every(({ rows, cached }, i) => {
    const other = b.prefills[i];
    return other !== undefined && rows === other.rows && cached === other.cached;
  });
}
