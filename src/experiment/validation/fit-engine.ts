import { contextOf } from '../../cost/analytic-clock.ts';
import {
  type ErrorSummary,
  type Scored,
  summariseErrors,
} from '../../cost/calibration/check/errors.ts';
import { minimise } from '../../cost/calibration/fit/nelder-mead.ts';
import { decodeFixedUs, decodeUsPerToken, type StepContext } from '../../cost/composition.ts';
import { Kernels } from '../../cost/kernels.ts';
import type { CalibrationLog } from '../../cost/profiles.ts';
import { InputError } from '../../units/input-error.ts';
import { type EngineSample, type HalfBy, readEngineSamples } from './engine-samples.ts';

/** One layer's decode attention, t0 + KV / (W e) + block b hk / SMs. */
interface OwnAttention {
  readonly startUs: number;
  readonly kvShare: number;
  readonly blockUs: number;
}

/** Steps with prompts: max(kernels, launches) + fixed + per sequence. */
interface EagerTerms {
  readonly launchMsPerLayer: number;
  readonly launchMsPerExtraPrompt: number;
  readonly fixedMs: number;
  readonly perSequenceMs: number;
}

export interface EngineFit {
  readonly model: string;
  readonly gpu: string;
  readonly logs: readonly CalibrationLog[];
  /** What the first half of a log is half of. */
  readonly half: HalfBy;
  /** Batches that the logs' decode rounds were padded to, ascending. */
  readonly graphBatches: readonly number[];
  readonly decodeAttention: OwnAttention;
  /** Of a decode round: what the logs state as its preparation. */
  readonly decodeFixedMs: number;
  readonly prefill: EagerTerms;
  /** By log, phase and half, %. */
  readonly errors: readonly EngineErrors[];
  /** Over all logs, %. */
  readonly phases: { readonly decode: PhaseErrors; readonly prefill: PhaseErrors };
}

/** MAPE over the fitted half, bare kernels and with the terms, and over the other half. */
interface PhaseErrors {
  readonly kernels: number;
  readonly fitted: number;
  readonly held_out: { readonly mape: number; readonly points: number } | null;
}

interface EngineErrors extends ErrorSummary {
  readonly log: string;
  readonly phase: 'decode' | 'prefill';
  readonly half: EngineSample['half'];
}

/**
 * Terms of an engine from the logs of its steps; the kernels of the GPU stay as they are.
 *
 * Decode rounds give the engine's own decode attention; their fixed time is the preparation that
 * the logs state. Then steps with prompts give launches, fixed time and time per sequence. Fitted on
 * the first half of each log (of its steps or its prompts), all logs with equal weight, and scored on
 * both halves. Steps with a
 * first prompt length (kernel selection) are left out. Loss: mean |log(prediction / measurement)|;
 * launches are then raised to their mean, since what a host loses now and then adds up over a
 * request, and a median leaves it out.
 */
export async function fitEngine({
  files,
  model,
  gpu,
  half = 'steps',
}: {
  files: readonly string[];
  model: string;
  gpu: string;
  /** What the first half of a log is half of. */
  half?: HalfBy;
}): Promise<EngineFit> {
  const context = contextOf({ kind: 'analytic', model, gpu, profile: 'kernels-only' });
  const { layers } = context.shard.model;
  const { samples, preparationMs, logs, graphBatches } = await readEngineSamples(
    files,
    context,
    half,
  );
  const decodeFixedMs = preparationMs.reduce((sum, ms) => sum + ms, 0) / preparationMs.length;

  const roundMs = (own: OwnAttention) => {
    const attentionMs = attentionOf(context, own);
    return (s: EngineSample) => s.otherMs + layers * attentionMs(s) + decodeFixedMs;
  };
  const rounds = samples.filter(({ prompts }) => prompts === 0);
  const eager = samples.filter(({ prompts }) => prompts > 0);
  refuseNone('decode rounds', rounds, files);
  refuseNone('steps with prompts of lengths met before', eager, files);
  const decodeAttention = fitted(rounds, roundMs, { startUs: 10, kvShare: 0.7, blockUs: 1 });

  const attentionMs = attentionOf(context, decodeAttention);
  const eagerMs = (terms: EagerTerms) => (s: EngineSample) => {
    const kernels = s.otherMs + (s.decodes > 0 ? layers * attentionMs(s) : 0);
    const launches =
      terms.launchMsPerLayer * layers + terms.launchMsPerExtraPrompt * (s.prompts - 1);
    return Math.max(kernels, launches) + terms.fixedMs + terms.perSequenceMs * s.sequences;
  };
  const usual = fitted(eager, eagerMs, {
    launchMsPerLayer: 0.5,
    launchMsPerExtraPrompt: 3,
    fixedMs: 1,
    perSequenceMs: 0.05,
  });
  const prefill = launchedOnAverage(eager, eagerMs, usual);
  const errors = files.flatMap((log, i) =>
    (['fitted', 'held out'] as const).flatMap((half) => {
      const scored = (all: readonly EngineSample[], ms: (s: EngineSample) => number): Scored[] =>
        all
          .filter((s) => s.log === i && s.half === half)
          .map((s) => ({ measured: s.measuredMs, predicted: ms(s) }));
      return [
        { log, phase: 'decode' as const, half, rows: scored(rounds, roundMs(decodeAttention)) },
        { log, phase: 'prefill' as const, half, rows: scored(eager, eagerMs(prefill)) },
      ]
        .filter(({ rows }) => rows.length > 0)
        .map(({ rows, ...of }) => ({ ...of, ...summariseErrors(rows) }));
    }),
  );
  return {
    model: context.shard.model.name,
    gpu: context.kernels.gpu.name,
    logs,
    half,
    graphBatches,
    decodeAttention,
    decodeFixedMs,
    prefill,
    errors,
    phases: {
      decode: phaseErrors(rounds, roundMs(decodeAttention)),
      prefill: phaseErrors(eager, eagerMs(prefill)),
    },
  };
}

