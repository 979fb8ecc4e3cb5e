import { createClock } from '../../cost/clock.ts';
import { profileNamed } from '../../cost/profiles.ts';
import { modelNamed } from '../../model/models.ts';
import { newTrace } from '../../trace/new-trace.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { compareScheduling, type SchedulingAgreement } from './compare-scheduling.ts';
import {
  compareTimes,
  type QuantileErrors,
  type RequestErrors,
  type StepErrors,
  stepErrors,
} from './compare-times.ts';
import { FirstLengthClock, firstLengths, measureFirstLength } from './first-lengths.ts';
import type { LoggedSystem } from './logged-system.ts';
import { replayAtLoggedTimes } from './replay-at-logged-times.ts';
import { replayOnClock } from './replay-on-clock.ts';
import { defaultLimits, type EngineLimits, scenarioOf } from './rules.ts';
import { type RequestLog, readRequestLog, readStepLog } from './serving-log.ts';
import { StepPricing, withoutPadding } from './step-pricing.ts';

/**
 * Where the cost of a first prompt length comes from: read off the first half of the log's steps,
 * the engine profile's (a process that served nothing before), or given, ms.
 */
export type FirstLength = 'measured' | 'profile' | number;

export interface ServingValidation {
  readonly system: LoggedSystem & { readonly rules: string };
  readonly scheduling: SchedulingAgreement;
  /** All steps, the cost of first lengths included in the predictions. */
  readonly step_time: StepErrors & { readonly by_kind: readonly KindErrors[] };
  /** Of the quantiles, %. */
  readonly ttft_error: QuantileErrors;
  readonly tpot_error: QuantileErrors;
  /** Median absolute errors, request by request, %. */
  readonly per_request: RequestErrors;
  readonly first_lengths: {
    readonly count: number;
    readonly ms_each: number;
    readonly from: 'measured' | 'profile' | 'given';
  };
}

/** Steps by what they hold; those with a first length apart, and none of their cost predicted. */
export interface KindErrors extends StepErrors {
  readonly kind: 'decode' | 'prompts' | 'prompts, a first length';
}

export interface ValidationOptions {
  readonly steps: string;
  readonly requests: string;
  readonly rules: string;
  readonly system: LoggedSystem;
  readonly limits?: EngineLimits;
  readonly firstLength?: FirstLength;
}

/**
 * Holds a replay against the log of a serving engine, on two levels. Scheduling: with the log's own
 * start and duration for each step, does the replay decide the same? Clock: with its own step times,
 * how far off are steps and requests?
 */
export async function validateServing({
  steps: stepsFile,
  requests: requestsFile,
  rules,
  system,
  limits = defaultLimits,
  firstLength = 'measured',
}: ValidationOptions): Promise<ServingValidation> {
  const scenario = scenarioOf(rules, system, limits);
  const log = await readStepLog(stepsFile);
  const requests = await readRequestLog(requestsFile);
  const trace = traceOf(requests);
  const atLoggedTimes = replayAtLoggedTimes(trace, scenario, log.times);

  const { layers } = modelNamed(system.model);
  const clock = createClock({ kind: 'analytic', ...system });
  const pricing = new StepPricing(clock, layers);
  const msEach =
    firstLength === 'measured'
      ? measureFirstLength(atLoggedTimes.steps, log.times, pricing)
      : firstLength === 'profile'
        ? (profileNamed(system.profile).firstLengthMs?.value ?? 0)
        : firstLength;
  const replayed = replayOnClock(trace, scenario, new FirstLengthClock(clock, msEach), layers);
  const { ttft, tpot, perRequest } = compareTimes(requests, replayed);

  const firsts = firstLengths(log.steps);
  const usual = log.steps.map((step) => pricing.stepMs(withoutPadding(step)));
  const predicted = usual.map((ms, k) => ms + msEach * (firsts[k] as number));
  const ofKind = (kind: KindErrors['kind'], counted: (step: number) => boolean) => ({
    kind,
    ...stepErrors(log.times, usual, counted),
  });
  const prompts = (k: number) => (log.steps[k]?.prefills.length ?? 0) > 0;
  return {
    system: { ...system, rules },
    scheduling: compareScheduling(log, requests, atLoggedTimes),
    step_time: {
      ...stepErrors(log.times, predicted),
      by_kind: [
        ofKind('decode', (k) => !prompts(k)),
        ofKind('prompts', (k) => prompts(k) && firsts[k] === 0),
        ofKind('prompts, a first length', (k) => prompts(k) && firsts[k] !== 0),
      ],
    },
    ttft_error: ttft,
    tpot_error: tpot,
    per_request: perRequest,
    first_lengths: {
      count: firstLengths(atLoggedTimes.steps).reduce((sum, count) => sum + count, 0),
      ms_each: msEach,
      from: typeof firstLength === 'number' ? 'given' : firstLength,
    },
  };
}

/** Arrivals and lengths of a log as a trace: nothing of when the engine served them. */
export function traceOf({ requestId, arrivalMs, inputTokens, outputTokens }: RequestLog) {
  const trace: RequestTrace = newTrace({
    name: 'serving-log',
    kind: 'recorded',
    requestId,
    arrivalMs,
    inputTokens,
    outputTokens,
  });
  return trace;
}
