import type { RandomStream } from '../../units/random.ts';

/**
 * Log-normal lengths, scaled together so that their mean is the one wanted: the mean of a trace
 * then is the published one whatever the seed, to the rounding of single lengths.
 * @param law.mean tokens
 * @param law.sigma standard deviation of the logarithm; 0 gives equal lengths
 * @returns whole numbers of tokens, at least 1
 */
export function logNormalTokens(
  random: RandomStream,
  count: number,
  { mean, sigma }: { mean: number; sigma: number },
): Int32Array {
  const drawn = Float64Array.from({ length: count }, () => Math.exp(sigma * random.normal()));
  const scale = (mean * count) / drawn.reduce((sum, value) => sum + value, 0);
  return Int32Array.from(drawn, (value) => Math.max(1, Math.round(value * scale)));
}
