import type { InstanceView, Plan, Task } from '../../policy/scheduler.ts';
import { fitsAbove } from './watermark.ts';

/** What a prefill step may take, beside the seats that are free. */
export interface PrefillLimits {
  readonly maxBatchedTokens: number;
  /** Share of the blocks that stays free beside requests at work. */
  readonly watermark: number;
}

/**
 * Whether admitting the task leaves room for one more round of the decodes. One that grows is
 * counted with a block more beside others, for its own first round: two requests that just fill
 * the memory could otherwise displace each other before either has produced a token. The answer
 * can turn from yes to no as decodes go on, never back before something finishes.
 */
export function fitsBesideGrowth(view: InstanceView, task: Task, grows = true): boolean {
  const alone = view.decoding + view.prefilling + view.paused === 0;
  const blocks = view.blocksToAdmit(task) + (grows && !alone ? 1 : 0);
  return blocks <= view.freeBlocks - view.decodeGrowth;
}

/** Whether the task fits beside the growth of the decodes and above the watermark. */
export function fitsWithin(view: InstanceView, task: Task, watermark: number): boolean {
  return fitsBesideGrowth(view, task) && fitsAbove(view, task, watermark);
}

/** Admits a task and computes all of its prompt in this step. Returns the tokens of that. */
export function admitWhole(view: InstanceView, out: Plan, task: Task): number {
  out.admit(task);
  const tokens = view.tokensLeft(task);
  if (tokens > 0) out.work(task, tokens);
  return tokens;
}

/**
 * Admits the requests at the head of the queue whose prompt another instance has computed: they
 * decode at once and cost no prefill, so that no rule about prefills holds them up.
 * @returns how many, at most `limit`
 */
export function admitComputed(
  view: InstanceView,
  out: Plan,
  { watermark }: PrefillLimits,
  limit: number,
): number {
  let admitted = 0;
  while (admitted < limit && view.waiting > 0) {
    const task = view.waitingTask(0);
    if (view.tokensToCompute(task) > 0 || !fitsWithin(view, task, watermark)) break;
    out.admit(task);
    admitted++;
  }
  return admitted;
}

/**
 * A prefill step: whole prompts from the head of the queue while requests (`limit`), memory and
 * batched tokens last; one prompt longer than the token limit runs alone.
 * @returns prompt tokens of the step; 0: nobody could be admitted with a prompt to compute
 */
export function prefillStep(
  view: InstanceView,
  out: Plan,
  { maxBatchedTokens, watermark }: PrefillLimits,
  limit: number,
): number {
  let batched = 0;
  for (let admitted = 0; admitted < limit && view.waiting > 0; admitted++) {
    const task = view.waitingTask(0);
    if (batched > 0 && batched + view.tokensToCompute(task) > maxBatchedTokens) break;
    if (!fitsWithin(view, task, watermark)) break;
    batched += admitWhole(view, out, task);
  }
  return batched;
}
