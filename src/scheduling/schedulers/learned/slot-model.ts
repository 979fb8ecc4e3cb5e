/**
 * The slot model of hybrid scheduling (2502.15763), small and fast, to train a policy in: a
 * backlog at time zero, first come first served, J slots. A device runs a prefill stage of
 * p0 + p1·(its prompt tokens) or a decode round of a + b·(occupied slots); a request of o output
 * tokens occupies its slot for o rounds. So T = a·R + b·N + p1·P + p0·K and J·R = N + I with R
 * rounds, N output tokens, P prompt tokens, K stages and I idle slot-rounds: a decision only
 * trades I against K. Units: ms, tokens.
 */
import type { InsertState } from './insert-features.ts';

export interface SlotRequest {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface SlotCosts {
  readonly roundFixedMs: number;
  readonly roundPerRequestMs: number;
  readonly prefillFixedMs: number;
  readonly prefillPerTokenMs: number;
}

export interface SlotRun {
  readonly totalMs: number;
  readonly rounds: number;
  readonly stages: number;
  readonly idleSlotRounds: number;
}

/**
 * Runs a backlog to its end. `insert` is asked at every round's end at which a slot is idle, a
 * request waits and a slot is occupied; with none occupied a stage starts unasked.
 */
export function runSlotModel(
  requests: readonly SlotRequest[],
  slots: number,
  costs: SlotCosts,
  insert: (state: InsertState) => boolean,
): SlotRun {
  const { roundFixedMs, roundPerRequestMs, prefillFixedMs, prefillPerTokenMs } = costs;
  const ends = new Map<number, number>();
  const state = { slots, idle: 0, waiting: requests.length, active: 0, idleRounds: 0 };
  let [totalMs, rounds, stages, idleSlotRounds] = [0, 0, 0, 0];
  for (let next = 0; next < requests.length || state.active > 0; ) {
    state.waiting = requests.length - next;
    state.idle = Math.min(slots - state.active, state.waiting);
    if (state.idle > 0 && (state.active === 0 || insert(state))) {
      totalMs += prefillFixedMs;
      stages++;
      state.idleRounds = 0;
      for (const { inputTokens, outputTokens } of requests.slice(next, next + state.idle)) {
        totalMs += prefillPerTokenMs * inputTokens;
        ends.set(rounds + outputTokens, (ends.get(rounds + outputTokens) ?? 0) + 1);
      }
      next += state.idle;
      state.active += state.idle;
      continue;
    }
    totalMs += roundFixedMs + roundPerRequestMs * state.active;
    idleSlotRounds += slots - state.active;
    state.idleRounds += state.idle;
    rounds++;
    state.active -= ends.get(rounds) ?? 0;
    ends.delete(rounds);
  }
  return { totalMs, rounds, stages, idleSlotRounds };
}
