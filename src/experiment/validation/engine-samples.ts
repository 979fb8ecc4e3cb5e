import { breakDown } from '../../cost/breakdown.ts';
import { addDecodes, addPrefill, newStepWork } from '../../cost/clock.ts';
import type { StepContext } from '../../cost/composition.ts';
import { profileNamed } from '../../cost/profiles.ts';
import { quantileSorted } from '../../units/quantile.ts';
import { firstLengths } from './first-lengths.ts';
import { type MeasuredStep, readStepLog } from './serving-log.ts';

/** A measured step, its kernels priced but for decode attention. */
export interface EngineSample {
  readonly log: number;
  readonly half: 'fitted' | 'held out';
  readonly measuredMs: number;
  readonly otherMs: number;
  /** Sequences and KV tokens of decode attention, padding included. */
  readonly decodes: number;
  readonly contextTokens: number;
  readonly prompts: number;
  readonly sequences: number;
}

export interface EngineSamples {
  /** Steps without a first prompt length, of all logs. */
  readonly samples: readonly EngineSample[];
  /** Median preparation of a decode round in the first half of each log, ms. */
  readonly preparationMs: readonly number[];
}

export async function readEngineSamples(
  files: readonly string[],
  context: StepContext,
): Promise<EngineSamples> {
  const samples: EngineSample[] = [];
  const preparationMs: number[] = [];
  for (const [log, file] of files.entries()) {
    const { steps, times } = await readStepLog(file);
    const firsts = firstLengths(steps);
    const middle = Math.ceil(steps.length / 2);
    const rounds = steps.slice(0, middle).filter(({ prefills }) => prefills.length === 0);
    const preparations = Float64Array.from(rounds, (step) => step.preparationMs).sort();
    preparationMs.push(quantileSorted(preparations, 0.5));
    for (const [k, step] of steps.entries()) {
      if (firsts[k] !== 0) continue;
      const measuredMs = times.durationMs[k] as number;
      const half = k < middle ? 'fitted' : 'held out';
      samples.push({ log, half, measuredMs, ...pricedStep(context, step) });
    }
  }
  return { samples, preparationMs };
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
    decodes: run,
    contextTokens: decodeContext,
    prompts: prefills.length,
    sequences: prefills.length + decodes,
  };
}
