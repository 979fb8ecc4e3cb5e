import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { presentTrace } from 'reprise';
import { generateTrace } from '../../../src/trace/generators/registry.ts';
import { fetchedFolder } from '../../../src/trace/locate.ts';
import { newTrace } from '../../../src/trace/new-trace.ts';
import { readTrace } from '../../../src/trace/read.ts';
import { writeTrace } from '../../../src/trace/write.ts';
import { caseFiles, seededOutput } from '../cases.ts';

/**
 * Backlogs of 1,319 requests at time 0. The parameters of level-finish were chosen on output seeds
 * 1 to 6 of GSM8K and on the first four parts of conversation and toolagent-like. These are other
 * output seeds, later parts, and what the generators make of another seed; README.md says which of
 * them had been seen with other parameters.
 */
export interface Backlog {
  readonly name: string;
  readonly files: readonly string[];
  /** Seeds of the prediction errors on each. */
  readonly seeds: readonly number[];
}

const size = 1319;

/**
 * The outputs of consecutive requests of a trace, with the prompts of GSM8K: short ones.
 * @param seed of a generated trace; left out: the one that is there
 */
async function partsOf(
  source: string,
  parts: readonly number[],
  seed?: number,
): Promise<readonly string[]> {
  const label = seed === undefined ? source : `${source}-seed-${seed}`;
  const fileOf = (part: number) =>
    join(fetchedFolder(), 'hybrid-scheduling', `${label}-outputs-${part}.arrow`);
  if (!parts.every((part) => existsSync(fileOf(part)))) {
    const { trace: prompts } = await readTrace('gsm8k');
    const trace =
      seed === undefined ? (await readTrace(source)).trace : await generateTrace(source, { seed });
    for (const part of parts) {
      const outputTokens = trace.outputTokens.slice(part * size, (part + 1) * size);
      const made = newTrace({
        name: `${label}-outputs-${part}`,
        arrivalMs: new Float64Array(size),
        inputTokens: prompts.inputTokens,
        outputTokens,
        notes: `prompt lengths of GSM8K, output lengths of part ${part} of ${label}`,
      });
      await writeTrace(fileOf(part), made);
    }
  }
  return parts.map(fileOf);
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

export async function backlogs(): Promise<readonly Backlog[]> {
  // All of conversation that is left; nothing where it has not been fetched.
  const parts = presentTrace('conversation', 'kimi-like') === 'conversation' ? from(4, 5) : [];
  return [
    { name: 'gsm8k', files: await caseFiles(seededOutput, from(71, 20)), seeds: [201] },
    {
      name: 'conversation',
      files: await partsOf('conversation', parts),
      seeds: [201, 202, 203],
    },
    { name: 'kimi-like', files: await partsOf('kimi-like', from(0, 9), 2), seeds: [201, 202] },
    {
      name: 'toolagent-like',
      files: await partsOf('toolagent-like', from(0, 10), 2),
      seeds: [201],
    },
  ];
}
