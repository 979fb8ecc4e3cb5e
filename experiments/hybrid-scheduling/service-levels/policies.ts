export interface Contender {
  readonly scheduler: Readonly<Record<string, unknown>> & { readonly kind: string };
  readonly order?: string;
  /** Whether it asks for predicted lengths. */
  readonly predicts?: boolean;
}

/** Tokens of a step that prompts and decodes share. */
const budget = 512;
const maxSequences = 256;

/** The two baselines first: vLLM before and after chunked prefill. */
export const policies: Readonly<Record<string, Contender>> = {
  'prefill-first': { scheduler: { kind: 'prefill-first' } },
  'chunked-prefill': { scheduler: { kind: 'chunked-prefill', budget } },
  'chunked-prefill, shortest predicted': {
    scheduler: { kind: 'chunked-prefill', budget },
    order: 'shortest-predicted',
    predicts: true,
  },
  'chunked-prefill, shortest prompt': {
    scheduler: { kind: 'chunked-prefill', budget },
    order: 'shortest-prompt',
  },
  'orca (oracle)': { scheduler: { kind: 'orca' } },
  srpt: { scheduler: { kind: 'srpt', budget }, predicts: true },
  'learning-to-rank': { scheduler: { kind: 'learning-to-rank', budget }, predicts: true },
  'skip-join-mlfq': { scheduler: { kind: 'skip-join-mlfq', budget } },
  andes: { scheduler: { kind: 'andes', budget } },
  'least-laxity': { scheduler: { kind: 'least-laxity', budget, tbtMs: 100 } },
  'mc-sf': { scheduler: { kind: 'mc-sf' }, predicts: true },
  'eb-plus': { scheduler: { kind: 'eb-plus' } },
};

export function policyFor({ scheduler, order, predicts }: Contender) {
  return {
    scheduler: { ...scheduler, maxSequences },
    order: { kind: order ?? 'fcfs' },
    lengths: predicts ? { kind: 'log-normal', sigma: 0.35 } : { kind: 'none' },
  };
}
