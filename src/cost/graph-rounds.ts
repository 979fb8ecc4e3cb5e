import type { EngineProfile } from './profiles.ts';
import type { Segment, StepWork } from './work.ts';

/**
 * Decode rounds as CUDA graphs: an engine records a graph for each of a few batch sizes and fills a
 * round up to the next of them with sequences of one token, whose output nobody reads.
 */

/** Sequences that a round of `batch` is run with; a batch beyond the largest graph stays as it is. */
export function graphBatch({ graphBatches }: EngineProfile, batch: number): number {
  return graphBatches?.find((size) => size >= batch) ?? batch;
}

/** The work that a round does as a graph; a step with prompts, or without decodes, stays as it is. */
export function asGraph(profile: EngineProfile, work: StepWork): StepWork {
  const [first, ...rest] = work.segments;
  if (profile.graphBatches === undefined || first === undefined) return work;
  const promptless = work.segments.every((segment) => segment.prefillCount === 0);
  if (!promptless || first.decodeSequences === 0) return work;
  const added = graphBatch(profile, first.decodeSequences) - first.decodeSequences;
  if (added === 0) return work;
  const filled = (segment: Segment): Segment => ({
    ...segment,
    rows: segment.rows + added,
    mlpRows: segment.mlpRows + added,
    decodeSequences: segment.decodeSequences + added,
    decodeKvRead: segment.decodeKvRead + added,
  });
  return {
    ...work,
    segments: [filled(first), ...rest.map(filled)],
    logitRows: work.logitRows + added,
  };
}
