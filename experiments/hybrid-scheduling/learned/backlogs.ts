import { seededOutputs } from '../../../src/trace/gsm8k-outputs.ts';
import { readTrace } from '../../../src/trace/read.ts';
import { backlogs } from '../beyond/backlogs.ts';
import { answerTokens } from '../cases.ts';

/** Fixed part of a prefill stage, ms; above 24 the calibrated family has no member. */
export const prefillCosts = [0, 2.5, 5, 10, 20] as const;

export const sources = ['gsm8k', 'conversation'] as const;
export type Source = (typeof sources)[number];

const size = 1319;

/** What is learned on: output seed 1 of GSM8K; the first 1,319 outputs of conversation. */
export async function earlier(source: Source) {
  const { trace: prompts } = await readTrace('gsm8k');
  const outputs =
    source === 'gsm8k'
      ? seededOutputs(answerTokens(prompts), 1)
      : (await readTrace('conversation')).trace.outputTokens;
  return Array.from({ length: size }, (_, i) => ({
    inputTokens: prompts.inputTokens[i] as number,
    outputTokens: outputs[i] as number,
  }));
}

/**
 * What is reported on: five other seeds, and five parts from the 5,277th request on; none of
 * conversation where it has not been fetched.
 */
export async function later(): Promise<Readonly<Record<Source, readonly string[]>>> {
  const all = await backlogs();
  const filesOf = (source: Source) =>
    all.find(({ name }) => name === source)?.files.slice(0, 5) ?? [];
  return { gsm8k: filesOf('gsm8k'), conversation: filesOf('conversation') };
}
