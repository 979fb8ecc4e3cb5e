import { InputError } from '../../units/input-error.ts';
import type { PlannedRun } from '../plan.ts';

/** One of `of` equal parts of a sweep; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/**
 * Reads `i/n`.
 * @throws InputError unless both are whole numbers and 0 ≤ i < n
 */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const rule = 'i/n with i from 0 to n - 1, as in 0/4';
  if (!match) throw new InputError(`invalid shard ${JSON.stringify(text)}`, { rule });
  const [index, of] = [Number(match[1]), Number(match[2])];
  if (of === 0) throw new InputError(`no shards in ${text}`, { rule });
  if (index >= of) throw new InputError(`no shard ${index} of ${of}`, { rule });
  return { index, of };
}

/**
 * The cells of a shard, in their order. Distinct runs are dealt out in the order of their keys, so
 * shards differ by one run at most, and neither the order of the cells nor what is done already
 * moves a run from one shard to another. Cells of one run stay together.
 */
export function shardOf<Plan extends Pick<PlannedRun, 'run'>>(
  plans: readonly Plan[],
  { index, of }: Shard,
): Plan[] {
  const runs = [...new Set(plans.map(({ run }) => run))].sort();
  const mine = new Set(runs.filter((_, position) => position % of === index));
  return plans.filter(({ run }) => mine.has(run));
}
