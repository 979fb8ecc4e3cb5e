import { mulberry32 } from '../units/random.ts';

/** Which output lengths a GSM8K trace gets. */
export type OutputRecipe = 'seeded' | 'noise-free' | 'answer';

/** Output lengths of LLaMA-65B on GSM8K that the recipe is matched to, in tokens. */
const target = { mean: 344.83, sd: 187.99 };
/** Tokens of the 1,319 gold answers: mean, and population sd over mean. */
const answers = { mean: 131.826, cv: 0.4303 };
const shortest = 8;
const longest = 1024;
const rounds = 20;

/**
 * Output lengths for GSM8K, as no public source records those of LLaMA-65B ("Hybrid
 * Offline-online Scheduling Method for Large Language Model Inference", arXiv 2502.15763, uses
 * them without publishing them). In words: the gold answer's length, scaled to the target mean,
 * times log-normal noise; rounded and clipped to 8 … 1024 tokens. So harder questions keep longer
 * outputs. With g standard normal and v = ln((1 + cv²)/(1 + cvAnswers²)):
 *
 *     output = clip(round(answer / meanAnswers · m · exp(√v · g − v/2)))
 *
 * Clipping takes from mean and sd; m and cv are matched to the target in 20 rounds, a full step for
 * m and a step of 0.3 for cv. Normals are by Box-Muller from mulberry32(seed), the cosine only,
 * two uniforms for each. Deviation from an exact match: the sd stops at 187.95 for seed 91.
 * Lengths in tokens.
 */
export function seededOutputs(answerTokens: ArrayLike<number>, seed: number): Int32Array {
  const noise = normals(answerTokens.length, seed);
  let m = target.mean;
  let cv = target.sd / target.mean;
  for (let round = 0; round < rounds; round++) {
    const { mean, sd } = moments(lengths(answerTokens, noise, m, cv));
    m += target.mean - mean;
    cv = Math.max(answers.cv, cv + (0.3 * (target.sd - sd)) / target.mean);
  }
  return lengths(answerTokens, noise, m, cv);
}

/** The gold answers' lengths scaled to the target mean, neither noise nor clipping. */
export function noiseFreeOutputs(answerTokens: ArrayLike<number>): Int32Array {
  return Int32Array.from(answerTokens, (tokens) =>
    Math.max(1, Math.round((tokens * target.mean) / answers.mean)),
  );
}

function lengths(
  answerTokens: ArrayLike<number>,
  noise: Float64Array,
  m: number,
  cv: number,
): Int32Array {
  const v = Math.log((1 + cv * cv) / (1 + answers.cv ** 2));
  return Int32Array.from(answerTokens, (tokens, i) => {
    const factor = Math.exp(Math.sqrt(v) * (noise[i] as number) - v / 2);
    const length = Math.round((tokens / answers.mean) * m * factor);
    return Math.min(longest, Math.max(shortest, length));
  });
}

function normals(count: number, seed: number): Float64Array {
  const uniform = mulberry32(seed);
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(Math.max(uniform(), 1e-12)));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

/** Mean and population standard deviation. */
function moments(values: Int32Array): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / values.length) };
}
