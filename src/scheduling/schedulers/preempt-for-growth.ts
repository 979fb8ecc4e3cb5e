import type { InstanceView, Plan } from '../../policy/scheduler.ts';

/**
 * Makes room for one more round of decodes: while it does not fit, the decode that joined last
 * gives up its memory and is computed again later (vLLM's recomputation).
 * @returns whether any had to
 */
export function preemptForGrowth(view: InstanceView, out: Plan): boolean {
  let preempted = false;
  while (view.decoding > 0 && view.decodeGrowth > view.freeBlocks) {
    out.preempt(view.decodingTask(view.decoding - 1), 'recompute');
    preempted = true;
  }
  return preempted;
}
