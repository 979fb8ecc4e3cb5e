/**
 * The best schedule of a tiny backlog by exhaustion, for checking the mixed-integer program:
 * every set of waiting requests that could be prefilled before every single round, remembered by
 * what waits and what the clients still have to do. Shares no code with what it checks but the
 * duration of a stage.
 */
import { type Backlog, type StageTimes, stageMs } from '../../bounds/backlog.ts';
import type { Bin } from '../exact-schedule.ts';

/** Duration of the fastest schedule, in milliseconds. */
export function optimalMs(backlog: Backlog, times: StageTimes): number {
  const { inputTokens, outputTokens, clients, stageTokens = Number.POSITIVE_INFINITY } = backlog;
  const known = new Map<string, number>();

  /** Best time from here on; bit i of `waiting` is request i. */
  function rest(waiting: number, active: readonly number[], prefilledNow: boolean): number {
    if (waiting === 0 && active.length === 0) return 0;
    const state = `${waiting}|${active.join()}|${prefilledNow}`;
    const before = known.get(state);
    if (before !== undefined) return before;
    let best = Number.POSITIVE_INFINITY;
    if (active.length > 0) {
      const after = active.map((left) => left - 1).filter((left) => left > 0);
      const ms = times.roundMs + times.perSequenceMs * active.length;
      best = ms + rest(waiting, after, false);
    }
    for (let chosen = waiting; chosen > 0 && !prefilledNow; chosen = (chosen - 1) & waiting) {
      const requests = Array.from({ length: inputTokens.length }, (_, i) => i).filter(
        (i) => (chosen >> i) & 1,
      );
      const tokens = requests.reduce((sum, i) => sum + (inputTokens[i] as number), 0);
      if (active.length + requests.length > clients || tokens > stageTokens) continue;
      const outputs = requests.map((i) => outputTokens[i] as number);
      const then = [...active, ...outputs].sort((a, b) => a - b);
      best = Math.min(best, stageMs(times, tokens) + rest(waiting & ~chosen, then, true));
    }
    known.set(state, best);
    return best;
  }

  return rest(2 ** inputTokens.length - 1, [], false);
}

/**
 * Duration of a schedule, played stage by stage and round by round.
 * @throws Error where it breaks a rule: a busy client, a request left out, served twice or cut off
 */
export function playedMs(backlog: Backlog, times: StageTimes, bins: readonly Bin[]): number {
  const left = Array.from(backlog.outputTokens);
  const prefilled = new Set<number>();
  const clients: number[] = new Array(backlog.clients).fill(-1);
  let ms = 0;
  for (const { prefills, rounds } of bins) {
    let tokens = 0;
    for (const { request, client } of prefills) {
      if (clients[client] !== -1) throw new Error(`client ${client} is busy`);
      if (prefilled.has(request)) throw new Error(`request ${request} is prefilled twice`);
      prefilled.add(request);
      clients[client] = request;
      tokens += backlog.inputTokens[request] as number;
    }
    if (tokens > (backlog.stageTokens ?? tokens)) throw new Error(`stage of ${tokens} tokens`);
    if (prefills.length > 0) ms += stageMs(times, tokens);
    for (let round = 0; round < rounds; round++) {
      const active = clients.filter((request) => request !== -1);
      ms += times.roundMs + times.perSequenceMs * active.length;
      for (const request of active) {
        left[request]!--;
        if (left[request] === 0) clients[clients.indexOf(request)] = -1;
      }
    }
  }
  if (left.some((tokens) => tokens > 0)) throw new Error(`output left: ${left}`);
  return ms;
}
