import { AnalyticClock } from '../../cost/analytic-clock.ts';
import { type CalibrationLog, type EngineProfile, profileNamed } from '../../cost/profiles.ts';
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
import { logOf } from './engine-samples.ts';
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
  readonly system: Omit<LoggedSystem, 'engine'> & { readonly rules: string };
  /** What the engine profile was fitted on; a replay of one of these logs is in-sample. */
  readonly calibrated_on: {
    readonly logs: readonly string[];
    /** Whether the log under test is one of them, by the sha256 of its steps. */
    readonly this_log: boolean;
  };
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

/** Steps by what they hold; those with a first length apart, its cost in the predictions. */
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
  const { engine: given, ...names } = system;
  const profile = given ?? profileNamed(system.profile);
  const scenario = scenarioOf(rules, names, limits);
  const log = await readStepLog(stepsFile);
  const requests = await readRequestLog(requestsFile);
  const trace = traceOf(requests);
  const atLoggedTimes = replayAtLoggedTimes(trace, scenario, log.times);

  const { layers } = modelNamed(system.model);
  const clock = new AnalyticClock({ kind: 'analytic', ...names }, profile);
  const pricing = new StepPricing(clock, layers);
  const msEach =
    firstLength === 'measured'
      ? measureFirstLength(atLoggedTimes.steps, log.times, pricing)
      : firstLength === 'profile'
        ? (profile.firstLengthMs?.value ?? 0)
        : firstLength;
  const replayed = replayOnClock(trace, scenario, new FirstLengthClock(clock, msEach), layers);
  const { ttft, tpot, perRequest } = compareTimes(requests, replayed);

  const firsts = firstLengths(log.steps);
  const usual = log.steps.map((step) => pricing.stepMs(withoutPadding(step)));
  const predicted = usual.map((ms, k) => ms + msEach * (firsts[k] as number));
  const ofKind = (kind: KindErrors['kind'], counted: (step: number) => boolean) => ({
    kind,
    ...stepErrors(log.times, predicted, counted),
  });
  const prompts = (k: number) => (log.steps[k]?.prefills.length ?? 0) > 0;
  return {
    system: { ...names, rules },
    calibrated_on: calibrationOf(profile, logOf(stepsFile, log.times.count)),
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

function calibrationOf({ calibratedOn = [] }: EngineProfile, { sha256 }: CalibrationLog) {
  return {
    logs: calibratedOn.map(({ file }) => file),
    this_log: calibratedOn.some((log) => log.sha256 === sha256),
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
