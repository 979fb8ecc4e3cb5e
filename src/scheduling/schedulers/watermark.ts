/**
 * Blocks that admission keeps free for the growth of running requests: the parameter `watermark`.
 * Source: vLLM v0, BlockSpaceManager (`watermark` 0.01, rounded down); microsoft/vidur,
 * vllm_replica_scheduler.py (`watermark_blocks_fraction` 0.01).
 *
 * Deviations: where nothing is at work there is none, so that a request the memory can hold is
 * never refused (vLLM refuses it); requests reserved whole do not grow and need none.
 */
import type { InstanceView, Task } from '../../policy/scheduler.ts';

export const watermark = {
  type: 'number',
  default: 0.01,
  min: 0,
  max: 1,
  doc: 'share of the KV blocks that admission leaves free beside requests at work',
} as const;

/** Whether admitting the task leaves that share of the blocks free. */
export function fitsAbove(view: InstanceView, task: Task, share: number): boolean {
  const spare = view.freeBlocks - view.blocksToAdmit(task);
  if (spare < 0) return false;
  if (share === 0 || view.decoding + view.prefilling + view.paused === 0) return true;
  // Without a limit of memory the share of it means nothing.
  if (!Number.isFinite(view.capacityBlocks)) return true;
  return spare >= Math.floor(share * view.capacityBlocks);
}
