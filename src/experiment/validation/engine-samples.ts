import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { breakDown } from '../../cost/breakdown.ts';
import { addDecodes, addPrefill, newStepWork } from '../../cost/clock.ts';
import type { StepContext } from '../../cost/composition.ts';
import { type CalibrationLog, profileNamed } from '../../cost/profiles.ts';
import { sha256 } from '../../units/canonical.ts';
import { quantileSorted } from '../../units/quantile.ts';
import { firstLengths } from './first-lengths.ts';
import { type Composition, type MeasuredStep, readStepLog } from './serving-log.ts';

/** A measured step, its kernels priced but for decode attention. */
export interface EngineSample {
  readonly log: number;
  readonly half: 'fitted' | 'held out';
  readonly measuredMs: number;
  readonly otherMs: number;
  /** All kernels as the GPU has them, no engine. */
  readonly kernelsMs: number;
  /** Sequences and KV tokens of decode attention, padding included. */
  readonly decodes: number;
  readonly contextTokens: number;
  readonly prompts: number;
  readonly sequences: number;
}

/**
 * Half of a log's steps; or the steps before more than half of its prompts have begun, so that the
 * other half takes no part in the fit. They differ under overload, where the last half of the steps
 * are rounds that finish what the first half admitted.
 */
export type HalfBy = 'steps' | 'prompts';

export interface EngineSamples {
  /** Steps without a first prompt length, of all logs. */
  readonly samples: readonly EngineSample[];
  /** Median preparation of a decode round in the first half of each log that has some, ms. */
  readonly preparationMs: readonly number[];
  readonly logs: readonly CalibrationLog[];
  /** Batches that decode rounds were padded to, ascending. */
  readonly graphBatches: readonly number[];
}

export async function readEngineSamples(
  files: readonly string[],
  context: StepContext,
  by: HalfBy = 'steps',
): Promise<EngineSamples> {
  const samples: EngineSample[] = [];
  const preparationMs: number[] = [];
  const logs: CalibrationLog[] = [];
  const graphs = new Set<number>();
  for (const [log, file] of files.entries()) {
    const { steps, times } = await readStepLog(file);
    logs.push(logOf(file, steps.length));
    const firsts = firstLengths(steps);
    const middle = firstHalf(steps, by);
    const rounds = steps.slice(0, middle).filter(({ prefills }) => prefills.length === 0);
    const preparations = Float64Array.from(rounds, (step) => step.preparationMs).sort();
    if (rounds.length > 0) preparationMs.push(quantileSorted(preparations, 0.5));
    for (const [k, step] of steps.entries()) {
      if (step.graphBatch > 0) graphs.add(step.graphBatch);
      if (firsts[k] !== 0) continue;
      const measuredMs = times.durationMs[k] as number;
      const half = k < middle ? 'fitted' : 'held out';
      samples.push({ log, half, measuredMs, ...pricedStep(context, step) });
    }
  }
  const graphBatches = [...graphs].sort((a, b) => a - b);
  return { samples, preparationMs, logs, graphBatches };
}

/** A log by its bytes, so that it is known again under any name. */
export function logOf(file: string, steps: number): CalibrationLog {
  return { file: basename(file), sha256: sha256(readFileSync(file)), steps };
}

function pricedStep(
  context: StepContext,
  { decodes, prefills, graphBatch, decodeContext }: MeasuredStep,
) {
  const run = Math.max(decodes, graphBatch);
  const work = newStepWork(prefills.length, context.shard.model.layers);
  const segment = work.segments[0] as (typeof work.segments)[number];
  for (const { rows, cached } of prefills) addPrefill(segment, rows, rows + cached);
  if (run > 0) addDecodes(segment, run, decodeContext);
  work.sequences = work.logitRows = prefills.length + run;
  const { operations, kernelsMs } = breakDown(context, profileNamed('kernels-only'), work);
  const attention = operations.find(({ name }) => name === 'attention-decode');
  return {
    otherMs: kernelsMs - (attention?.ms ?? 0),
    kernelsMs,
    decodes: run,
    contextTokens: decodeContext,
    prompts: prefills.length,
    sequences: prefills.length + decodes,
  };
}

/** Number of steps in the first half of a log. */
export function firstHalf(steps: readonly Composition[], by: HalfBy): number {
  if (by === 'steps') return Math.ceil(steps.length / 2);
  const begun = steps.map(({ prefills }) => prefills.filter(({ cached }) => cached === 0).length);
  const half = begun.reduce((sum, count) => sum + count, 0) / 2;
  let count = 0;
  for (const [k, more] of begun.entries()) {
    count += more;
    if (count > half) return k;
  }
  return steps.length;
}
