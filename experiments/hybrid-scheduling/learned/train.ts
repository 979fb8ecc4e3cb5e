import { trainInsert } from '../../../src/scheduling/schedulers/learned/train-insert.ts';
import { backlog, profile } from '../profile.ts';
import { earlier, type Source } from './backlogs.ts';

/** Parameters of insert-bandit learned on the earlier backlog of a source, rounded to 0.001. */
export async function trained(source: Source, p0: number) {
  const { roundMs, perSequenceMs, prefillBatchMs, prefillTokenMs } = profile(p0);
  const costs = {
    roundFixedMs: roundMs,
    roundPerRequestMs: perSequenceMs,
    prefillFixedMs: prefillBatchMs,
    prefillPerTokenMs: prefillTokenMs,
  };
  const learned = trainInsert(await earlier(source), { slots: backlog.slots, costs, seed: 1 });
  const rounded = (weight: number) => Number(weight.toFixed(3));
  return {
    bias: rounded(learned.bias),
    idleWeight: rounded(learned.idle),
    waitingWeight: rounded(learned.waiting),
    activeWeight: rounded(learned.active),
    idleRoundsWeight: rounded(learned.idleRounds),
  };
}
