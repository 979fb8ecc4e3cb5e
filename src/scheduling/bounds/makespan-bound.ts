/**
 * Lower bound of the total time of a backlog, T_LB.
 * Source: arXiv 2502.15763 quotes such a bound (of about 180 s in its case) whose theorem is
 * unseen; this one is derived here, and 180.30 s on our reference backlog.
 *
 * With J clients, C tokens of a prefill stage, prompts p_i and outputs o_i:
 *
 *     rounds  R ≥ max( ⌈Σ o_i / J⌉, max o_i )        a round gives J clients one token each
 *     stages  K ≥ max( ⌈Σ p_i / C⌉, ⌈n / J⌉ )        a stage fills at most J clients
 *     T ≥ roundMs · R + perSequenceMs · Σ o_i + prefill(K)
 *
 * with o_i − 1 in place of o_i where the prefill yields the first token. It holds for schedules of
 * exclusive stages and rounds, not of chunked or mixed steps. Computing requests again only adds,
 * unless the prefill yields a token: then each recomputation saves a round, and the bound is one
 * of schedules without any.
 *
 * perSequenceMs is paid once for each token of a round in all of them, and stages do not overlap,
 * so the parts add up. Affine prefill: prefillTokenMs · Σ p_i + prefillBatchMs · K. Levels: the cheapest
 * levels that hold Σ p_i tokens together, and at least K times the cheapest level. Equality
 * needs perfectly level clients and full stages.
 */
import {
  type Backlog,
  type FirstToken,
  largestStage,
  type PrefillTimes,
  requireBacklog,
  type StageTimes,
} from './backlog.ts';

export interface MakespanBound {
  /** Decode rounds at least. */
  readonly rounds: number;
  /** Prefill stages at least. */
  readonly stages: number;
  readonly totalMs: number;
}

/** @throws InputError for an unsound backlog */
export function makespanBound(
  backlog: Backlog,
  times: StageTimes,
  firstToken: FirstToken = 'decode',
): MakespanBound {
  requireBacklog(backlog, times);
  const { inputTokens, outputTokens, clients } = backlog;
  const requests = inputTokens.length;
  const prompts = sum(inputTokens);
  const byPrefill = firstToken === 'prefill' ? 1 : 0;
  const decoded = sum(outputTokens) - byPrefill * requests;
  const rounds = Math.max(Math.ceil(decoded / clients), largest(outputTokens) - byPrefill);
  const byTokens = prompts === 0 ? 0 : Math.ceil(prompts / largestStage(backlog, times));
  const stages = Math.max(byTokens, Math.ceil(requests / clients));
  const decodeMs = times.roundMs * rounds + times.perSequenceMs * decoded;
  return { rounds, stages, totalMs: decodeMs + prefillMs(times, prompts, stages) };
}

function prefillMs(times: PrefillTimes, prompts: number, stages: number): number {
  if ('levels' in times) {
    const cheapest = Math.min(...times.levels.map(({ ms }) => ms));
    return Math.max(coverMs(times.levels, prompts), stages === 0 ? 0 : stages * cheapest);
  }
  return times.prefillTokenMs * prompts + times.prefillBatchMs * stages;
}

/** Cheapest levels, any number of each, that hold so many tokens: a table over the tokens. */
function coverMs(levels: readonly { ms: number; tokens: number }[], tokens: number): number {
  const least = new Float64Array(tokens + 1);
  for (let covered = 1; covered <= tokens; covered++) {
    let best = Number.POSITIVE_INFINITY;
    for (const level of levels) {
      best = Math.min(best, level.ms + (least[Math.max(0, covered - level.tokens)] as number));
    }
    least[covered] = best;
  }
  return least[tokens] as number;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  return most;
}
