/**
 * A queue in front of client slots: the group's queue order decides who is next.
 * Source: the baseline of Hybrid Offline-online Scheduling (arXiv 2502.15763), vLLM-like: first
 * come, first served with prefill first; with the order longest-predicted its online part alone.
 *
 * Every idle slot, in ascending index, takes the next request of the queue. The `rule` says when
 * a prefill stage starts (see prefill-rules.ts); stages and rounds are those of slot-stages.ts.
 *
 * On an instance without slots, and with the rule prefill-first, requests start in the order of
 * the queue while KV memory lasts; the other rules count slots and need an instance that has some.
 * In either case a share of the memory, `watermark`, stays free beside requests at work, as in vLLM.
 * The paper's text was not read beyond its abstract and summaries of it; the rules are ours.
 * Units: prices in milliseconds.
 */
import { definePolicy } from '../../../policy/registry.ts';
import type { InstanceView, Scheduler } from '../../../policy/scheduler.ts';
import { prefillRule, prefillRuleParameters } from '../prefill-rules.ts';
import { reservationOracle, reserve } from '../reserve.ts';
import { watermark } from '../watermark.ts';
import { type Choices, type SlotChooser, SlotStages } from './slot-stages.ts';

const parameters = { ...prefillRuleParameters, reserve, watermark } as const;

class NextInQueue implements SlotChooser {
  readonly worksWithoutSlots = true;

  choose(view: InstanceView, idleSlots: readonly number[], out: Choices): void {
    const count = Math.min(idleSlots.length, view.waiting);
    for (let i = 0; i < count; i++) {
      out.tasks.push(view.waitingTask(i));
      out.slots.push(idleSlots[i] as number);
    }
    out.idle = idleSlots.length;
  }

  admitted(): void {
    // The queue is the instance's: it has let the request go.
  }
}

export const slotsQueue = definePolicy<Scheduler, typeof parameters>({
  kind: 'slots-queue',
  doc: 'idle client slots take the next of the queue; a rule says when prefills interrupt decoding',
  source: '2502.15763, baseline and online part: a reading of the abstract; rules ours',
  parameters,
  oracle: (values) => reservationOracle(values.reserve),
  needs: (values) => (prefillRule(values).countsSlots ? ['slots'] : []),
  create: (values) => new SlotStages(new NextInQueue(), prefillRule(values), values),
});
