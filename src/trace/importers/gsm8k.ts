import { numbers } from '../../tables/columns.ts';
import { noiseFreeOutputs, type OutputRecipe, seededOutputs } from '../gsm8k-outputs.ts';
import type { RequestTrace } from '../request-trace.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { jsonRows } from './jsonl.ts';
import { badValue } from './values.ts';

export interface Gsm8kOptions extends CommonOptions {
  /** Count the beginning-of-sequence token of each prompt; default true. */
  bos?: boolean | undefined;
  /** Where output lengths come from; default `seeded`. */
  outputs?: OutputRecipe | undefined;
  /** Seed of the seeded recipe; default 91. */
  seed?: number | undefined;
}

/**
 * GSM8K JSONL (openai/grade-school-math): one object a line with `question` and `answer`. A trace
 * of a time-zero backlog: all arrive at 0. Prompt tokens are measured with the LLaMA-1/2
 * vocabulary; output lengths are generated, or those of the gold answers (calculator marks
 * included, no BOS). With `seeded`, the extra column output_tokens_noise_free goes along.
 */
export async function importGsm8k(path: string, options: Gsm8kOptions = {}): Promise<RequestTrace> {
  const { bos = true, outputs = 'seeded', seed = 91 } = options;
  const { default: tokenizer } = await import('llama-tokenizer-js');
  const questionTokens: number[] = [];
  const answerTokens: number[] = [];
  const intake = new Intake(path, options);
  for await (const { row, line } of jsonRows(intake.file)) {
    const tokens = (column: 'question' | 'answer', withBos: boolean) => {
      const text = row[column];
      if (typeof text === 'string' && text !== '') return tokenizer.encode(text, withBos).length;
      throw badValue(text, { file: path, line, column }, 'text that is not empty');
    };
    questionTokens.push(tokens('question', bos));
    answerTokens.push(tokens('answer', false));
  }
  const noiseFree = noiseFreeOutputs(answerTokens);
  const lengths = {
    seeded: () => seededOutputs(answerTokens, seed),
    'noise-free': () => noiseFree,
  };
  const outputTokens = outputs === 'answer' ? answerTokens : lengths[outputs]();
  for (const [i, inputTokens] of questionTokens.entries()) {
    intake.add({ arrivalMs: 0, inputTokens, outputTokens: outputTokens[i] as number }, i + 1);
  }
  const seeded = outputs === 'seeded';
  const trace = intake.finish({
    kind: 'recorded',
    columnKinds: {
      arrival_ms: 'generated',
      ...(outputs === 'answer' ? {} : { output_tokens: 'generated' }),
      ...(seeded ? { output_tokens_noise_free: 'generated' } : {}),
    },
    tokenizer: 'llama (LLaMA-1/2 vocabulary, llama-tokenizer-js 1.2.2)',
    importer: 'gsm8k',
    importOptions: { bos, outputs },
    seed: seeded ? seed : null,
    notes: outputNotes[outputs],
  });
  return seeded ? { ...trace, extra: { output_tokens_noise_free: numbers(noiseFree) } } : trace;
}

const outputNotes: Record<OutputRecipe, string> = {
  seeded:
    'input_tokens measured; output_tokens generated: gold answer length, scaled, with log-normal noise',
  'noise-free': 'input_tokens measured; output_tokens generated: gold answer length, scaled',
  answer: 'input_tokens measured; output_tokens: length of the gold answer',
};
