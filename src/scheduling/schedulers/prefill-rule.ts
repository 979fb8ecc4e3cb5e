/**
 * When an engine that runs prefill stages and decode rounds one at a time should stop decoding
 * for a prefill stage: the contract of the rules, and what all of them are told.
 * Source: Hybrid Offline-online Scheduling (arXiv 2502.15763): at each iteration the cost of
 * inserting a prefill, during which the requests in decode stand still, is held against the cost
 * of one more round, during which the idle slots stay idle. Both are counted in slot-time, with
 * one multiplier of 1/J for each slot-second, which therefore cancels.
 */

/** Prices of the model that the rules reason with, in milliseconds. Not the clock of the replay. */
export interface StagePrices {
  /** A decode round: a fixed part, and a part for each request in it. */
  readonly roundMs: number;
  readonly perSequenceMs: number;
  /** A prefill stage: a fixed part, and a part for each prompt token. */
  readonly prefillBatchMs: number;
  readonly prefillTokenMs: number;
}

/** What could start now, and what has been waited for since the last stage. Integers only. */
export interface StageState {
  /** Client slots in all. */
  slots: number;
  /** Requests in decode: they would stand still. */
  active: number;
  /** Idle slots that may take a waiting request; at least 1 where a rule is asked. */
  idle: number;
  /**
   * Sums over the rounds since the last stage in which requests waited: 1, `idle`, and
   * `idle` · `active` of each.
   */
  rounds: number;
  idleRounds: number;
  idleActiveRounds: number;
  /** Prompt tokens of the stage that could start; 0 unless the rule prices them. */
  promptTokens: number;
}

export interface PrefillRule {
  /** Whether the rule reads `promptTokens`. */
  readonly pricesPrompts: boolean;
  /** Whether the rule counts idle slots, and so needs an instance that has slots. */
  readonly countsSlots: boolean;
  /**
   * Whether the stage should start after so many more rounds in which nothing else changes
   * (0: now). Once true, it stays true with more rounds. Not asked while nothing decodes.
   */
  isDue(state: Readonly<StageState>, moreRounds: number): boolean;
  /** A stage starts; `state` is as it stood before. */
  started?(state: Readonly<StageState>): void;
}

/** A rule never waits longer than this many rounds at once. */
const longestWait = 2 ** 30;

/** The smallest number of further rounds after which the stage is due; Infinity: never. */
export function roundsUntilDue(rule: PrefillRule, state: Readonly<StageState>): number {
  if (rule.isDue(state, 0)) return 0;
  let early = 0;
  let late = 1;
  while (!rule.isDue(state, late)) {
    if (late >= longestWait) return Number.POSITIVE_INFINITY;
    early = late;
    late *= 2;
  }
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (rule.isDue(state, middle)) late = middle;
    else early = middle;
  }
  return late;
}

/** Idle slot-milliseconds that have been waited after `moreRounds` and the round that follows. */
export function waitedMs(
  { roundMs, perSequenceMs }: StagePrices,
  { idle, active, idleRounds, idleActiveRounds }: Readonly<StageState>,
  moreRounds: number,
): number {
  // Sums of integers, priced at the end: the same however often the scheduler was asked between.
  const rounds = moreRounds + 1;
  return (
    roundMs * (idleRounds + rounds * idle) +
    perSequenceMs * (idleActiveRounds + rounds * idle * active)
  );
}
