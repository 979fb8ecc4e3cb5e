/**
 * Trains the weights of weights.ts on earlier backlogs and prints them:
 *
 *     npx tsx experiments/hybrid-scheduling/learned/train.ts
 */
import { trainInsert } from '../../../src/scheduling/schedulers/learned/train-insert.ts';
import { backlog, profile } from '../profile.ts';
import { earlier, prefillCosts, type Source, sources } from './backlogs.ts';

for (const source of sources) {
  for (const p0 of prefillCosts) {
    process.stdout.write(`${source} ${p0} ${JSON.stringify(await train(source, p0))}\n`);
  }
}

async function train(source: Source, p0: number) {
  const { roundMs, perSequenceMs, prefillBatchMs, prefillTokenMs } = profile(p0);
  const costs = {
    roundFixedMs: roundMs,
    roundPerRequestMs: perSequenceMs,
    prefillFixedMs: prefillBatchMs,
    prefillPerTokenMs: prefillTokenMs,
  };
  const options = { slots: backlog.slots, costs, seed: 1 };
  const weights = trainInsert(await earlier(source), options);
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, Number(weight.toFixed(3))]),
  );
}
