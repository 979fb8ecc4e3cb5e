/**
 * What a clock says of named pieces of work on an idle instance: prompts, whole or in chunks one
 * after the other, and rounds of decoding. No trace, no queue, no scheduler: figures to
 * hold against latencies that were measured for one request alone.
 */
import { z } from 'zod';
import { listConstants, type PlacedConstant } from '../cost/constants.ts';
import { mooncakeNodeConstants } from '../cost/mooncake-node.ts';
import { profileNamed } from '../cost/profiles.ts';
import { constantsOf } from '../cost/spec-constants.ts';
import { addDecodes, addPrefill, newStepWork, type Segment, type StepClock } from '../cost/work.ts';
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import type { PolicySpec } from '../policy/registry.ts';
import { InputError } from '../units/input-error.ts';
import { schemaError } from '../units/schema-error.ts';
import { columnsOf, defineAnalyser } from './analyser.ts';
import { analyticSpec, clockKinds } from './clocks.ts';

const prompt = z.strictObject({
  /** Tokens of the prompt, those that are cached included. */
  inputTokens: z.int().min(1),
  cachedTokens: z.int().min(0).default(0),
  /** Largest part that one step computes; null: all of it. */
  chunkTokens: z.int().min(1).nullable().default(null),
});
const decode = z.strictObject({
  sequences: z.int().min(1).default(1),
  /** Tokens of each sequence before the first round. */
  contextTokens: z.int().min(1),
  rounds: z.int().min(1).max(100_000).default(1),
});

export const stepTimeSchema = z.strictObject({
  kind: z.literal('step-time'),
  model: z.string(),
  gpu: z.string().default('a100-80gb'),
  tp: z.int().min(1).max(64).default(1),
  /** As in a scenario. */
  clock: z.looseObject({ kind: z.string().default('analytic') }).prefault({}),
  profile: z.string().default('modern-cuda-graphs'),
  /** By name; each is timed by itself. */
  work: z.record(z.string(), z.union([z.strictObject({ prompt }), z.strictObject({ decode })])),
});

type StepTimeSpec = z.output<typeof stepTimeSchema> & { readonly [member: string]: unknown };

export const stepTimeAnalyser = defineAnalyser<StepTimeSpec, null>({
  kind: 'step-time',
  doc: 'times of prompts and decode rounds alone on an instance',
  source: 'src/cost/README.md',
  tables: ['step_times'],
  parse(given) {
    const result = stepTimeSchema.safeParse(given);
    if (!result.success) throw schemaError(stepTimeSchema, result.error, given, 'analysis');
    const { work } = result.data;
    if (Object.keys(work).length === 0) {
      throw new InputError('nothing to time', { where: 'work', rule: 'a prompt or a decode' });
    }
    for (const [name, one] of Object.entries(work)) {
      if (!('prompt' in one) || one.prompt.cachedTokens < one.prompt.inputTokens) continue;
      const where = `work.${name}.prompt.cachedTokens`;
      const rule = `below inputTokens, ${one.prompt.inputTokens}`;
      throw new InputError(`invalid value ${one.prompt.cachedTokens}`, { where, rule });
    }
    return {
      ...result.data,
      model: modelNamed(result.data.model).name,
      gpu: gpuNamed(result.data.gpu).name,
      profile: profileNamed(result.data.profile).name,
      clock: clockKinds.complete(result.data.clock as PolicySpec, 'clock'),
    };
  },
  decode: null,
  constants: clockConstants,
  check: (spec) => void clockOf(spec),
  analyse(spec) {
    const { model, gpu, tp, profile, work } = spec;
    const { kind } = spec.clock;
    const clock = clockOf(spec);
    const { layers } = modelNamed(model);
    const rows = Object.entries(work).map(([name, one]) => ({
      name,
      model,
      gpu,
      tp,
      clock: kind,
      profile: kind === 'analytic' ? profile : 'none',
      ...('prompt' in one
        ? promptRow(clock, layers, one.prompt)
        : decodeRow(clock, layers, one.decode)),
    }));
    return { step_times: columnsOf(rows) };
  },
});

function clockOf({ clock, model, gpu, tp, profile }: StepTimeSpec): StepClock {
  return clockKinds.create(clock as PolicySpec, { seed: 0 })({ model, gpu, tp, profile });
}

function clockConstants({ clock, model, gpu, tp, profile }: StepTimeSpec): PlacedConstant[] {
  const { kind, ...values } = clock;
  if (kind === 'measured-70b-8xa800') return listConstants(mooncakeNodeConstants, kind);
  if (kind !== 'analytic') return [];
  const target = { model, gpu, tp, profile };
  return constantsOf(analyticSpec(values as Parameters<typeof analyticSpec>[0], target));
}

function promptRow(
  clock: StepClock,
  layers: number,
  { inputTokens, cachedTokens, chunkTokens }: z.output<typeof prompt>,
) {
  let steps = 0;
  let ms = 0;
  for (let done = cachedTokens; done < inputTokens; steps++) {
    const rows = Math.min(chunkTokens ?? inputTokens, inputTokens - done);
    done += rows;
    const step = newStepWork(1, layers);
    addPrefill(step.segments[0] as Segment, rows, done);
    step.sequences = 1;
    step.logitRows = done === inputTokens ? 1 : 0;
    ms += clock.stepMs(step);
  }
  return {
    phase: 'prefill',
    input_tokens: inputTokens,
    cached_tokens: cachedTokens,
    sequences: 1,
    steps,
    total_ms: ms,
  };
}

function decodeRow(
  clock: StepClock,
  layers: number,
  { sequences, contextTokens, rounds }: z.output<typeof decode>,
) {
  let ms = 0;
  for (let round = 1; round <= rounds; round++) {
    const step = newStepWork(0, layers);
    addDecodes(step.segments[0] as Segment, sequences, sequences * (contextTokens + round));
    step.sequences = step.logitRows = sequences;
    ms += clock.stepMs(step);
  }
  return {
    phase: 'decode',
    input_tokens: contextTokens,
    cached_tokens: contextTokens,
    sequences,
    steps: rounds,
    total_ms: ms,
  };
}
