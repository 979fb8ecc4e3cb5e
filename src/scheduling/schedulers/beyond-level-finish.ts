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
 * J is the slots of the instance. On one without, it is what its KV memory holds of requests half
 * way through their predicted output, at most `maxSequences`; prompts run first, in steps of their
 * own, where memory is expected to last until all are done (as in MC-SF, kv-lookahead.ts), and a
 * round that does not fit all the same preempts who joined last. `rule` and prices belong to
 * slots, `maxBatchedTokens` and `maxSequences` to instances without.
 *
 * Nothing promotes a long request while others keep arriving. Units: tokens, rounds, ms.
 */
import { definePolicy } from '../../policy/registry.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { decodeRound } from './batching.ts';
import { FinishOrder, toCome } from './beyond-finish-order.ts';
import { type Choices, type SlotChooser, SlotStages } from './hybrid/slot-stages.ts';
import { KvLookahead } from './kv-lookahead.ts';
import { maxBatchedTokens } from './max-batched-tokens.ts';
import { maxSequences } from './max-sequences.ts';
import { predictedLength } from './predicted-length.ts';
import { preemptForGrowth } from './preempt-for-growth.ts';
import { prefillRule, prefillRuleParametersWith } from './prefill-rules.ts';
import { admitWhole, fitsBesideGrowth } from './prefill-step.ts';
import { reservationOracle, reserve, type wholeSequence } from './reserve.ts';

const parameters = {
  floor: {
    type: 'number',
    default: 0.2,
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
    default: 2,
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
  maxBatchedTokens,
  maxSequences,
  reserve,
} as const;

class ForSlots implements SlotChooser {
  readonly worksWithoutSlots = false;
  readonly #order: FinishOrder;

  constructor(order: FinishOrder) {
    this.#order = order;
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

interface Limits {
  readonly maxBatchedTokens: number;
  readonly maxSequences: number;
}

/** The same order on an instance without slots: prompts first, as memory is expected to last. */
class ByMemory {
  readonly #order: FinishOrder;
  readonly #limits: Limits;
  readonly #memory = new KvLookahead();

  constructor(order: FinishOrder, limits: Limits) {
    this.#order = order;
    this.#limits = limits;
  }

  plan(view: InstanceView, out: Plan): void {
    if (preemptForGrowth(view, out)) {
      out.hold({ rounds: 1 });
      if (view.decoding > 0) out.decodes();
      return;
    }
    const promptTokens = this.#start(view, out);
    if (promptTokens > 0) return;
    // Who joined without a prompt to compute counted as if there were one.
    if (promptTokens === 0) out.hold({ rounds: 1 });
    decodeRound(view, out);
  }

  /** Starts the next requests while they fit. Returns their prompt tokens, −1 if none started. */
  #start(view: InstanceView, out: Plan): number {
    const { maxBatchedTokens, maxSequences } = this.#limits;
    const seats = maxSequences - view.decoding - view.prefilling;
    const count = Math.min(seats, view.waiting);
    if (count === 0) return -1;
    this.#table(view);
    let batched = -1;
    // Those who start are taken off the list that is walked.
    for (const task of [...this.#order.next(view, this.#slotsOf(view), count)]) {
      if (batched > 0 && batched + view.tokensToCompute(task) > maxBatchedTokens) break;
      if (!fitsBesideGrowth(view, task)) break;
      // In a step of its own a prompt yields a token before the others do.
      const tokens = view.inputTokens(task) + view.generated(task) + 1;
      const left = Math.ceil(toCome(view, task));
      const alone = view.decoding + view.prefilling === 0;
      const rounds = alone ? 0 : this.#memory.roundsUntilFit(tokens, left);
      if (rounds > 0) {
        if (batched < 0 && rounds < Number.POSITIVE_INFINITY) out.hold({ rounds });
        break;
      }
      this.#memory.add(tokens, left);
      this.#order.started(task);
      batched = Math.max(0, batched) + admitWhole(view, out, task);
    }
    return batched;
  }

  #table(view: InstanceView): void {
    this.#memory.reset(view.blockTokens, view.capacityBlocks);
    for (let i = 0; i < view.decoding; i++) this.#add(view, view.decodingTask(i));
    for (let i = 0; i < view.prefilling; i++) this.#add(view, view.prefillingTask(i));
  }

  #add(view: InstanceView, task: Task): void {
    const tokens = view.inputTokens(task) + view.generated(task);
    this.#memory.add(tokens, Math.ceil(toCome(view, task)));
  }

  /** Requests that memory holds at once where each is half way through its output. */
  #slotsOf(view: InstanceView): number {
    let tokens = 0;
    const add = (task: Task) => {
      tokens += view.inputTokens(task) + predictedLength(view, task) / 2;
    };
    for (let i = 0; i < view.waiting; i++) add(view.waitingTask(i));
    for (let i = 0; i < view.decoding; i++) add(view.decodingTask(i));
    const count = view.waiting + view.decoding;
    const held = Math.floor((view.capacityBlocks * view.blockTokens * count) / tokens);
    return Math.max(1, Math.min(held, this.#limits.maxSequences));
  }
}

class LevelFinish implements Scheduler {
  readonly #stages: SlotStages;
  readonly #byMemory: ByMemory;
  readonly reserveTokens?: typeof wholeSequence;

  constructor(stages: SlotStages, byMemory: ByMemory) {
    this.#stages = stages;
    this.#byMemory = byMemory;
    if (stages.reserveTokens !== undefined) this.reserveTokens = stages.reserveTokens;
  }

  plan(view: InstanceView, out: Plan): void {
    if (view.slots > 0) this.#stages.plan(view, out);
    else this.#byMemory.plan(view, out);
  }
}

export const levelFinish = definePolicy<Scheduler, typeof parameters>({
  kind: 'level-finish',
  doc: 'shortest predicted first, longest just in time, some short ones kept to end level',
  source: 'this project; stages of 2502.15763',
  parameters,
  oracle: (values) => reservationOracle(values.reserve),
  create: (values) => {
    const order = new FinishOrder(values);
    const stages = new SlotStages(new ForSlots(order), prefillRule(values), values.reserve);
    return new LevelFinish(stages, new ByMemory(order, values));
  },
});
