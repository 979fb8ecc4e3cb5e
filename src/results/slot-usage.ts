import type { TaskColumns } from '../replay/serving/task-columns.ts';
import type { StepColumns } from './step-columns.ts';

/** Client slots of a system, by instance; 0 where an instance has none. */
export type SlotsOf = readonly number[];

/**
 * How client slots were used (hybrid offline-online scheduling, arXiv 2502.15763: its utilisation
 * behaves as util_round). Columns of `runs`; null where no instance has slots.
 */
export interface SlotUsage {
  readonly decode_rounds: number | null;
  readonly prefill_steps: number | null;
  /** Slots without a request that decodes, summed over decode rounds. */
  readonly idle_slot_rounds: number | null;
  /** Mean share of slots that decode, over rounds. */
  readonly util_round: number | null;
  /** Time in decode rounds x requests in them, over slots x the run. */
  readonly util_decode_time: number | null;
  /** Time during which a request holds a slot, over slots x the run. */
  readonly util_occupied_time: number | null;
}

const none: SlotUsage = {
  decode_rounds: null,
  prefill_steps: null,
  idle_slot_rounds: null,
  util_round: null,
  util_decode_time: null,
  util_occupied_time: null,
};

/** @param lastFinishMs end of the run, from time 0 */
export function slotUsage(
  steps: StepColumns,
  tasks: TaskColumns,
  slots: SlotsOf,
  lastFinishMs: number,
): SlotUsage {
  const all = total(slots);
  if (all === 0) return none;
  const usage = { rounds: 0, prefills: 0, offered: 0, tokens: 0, tokenMs: 0 };
  for (const [i, chunk] of steps.chunks.entries()) {
    const rows = steps.rowsOf(i);
    for (let row = 0; row < rows; row++) {
      const count = slots[chunk.instance[row] as number] as number;
      if (count === 0) continue;
      const decodes = chunk.decodes[row] as number;
      const rounds = chunk.rounds[row] as number;
      if ((chunk.prefillTokens[row] as number) > 0) usage.prefills++;
      if (decodes === 0) continue;
      usage.rounds += rounds;
      usage.offered += rounds * count;
      usage.tokens += rounds * decodes;
      usage.tokenMs += decodes * ((chunk.endMs[row] as number) - (chunk.startMs[row] as number));
    }
  }
  const slotMs = all * lastFinishMs;
  return {
    decode_rounds: usage.rounds,
    prefill_steps: usage.prefills,
    idle_slot_rounds: usage.offered - usage.tokens,
    util_round: usage.offered === 0 ? null : usage.tokens / usage.offered,
    util_decode_time: slotMs === 0 ? null : usage.tokenMs / slotMs,
    util_occupied_time: slotMs === 0 ? null : total(tasks.slotMs) / slotMs,
  };
}

/** The law that an affine clock gives a run on slots, milliseconds. */
export interface AffineTimes {
  readonly roundMs: number;
  readonly perSequenceMs: number;
  readonly perContextTokenMs: number;
  readonly prefillBatchMs: number;
  readonly prefillTokenMs: number;
}

/**
 * Checks on a run that the time of its steps is a·R + b·N + p1·P + p0·K, with R decode rounds, N
 * tokens decoded, P prompt tokens computed and K prefill steps, to 1e-9.
 * @throws Error if it is not: the replay and its clock would contradict each other
 */
export function checkAffineIdentity(steps: StepColumns, times: AffineTimes): void {
  // Context is not in the law: with a price on it there is nothing to check.
  if (times.perContextTokenMs !== 0) return;
  let measured = 0;
  let lawful = 0;
  for (const [i, chunk] of steps.chunks.entries()) {
    const rows = steps.rowsOf(i);
    for (let row = 0; row < rows; row++) {
      const decodes = chunk.decodes[row] as number;
      const rounds = chunk.rounds[row] as number;
      const tokens = chunk.prefillTokens[row] as number;
      // A step of both kinds pays for both at once.
      if (decodes > 0) lawful += rounds * (times.roundMs + times.perSequenceMs * decodes);
      if (tokens > 0) lawful += times.prefillBatchMs + times.prefillTokenMs * tokens;
      measured += (chunk.endMs[row] as number) - (chunk.startMs[row] as number);
    }
  }
  if (Math.abs(measured - lawful) <= 1e-9 * lawful) return;
  throw new Error(`steps take ${measured} ms, their law says ${lawful} ms`);
}

function total(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
