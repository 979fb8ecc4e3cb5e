import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A step as a log has it; what is left out follows from the rest. */
export interface StepRow {
  start: number;
  ms: number;
  decodes?: number;
  graph?: number;
  context?: number;
  /** `new+cached`, `|` between. */
  prefills?: string;
}

export interface RequestRow {
  arrival: number;
  input: number;
  output: number;
  first: number;
  finish: number;
}

/**
 * Two requests under chunked-4, by hand. A (6 tokens in, 3 out) arrives at 0, B (3 in, 2 out) at 5.
 * At 1 A takes 4 tokens; at 12 its other 2, and B the 2 that are left of the budget; at 23 A decodes
 * and B's last token fits beside it; at 34 both decode, and end.
 */
export const chunkedFour: { steps: StepRow[]; requests: RequestRow[] } = {
  steps: [
    { start: 1, ms: 10, prefills: '4+0' },
    { start: 12, ms: 10, prefills: '2+4|2+0' },
    { start: 23, ms: 10, decodes: 1, context: 7, prefills: '1+2' },
    { start: 34, ms: 5, decodes: 2, graph: 2, context: 12 },
  ],
  requests: [
    { arrival: 0, input: 6, output: 3, first: 22, finish: 39 },
    { arrival: 5, input: 3, output: 2, first: 33, finish: 39 },
  ],
};

/** Writes logs to a folder that `remove` deletes. */
export function writeLogs({ steps, requests }: { steps: StepRow[]; requests: RequestRow[] }) {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-log-'));
  const files = {
    steps: join(folder, 'log.steps.csv'),
    requests: join(folder, 'log.requests.csv'),
  };
  writeFileSync(
    files.steps,
    [
      'start_ms,duration_ms,input_preparation_ms,decodes,graph_batch,decode_context,prefill_tokens,prefills_new+cached,waiting',
      ...steps.map(({ start, ms, decodes = 0, graph = 0, context = 0, prefills = '' }) =>
        [start, ms, 0.1, decodes, graph, context, 0, prefills, 0].join(','),
      ),
    ].join('\n'),
  );
  writeFileSync(
    files.requests,
    [
      'request_id,arrival_ms,input_tokens,output_tokens,admitted_ms,first_token_ms,finish_ms',
      ...requests.map(({ arrival, input, output, first, finish }, i) =>
        [i, arrival, input, output, arrival, first, finish].join(','),
      ),
    ].join('\n'),
  );
  return { ...files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
