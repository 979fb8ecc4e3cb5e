/**
 * A backlog on one instance with client slots: the world in which hybrid offline-online
 * scheduling states its problem ("Hybrid Offline-online Scheduling Method for Large Language
 * Model Inference Optimization", arXiv 2502.15763). All requests wait at time zero. The device
 * runs either one prefill stage, which puts new requests on idle clients, or one decode round, in
 * which every occupied client produces one token; the two never overlap, and a prefill stage
 * produces no token. (In vLLM it yields the first one: see `FirstToken`.) The parts of the cost are
 * a consistent reading: the paper's own are unseen.
 */
import { InputError } from '../../units/input-error.ts';

/** What yields the first token of a request: its first decode round, or its prefill. */
export type FirstToken = 'decode' | 'prefill';

export interface Backlog {
  readonly inputTokens: ArrayLike<number>;
  readonly outputTokens: ArrayLike<number>;
  /** Requests that the instance decodes at a time. */
  readonly clients: number;
  /** Prompt tokens of one prefill stage at most; left out: unlimited. */
  readonly stageTokens?: number;
}

/** Decode rounds and prefill stages, in milliseconds. */
export type StageTimes = {
  /** Of a round, whatever it holds. */
  readonly roundMs: number;
  /** Of a round, for each request in it. */
  readonly perSequenceMs: number;
} & PrefillTimes;

/** Affine: a fixed part for each stage, and a part for each prompt token. */
export interface AffinePrefill {
  readonly prefillBatchMs: number;
  readonly prefillTokenMs: number;
}

/** Stepwise: a stage takes the time of the cheapest level that holds its tokens. */
export interface LevelPrefill {
  readonly levels: readonly { readonly ms: number; readonly tokens: number }[];
}

export type PrefillTimes = AffinePrefill | LevelPrefill;

/** Most tokens that a prefill stage can hold: the stage limit, or the largest level. */
export function largestStage(
  { stageTokens = Number.POSITIVE_INFINITY }: Backlog,
  times: PrefillTimes,
) {
  if (!('levels' in times)) return stageTokens;
  return Math.min(stageTokens, Math.max(...times.levels.map(({ tokens }) => tokens)));
}

/** Duration of a prefill stage of so many prompt tokens; Infinity if no level holds them. */
export function stageMs(times: PrefillTimes, tokens: number): number {
  if (!('levels' in times)) return times.prefillBatchMs + times.prefillTokenMs * tokens;
  let ms = Number.POSITIVE_INFINITY;
  for (const level of times.levels) if (level.tokens >= tokens) ms = Math.min(ms, level.ms);
  return ms;
}

/**
 * @throws InputError for no client, an output below 1, a prompt that no prefill stage holds, or a
 *   time that is negative or not finite
 */
export function requireBacklog(backlog: Backlog, times: StageTimes): void {
  const { inputTokens, outputTokens, clients } = backlog;
  const refuse = (what: string, where: string, rule: string): never => {
    throw new InputError(what, { where, rule });
  };
  if (!Number.isSafeInteger(clients) || clients < 1) {
    refuse(`invalid number of clients ${clients}`, 'backlog', 'an integer, at least 1');
  }
  if (inputTokens.length !== outputTokens.length) {
    const counts = `${inputTokens.length} and ${outputTokens.length}`;
    refuse(`columns of ${counts} requests`, 'backlog', 'one input and one output length each');
  }
  const { roundMs, perSequenceMs } = times;
  const prefill =
    'levels' in times
      ? times.levels.map(({ ms }) => ms)
      : [times.prefillBatchMs, times.prefillTokenMs];
  for (const ms of [roundMs, perSequenceMs, ...prefill]) {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      refuse(`invalid time ${ms} ms`, 'stage times', 'a finite number, at least 0');
    }
  }
  const most = largestStage(backlog, times);
  for (let i = 0; i < inputTokens.length; i++) {
    const input = inputTokens[i] as number;
    const output = outputTokens[i] as number;
    if (!(Number.isSafeInteger(input) && input >= 0 && input <= most)) {
      refuse(`invalid prompt of ${input} tokens`, `request ${i}`, `an integer from 0 to ${most}`);
    }
    if (!(Number.isSafeInteger(output) && output >= 1)) {
      refuse(`invalid output of ${output} tokens`, `request ${i}`, 'an integer, at least 1');
    }
  }
}
