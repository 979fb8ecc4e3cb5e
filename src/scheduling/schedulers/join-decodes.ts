import type { InstanceView, Plan, Task } from '../../policy/scheduler.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';

/**
 * Whether a waiting request that has nothing to compute fits: its KV, beside the growth of the
 * round that it will take part in at once. Where requests grow, its own growth is at most a
 * block; on an empty instance it need not fit, as nothing would ever make more room.
 */
export function roomToJoin(view: InstanceView, task: Task, { grows = true } = {}): boolean {
  const others = view.decoding + view.prefilling > 0;
  const spare = grows && others ? 1 : 0;
  return view.blocksToAdmit(task) + spare <= view.freeBlocks - view.decodeGrowth;
}

/** The round of a step in which requests have joined the decodes: those take part in it. */
export function decodesWithJoined(view: InstanceView, out: Plan): void {
  // Only a request alone in a memory that it fills can be short of room for its growth here.
  preemptForGrowth(view, out);
  if (view.decoding > 0) out.decodes();
}
