import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { presentTrace } from 'reprise';
import { fetchedFolder } from '../../../src/trace/locate.ts';
import { newTrace } from '../../../src/trace/new-trace.ts';
import { readTrace } from '../../../src/trace/read.ts';
import { writeTrace } from '../../../src/trace/write.ts';
import { caseFiles, seededOutput } from '../cases.ts';

/**
 * Backlogs of 1,319 requests at time 0. The parameters of level-finish were chosen on output seeds
 * 1 to 6 of GSM8K and on the first four parts of the other traces; these are others, and later.
 */
export interface Backlog {
  readonly name: string;
  readonly files: readonly string[];
  /** Seeds of the prediction errors on each. */
  readonly seeds: readonly number[];
}

const size = 1319;

/** The outputs of consecutive requests of a trace, with the prompts of GSM8K: short ones. */
async function partsOf(source: string, parts: readonly number[]): Promise<string[]> {
  const fileOf = (part: number) =>
    join(fetchedFolder(), 'hybrid-scheduling', `${source}-outputs-${part}.arrow`);
  if (!parts.every((part) => existsSync(fileOf(part)))) {
    const { trace: prompts } = await readTrace('gsm8k');
    const { trace } = await readTrace(source);
    for (const part of parts) {
      const outputTokens = trace.outputTokens.slice(part * size, (part + 1) * size);
      const made = newTrace({
        name: `${source}-outputs-${part}`,
        arrivalMs: new Float64Array(size),
        inputTokens: prompts.inputTokens,
        outputTokens,
        notes: `prompt lengths of GSM8K, output lengths of part ${part} of ${source}`,
      });
      await writeTrace(fileOf(part), made);
    }
  }
  return parts.map(fileOf);
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

export async function backlogs(): Promise<readonly Backlog[]> {
  const conversation = presentTrace('conversation', 'kimi-like');
  return [
    { name: 'gsm8k', files: await caseFiles(seededOutput, from(51, 20)), seeds: [101] },
    // All of it that is left.
    {
      name: 'conversation',
      files: await partsOf(conversation, from(4, 5)),
      seeds: [101, 102, 103],
    },
    { name: 'toolagent-like', files: await partsOf('toolagent-like', from(7, 10)), seeds: [101] },
  ];
}
