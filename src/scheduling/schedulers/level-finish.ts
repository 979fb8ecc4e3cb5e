/**
 * Short requests early, long ones just in time, and some short ones kept for the end.
 * Source: this project; the setting, the stages and the rules for them are those of Hybrid
 * Offline-online Scheduling (arXiv 2502.15763). That shortest first serves soonest, and that only
 * those who would end too late need to go before, is textbook scheduling with two criteria
 * (mean flow time under a limit of the makespan).
 *
 * Longest first ends level, and lets everybody wait for the longest; shortest first does the
 * reverse. With M the mean predicted output of all requests seen, some that wait are kept: the
 * shortest of at least `floor` · M, as many as have `keep` · M tokens for each of J slots. Who
 * takes an idle slot:
 *   1. the longest, where it is due:  margin · predicted ≥ H − K, with H the rounds that all which
 *      waits and runs still takes on J slots, and K those of the kept ones: started later, and as
 *      much longer than predicted, it would end after the kept ones have run out;
 *   2. else the shortest that is not kept;
 *   3. where only kept ones are left, the longest of them: short, they fill what the others leave.
 * While requests arrive one after another, those to come fill the gaps: nothing is kept or due,
 * and the shortest is next. That is so while the last `quietMs` saw two instants of arrival or
 * more; a backlog that comes at once is complete.
 *
 * Only for instances with client slots: where memory is the limit, shortest first with a look ahead
 * (mc-sf.ts) did better on both counts. Stages and memory are those of slot-stages.ts.
 * Nothing promotes a long request while others keep arriving. Units: tokens, rounds, ms.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Scheduler, Task } from '../../policy/scheduler.ts';
import { FinishOrder, type FinishShares } from './finish-order.ts';
import { type Choices, type SlotChooser, SlotStages } from './hybrid/slot-stages.ts';
import { prefillRule, prefillRuleParametersWith } from './prefill-rules.ts';
import { reservationOracle, reserve } from './reserve.ts';
import { watermark } from './watermark.ts';

const parameters = {
  floor: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 100,
    unit: 'mean outputs',
    doc: 'shorter requests than this fill too little to be kept for the end',
  },
  keep: {
    type: 'number',
    default: 0.75,
    min: 0,
    max: 100,
    unit: 'mean outputs',
    doc: 'work that is kept for the end, for each slot',
  },
  margin: {
    type: 'number',
    default: 2.5,
    min: 0,
    max: 100,
    doc: 'times its prediction that a request may last and still end level; 0: none is ever due',
  },
  quietMs: {
    type: 'number',
    default: 10_000,
    min: 0,
    unit: 'ms',
    doc: 'time with less than two instants of arrival after which a backlog counts as complete',
  },
  ...prefillRuleParametersWith('exact'),
  reserve,
  watermark,
} as const;

class ByFinish implements SlotChooser {
  readonly worksWithoutSlots = false;
  readonly #order: FinishOrder;

  constructor(shares: FinishShares) {
    this.#order = new FinishOrder(shares);
  }

  choose(view: InstanceView, idleSlots: readonly number[], out: Choices): void {
    const count = Math.min(idleSlots.length, view.waiting);
    for (const [i, task] of this.#order.next(view, view.slots, count).entries()) {
      out.tasks.push(task);
      out.slots.push(idleSlots[i] as number);
    }
    out.idle = idleSlots.length;
  }

  admitted(task: Task): void {
    this.#order.started(task);
  }
}

export const levelFinish = definePolicy<Scheduler, typeof parameters>({
  kind: 'level-finish',
  doc: 'shortest predicted first, longest just in time, some short ones kept to end level',
  source: 'this project; stages of 2502.15763',
  parameters,
  oracle: (values) => reservationOracle(values.reserve),
  needs: () => ['lengths', 'slots'],
  create: (values) => new SlotStages(new ByFinish(values), prefillRule(values), values),
});
