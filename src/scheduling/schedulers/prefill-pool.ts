/**
 * Scheduler of an instance that only computes prompts, the prefill pool of a disaggregated
 * cluster (Mooncake, FAST 2025, section 3.1, step 2; arXiv 2407.00079v3, section 3).
 *
 * Prompts are computed in the order of the queue (first come, first served unless the group has
 * another order), the unfinished ones first, up to `chunkTokens` a step: a longer prompt is
 * computed in chunks. With `batch` the rest of a chunk goes to the prompts behind; without, one
 * prompt is computed at a time. Admission needs room for the prompt's KV.
 *
 * Deviation: the size of the paper's `prefill_chunk` is not published beyond "typically larger
 * than 1000 tokens"; 8192 is an assumption. Units: tokens a step. Requests do not decode here.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler } from '../../policy/scheduler.ts';

const parameters = {
  chunkTokens: {
    type: 'integer',
    default: 8192,
    min: 1,
    unit: 'tokens',
    doc: 'prompt tokens of one step',
  },
  batch: {
    type: 'boolean',
    default: true,
    doc: 'whether several prompts may share a step; false: one prompt at a time',
  },
} as const;

class PrefillPool implements Scheduler {
  readonly #chunkTokens: number;
  readonly #batch: boolean;

  constructor(chunkTokens: number, batch: boolean) {
    this.#chunkTokens = chunkTokens;
    this.#batch = batch;
  }

  plan(view: InstanceView, out: Plan): void {
    const most = this.#batch ? Number.POSITIVE_INFINITY : 1;
    const unfinished = view.prefilling;
    let left = this.#chunkTokens;
    for (let i = 0; i < Math.min(unfinished, most) && left > 0; i++) {
      const task = view.prefillingTask(i);
      const chunk = Math.min(view.tokensLeft(task), left);
      out.work(task, chunk);
      left -= chunk;
    }
    while (left > 0 && view.waiting > 0 && view.prefilling < most) {
      const task = view.waitingTask(0);
      if (view.blocksToAdmit(task) > view.freeBlocks) break;
      out.admit(task);
      const chunk = Math.min(view.tokensLeft(task), left);
      out.work(task, chunk);
      left -= chunk;
    }
  }
}

export const prefillPool = definePolicy<Scheduler, typeof parameters>({
  kind: 'prefill-pool',
  doc: 'for instances that only compute prompts: in the order of the queue, in chunks',
  source: 'Mooncake (arXiv 2407.00079v3, section 3; FAST 2025, section 3.1)',
  parameters,
  create: ({ chunkTokens, batch }) => new PrefillPool(chunkTokens, batch),
});
