import type { Estimator } from '../../policy/estimator.ts';

/**
 * The estimator of an instance whose layers are split over `stages` nodes: a prompt of c chunks
 * takes c + stages − 1 turns of one chunk on one stage, chunks counted as equal. Decode rounds are
 * as given: pipelines do not decode.
 */
export function pipelined(whole: Estimator, stages: number, chunkTokens: number): Estimator {
  if (stages === 1) return whole;
  return {
    prefillMs(tokens, cachedTokens) {
      const chunks = Math.max(1, Math.ceil((tokens - cachedTokens) / chunkTokens));
      return (whole.prefillMs(tokens, cachedTokens) * (chunks + stages - 1)) / (chunks * stages);
    },
    roundMs: (sequences, contextTokens) => whole.roundMs(sequences, contextTokens),
  };
}
