/**
 * Figures of "Hybrid Offline-online Scheduling Method for Large Language Model Inference
 * Optimization" (arXiv 2502.15763v1, 14 February 2025). Only its abstract could be read; what is
 * marked as a summary is from public summaries of the paper and was not checked against its text.
 */
export const published = {
  /** Abstract: LLaMA-65B, GSM8K. The baseline is not named there; a summary calls it vLLM-like. */
  totalS: { baseline: 201.0, hybrid: 190.58 },
  utilisation: { baseline: 0.802, hybrid: 0.891 },
  /** Abstract: mean gain over 100 cases, better in each; of points or of the baseline, unsaid. */
  cases: { count: 100, gain: 0.08 },
  /** A summary: the lower bound is "around 180 s", the gap to it more than halved. */
  bound: { totalS: 180, gapClosed: 0.5 },
} as const;

export const version = 'arXiv 2502.15763v1';
export const abstract = { version, where: 'abstract', read: 'printed' } as const;
export const summary = {
  version,
  where: 'public summaries of the paper, unverified',
  read: 'derived',
} as const;