function refuseNone(what: string, samples: readonly EngineSample[], files: readonly string[]) {
  if (samples.some(({ half }) => half === 'fitted')) return;
  throw new InputError(`no ${what}`, {
    where: files.join(', '),
    rule: 'some in the first half of a log',
  });
}

function phaseErrors(
  samples: readonly EngineSample[],
  modelMs: (sample: EngineSample) => number,
): PhaseErrors {
  const mapeOf = (half: EngineSample['half'], ms: (sample: EngineSample) => number) => {
    const rows = samples.filter((s) => s.half === half);
    const scored = rows.map((s): Scored => ({ measured: s.measuredMs, predicted: ms(s) }));
    return rows.length === 0 ? null : { mape: summariseErrors(scored).mape, points: rows.length };
  };
  return {
    kernels: mapeOf('fitted', (s) => s.kernelsMs)?.mape as number,
    fitted: mapeOf('fitted', modelMs)?.mape as number,
    held_out: mapeOf('held out', modelMs),
  };
}

/** Launches scaled so that the steps they bind take as long in all as they were measured. */
function launchedOnAverage(
  samples: readonly EngineSample[],
  modelOf: (terms: EagerTerms) => (sample: EngineSample) => number,
  usual: EagerTerms,
): EagerTerms {
  const scaled = (factor: number): EagerTerms => ({
    ...usual,
    launchMsPerLayer: factor * usual.launchMsPerLayer,
    launchMsPerExtraPrompt: factor * usual.launchMsPerExtraPrompt,
  });
  const free = modelOf(scaled(0));
  const usually = modelOf(usual);
  const bound = samples.filter((s) => s.half === 'fitted' && usually(s) > free(s));
  const measured = bound.reduce((sum, s) => sum + s.measuredMs, 0);
  const off = ([logFactor]: readonly number[]) => {
    const ms = modelOf(scaled(Math.exp(logFactor as number)));
    const total = bound.reduce((sum, s) => sum + ms(s), 0);
    return Math.abs(Math.log(total / measured));
  };
  if (bound.length === 0) return usual;
  return scaled(Math.exp(minimise(off, [0], { step: 0.1 }).at[0] as number));
}

/** Best positive values, found as logarithms. */
function fitted<T extends { readonly [K in keyof T]: number }>(
  samples: readonly EngineSample[],
  modelOf: (values: T) => (sample: EngineSample) => number,
  start: T,
): T {
  const names = Object.keys(start) as (keyof T)[];
  const valuesAt = (x: readonly number[]) =>
    Object.fromEntries(names.map((name, i) => [name, Math.exp(x[i] as number)])) as T;
  const taken = samples.filter(({ half }) => half === 'fitted');
  const counts = new Map<number, number>();
  for (const { log } of taken) counts.set(log, (counts.get(log) ?? 0) + 1);
  const loss = (x: readonly number[]) => {
    const ms = modelOf(valuesAt(x));
    let sum = 0;
    for (const s of taken) {
      sum += Math.abs(Math.log(ms(s) / s.measuredMs)) / (counts.get(s.log) as number);
    }
    return sum / counts.size;
  };
  const from = names.map((name) => Math.log(start[name] as number));
  return valuesAt(minimise(loss, from, { step: 0.4 }).at);
}

function attentionOf(context: StepContext, own: OwnAttention): (s: EngineSample) => number {
  const { gpu, constants } = context.kernels;
  const decodeAttention = {
    ...constants.decodeAttention,
    ...own,
    queryShare: 1,
    groupedBlockShare: 1,
  };
  const kernels = new Kernels(gpu, { ...constants, decodeAttention });
  const perTokenUs = decodeUsPerToken({ ...context, kernels }, 1);
  return ({ decodes, contextTokens }) =>
    (decodeFixedUs({ ...context, kernels }, decodes) + perTokenUs * contextTokens) / 1000;
}
