import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { poissonArrivals } from '../../src/trace/generators/poisson-arrivals.ts';
import { noiseFreeOutputs, seededOutputs } from '../../src/trace/gsm8k-outputs.ts';
import { fetchedFolder } from '../../src/trace/locate.ts';
import { newTrace } from '../../src/trace/new-trace.ts';
import { readTrace } from '../../src/trace/read.ts';
import type { RequestTrace } from '../../src/trace/request-trace.ts';
import { writeTrace } from '../../src/trace/write.ts';
import { RandomStream } from '../../src/units/random.ts';

/**
 * Other backlogs of the 1,319 questions: the same prompts with output lengths of another seed,
 * without noise, or arriving over time. The shipped trace has all that is needed: its noise-free
 * outputs are the gold answers' lengths times 344.83 / 131.826, rounded, so that the answers'
 * lengths follow from them without loss.
 */
const answerScale = 344.83 / 131.826;

export function answerTokens({ extra }: RequestTrace): Int32Array {
  const column = extra.output_tokens_noise_free;
  if (column?.kind !== 'int32') throw new Error('gsm8k has no column output_tokens_noise_free');
  return Int32Array.from(column.values, (tokens) => Math.round(tokens / answerScale));
}

interface Changes {
  readonly outputTokens?: Int32Array;
  readonly arrivalMs?: Float64Array;
  readonly seed: number | null;
  readonly notes: string;
}

function changed(trace: RequestTrace, name: string, { seed, notes, ...columns }: Changes) {
  const { meta, inputTokens, arrivalMs, outputTokens } = trace;
  const lengths = { arrivalMs, inputTokens, outputTokens, ...columns };
  const { importer: _, importOptions: __, ...rest } = meta;
  return newTrace({ ...rest, ...lengths, name, kind: 'generated', seed, notes });
}

/** A family of backlogs: one for each seed. */
export interface Case {
  name(seed: number): string;
  make(trace: RequestTrace, seed: number): RequestTrace;
}

/** The output lengths of a seed; 91 is the shipped one. */
export const seededOutput: Case = {
  name: (seed) => `gsm8k-outputs-${seed}`,
  make(trace, seed) {
    const outputTokens = seededOutputs(answerTokens(trace), seed);
    const notes = 'GSM8K questions, output lengths of another seed';
    return changed(trace, this.name(seed), { outputTokens, seed, notes });
  },
};

/** Output lengths that are the scaled gold answers; no seed changes them. */
export const noiseFreeOutput: Case = {
  name: () => 'gsm8k-noise-free',
  make(trace, seed) {
    const outputTokens = noiseFreeOutputs(answerTokens(trace));
    const notes = 'GSM8K questions, output lengths without noise';
    return changed(trace, this.name(seed), { outputTokens, seed: null, notes });
  },
};

/** The reference backlog as Poisson arrivals of one request a second. */
export const arriving: Case = {
  name: (seed) => `gsm8k-arriving-${seed}`,
  make(trace, seed) {
    const random = new RandomStream(seed, 'hybrid-scheduling.arrivals');
    const arrivalMs = poissonArrivals(random, trace.count, 1);
    const notes = 'GSM8K questions, output lengths of seed 91, Poisson arrivals at 1 a second';
    return changed(trace, this.name(seed), { arrivalMs, seed, notes });
  },
};

/** Files of a case, by seed; made beside the fetched traces where they are not there yet. */
export async function caseFiles(one: Case, seeds: readonly number[]): Promise<string[]> {
  const files = seeds.map((seed) => fileOf(one.name(seed)));
  if (files.every((file) => existsSync(file))) return files;
  const { trace } = await readTrace('gsm8k');
  for (const [i, file] of files.entries()) {
    if (!existsSync(file)) await writeTrace(file, one.make(trace, seeds[i] as number));
  }
  return files;
}

function fileOf(name: string): string {
  return join(fetchedFolder(), 'hybrid-scheduling', `${name}.arrow`);
}
