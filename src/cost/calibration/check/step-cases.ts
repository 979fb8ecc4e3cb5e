import { encoderNamed } from '../../../model/encoders.ts';
import { modelNamed } from '../../../model/models.ts';
import { shardOf } from '../../../model/shard.ts';
import { InputError } from '../../../units/input-error.ts';
import { breakDown } from '../../breakdown.ts';
import type { StepContext } from '../../composition.ts';
import { encodeMs } from '../../encode.ts';
import { profileNamed } from '../../profiles.ts';
import { addDecodes, addPrefill, newStepWork, type Segment, type StepWork } from '../../work.ts';
import type { PricedGpu } from './gpu-choice.ts';

/**
 * - prefill: prompts without a cached prefix; prefix: with one
 * - decode: a round; mixed: a round with a prompt's chunk
 * - tsp: a prompt of which only some tokens go on from some layer on; encode: tiles of images
 */
export type Phase = 'prefill' | 'prefix' | 'decode' | 'mixed' | 'tsp' | 'encode';

/** One timed step. */
export interface StepCase {
  /** Stem of the file. */
  readonly file: string;
  readonly engine: string;
  readonly version: string;
  readonly model: string;
  readonly tp: number;
  readonly at: PricedGpu;
  readonly phase: Phase;
  readonly measuredMs: number;
  readonly shape: Readonly<Record<string, number>>;
}

/** What a step of that shape computes: prompts, and decoding sequences. */
function workOf({ phase, shape }: StepCase, layers: number): StepWork {
  const work = newStepWork(shape.batch ?? 1, layers);
  const segment = work.segments[0] as Segment;
  const { batch = 1, newTokens = 0, prefix = 0, context = 0 } = shape;
  if (phase === 'decode' || phase === 'mixed') addDecodes(segment, batch, batch * context);
  const prompts = phase === 'decode' ? 0 : phase === 'mixed' ? 1 : batch;
  for (let i = 0; i < prompts; i++) addPrefill(segment, newTokens, newTokens + prefix);
  work.sequences = work.logitRows = phase === 'mixed' ? batch + 1 : batch;
  if (phase === 'tsp') narrowFrom(work, layers, shape);
  return work;
}

/** From layer `fullLayers` on, only `rate` of the tokens go on, with their own keys and values. */
function narrowFrom(
  work: StepWork,
  layers: number,
  { newTokens = 0, fullLayers = layers, rate = 1 }: StepCase['shape'],
): void {
  if (fullLayers >= layers) return;
  const kept = Math.round(rate * newTokens);
  const rest = newStepWork(1, layers - fullLayers).segments[0] as Segment;
  addPrefill(rest, kept, kept);
  (work.segments[0] as Segment).layers = fullLayers;
  work.segments.push(rest);
}

/**
 * Time of a step on its GPU, ms.
 * @param profile name of an engine profile; encoders are kernels alone under any
 * @throws InputError where the model or encoder is not known, or cannot be split so
 */
export function stepMs(step: StepCase, profile: string): number {
  const { at, shape } = step;
  const engine = profileNamed(profile);
  const kernels = at.engineKernels(engine);
  if (step.phase === 'encode') {
    const { tiles = 1, rowsPerTile = 1 } = shape;
    return encodeMs(encoderNamed(step.model), kernels, { tiles, rowsPerTile });
  }
  const context: StepContext = {
    shard: shardOf(modelNamed(step.model), step.tp),
    kernels,
    allReduce: 'custom',
    mhaCap: false,
    stepFactor: 1,
  };
  const work = workOf(step, context.shard.model.layers);
  return breakDown(context, engine, work).totalMs;
}

/** Why a step cannot be priced, or null. */
export function whyNot(step: StepCase): string | null {
  try {
    if (step.phase === 'encode') encoderNamed(step.model);
    else shardOf(modelNamed(step.model), step.tp);
    return null;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
