import { backlog, type Profile, profile } from '../profile.ts';

/** Error of the predicted lengths, where a policy asks for them. */
const sigma = 0.35;

export interface Contender {
  readonly scheduler: Readonly<Record<string, unknown>> & { readonly kind: string };
  readonly order?: string;
  /** Who predicts lengths; left out: nobody. */
  readonly lengths?: 'log-normal' | 'oracle';
}

const exclusive = { batching: 'exclusive' };
const guess = 'log-normal' as const;

/** The clock of the slots, and what rules reckon with: the same, or a rule prices another machine. */
export const prices: Profile = profile(0);
const meanPromptTokens = backlog.promptTokens / backlog.requests;
const queue = { kind: 'slots-queue', ...prices, meanPromptTokens };
const lists = { kind: 'hybrid', ...prices, meanPromptTokens, method: 'lpt' };

/** Those that need client slots. */
export const onSlots: Readonly<Record<string, Contender>> = {
  'slots-queue, fcfs': { scheduler: queue },
  'slots-queue, longest predicted': {
    scheduler: queue,
    order: 'longest-predicted',
    lengths: guess,
  },
  'slots-queue, shortest predicted': {
    scheduler: queue,
    order: 'shortest-predicted',
    lengths: guess,
  },
  'slots-queue, longest (oracle)': { scheduler: queue, order: 'longest-output' },
  'slots-queue, shortest (oracle)': { scheduler: queue, order: 'shortest-output' },
  hybrid: { scheduler: lists, lengths: guess },
  'hybrid, steals the longest': { scheduler: { ...lists, steal: 'longest' }, lengths: guess },
  'hybrid (oracle)': { scheduler: lists, lengths: 'oracle' },
  'level-finish': {
    scheduler: { kind: 'level-finish', ...prices },
    lengths: guess,
  },
};

/** All others of the registry that serve requests from prompt to end, by slots or by memory. */
export const anywhere: Readonly<Record<string, Contender>> = {
  'prefill-first': { scheduler: { kind: 'prefill-first' } },
  'prefill-first, longest predicted': {
    scheduler: { kind: 'prefill-first' },
    order: 'longest-predicted',
    lengths: guess,
  },
  'prefill-first, shortest predicted': {
    scheduler: { kind: 'prefill-first' },
    order: 'shortest-predicted',
    lengths: guess,
  },
  'chunked-prefill': { scheduler: { kind: 'chunked-prefill' } },
  'chunked-prefill, shortest predicted': {
    scheduler: { kind: 'chunked-prefill' },
    order: 'shortest-predicted',
    lengths: guess,
  },
  'orca (oracle)': { scheduler: { kind: 'orca' } },
  srpt: { scheduler: { kind: 'srpt', ...exclusive }, lengths: guess },
  'learning-to-rank': { scheduler: { kind: 'learning-to-rank', ...exclusive }, lengths: guess },
  'skip-join-mlfq': { scheduler: { kind: 'skip-join-mlfq', ...exclusive } },
  vtc: { scheduler: { kind: 'vtc', ...exclusive } },
  andes: { scheduler: { kind: 'andes', ...exclusive } },
  'least-laxity': { scheduler: { kind: 'least-laxity' } },
  'mc-sf': { scheduler: { kind: 'mc-sf', ...exclusive }, lengths: guess },
  wait: { scheduler: { kind: 'wait', ...exclusive }, lengths: guess },
  'nested-wait': { scheduler: { kind: 'nested-wait', ...exclusive } },
  'sorted-f': { scheduler: { kind: 'sorted-f', ...exclusive }, lengths: guess },
  'a-min': { scheduler: { kind: 'a-min', ...exclusive }, lengths: guess },
  'a-max': { scheduler: { kind: 'a-max', ...exclusive }, lengths: guess },
  eb: { scheduler: { kind: 'eb' } },
  'eb-plus': { scheduler: { kind: 'eb-plus' } },
  'dynamic-batch': { scheduler: { kind: 'dynamic-batch', high: 1000 } },
  'insert-bandit': { scheduler: { kind: 'insert-bandit' } },
};

/** A group's scheduler, order and lengths, for at most so many requests at once. */
export function policyFor({ scheduler, order, lengths }: Contender, maxSequences?: number) {
  return {
    scheduler: maxSequences === undefined ? scheduler : { ...scheduler, maxSequences },
    order: { kind: order ?? 'fcfs' },
    lengths: lengths === 'log-normal' ? { kind: lengths, sigma } : { kind: lengths ?? 'none' },
  };
}
