import type { InstanceView, Plan, Task } from '../../policy/scheduler.ts';
import { decodeBeside } from './batching.ts';
import { idleSlots } from './idle-slots.ts';
import { KvLookahead } from './kv-lookahead.ts';
import { admitWhole, fitsBesideGrowth } from './prefill-step.ts';

/** What a scheduler of this family decides by. */
export interface LookaheadRule {
  /** Waiting requests are tried in the order of this, smallest first, then as they queue. */
  rank(view: InstanceView, task: Task): number;
  /** Output tokens that the memory test takes the request to produce in all. */
  length(view: InstanceView, task: Task): number;
  /** Frees memory for one more round of decodes. Returns whether it had to. */
  makeRoom(view: InstanceView, out: Plan): boolean;
}

/**
 * One plan of MC-SF and its relatives: running requests go on; of the waiting ones, in rank order,
 * those up to the first that does not pass the memory test are admitted. With nothing at work the
 * first that physically fits is admitted whatever is expected of it, so that all get their turn.
 */
export class LookaheadAdmission {
  readonly #rule: LookaheadRule;
  readonly #maxSequences: number;
  readonly #batching: string;
  readonly #memory = new KvLookahead();

  constructor(rule: LookaheadRule, maxSequences: number, batching: string) {
    this.#rule = rule;
    this.#maxSequences = maxSequences;
    this.#batching = batching;
  }

  plan(view: InstanceView, out: Plan): void {
    let promptTokens = 0;
    for (let i = 0; i < view.prefilling; i++) {
      const task = view.prefillingTask(i);
      out.work(task, view.tokensLeft(task));
      promptTokens += view.tokensLeft(task);
    }
    if (this.#rule.makeRoom(view, out)) {
      out.hold({ rounds: 1 });
      decodeBeside(view, out, promptTokens, this.#batching);
      return;
    }
    // In a step of its own a prompt yields a token before the others do.
    const ahead = this.#batching === 'exclusive' ? 1 : 0;
    let tabled = false;
    let admitted = false;
    for (let idle = idleSlots(view, this.#maxSequences); idle > 0; idle--) {
      const alone = view.decoding + view.prefilling === 0;
      const task = this.#first(view, alone);
      if (task < 0 || !fitsBesideGrowth(view, task)) break;
      const tokens = view.inputTokens(task) + view.generated(task) + ahead;
      const left = this.#left(view, task);
      if (!tabled) this.#table(view);
      tabled = true;
      if (!alone) {
        const rounds = this.#memory.roundsUntilFit(tokens, left);
        if (rounds > 0) {
          if (rounds < Number.POSITIVE_INFINITY) out.hold({ rounds });
          break;
        }
      }
      this.#memory.add(tokens, left);
      promptTokens += admitWhole(view, out, task);
      admitted = true;
    }
    // One that joined at once counted as if it had a prompt to compute.
    if (admitted && promptTokens === 0) out.hold({ rounds: 1 });
    decodeBeside(view, out, promptTokens, this.#batching);
  }

  /** The waiting request of the smallest rank, of all or of those that fit; −1: none. */
  #first(view: InstanceView, mustFit: boolean): Task {
    let first = -1;
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < view.waiting; i++) {
      const task = view.waitingTask(i);
      const rank = this.#rule.rank(view, task);
      if (rank >= smallest || (mustFit && !fitsBesideGrowth(view, task))) continue;
      smallest = rank;
      first = task;
    }
    return first;
  }

  #table(view: InstanceView): void {
    this.#memory.reset(view.blockTokens, view.capacityBlocks);
    for (let i = 0; i < view.decoding; i++) this.#add(view, view.decodingTask(i));
    for (let i = 0; i < view.prefilling; i++) this.#add(view, view.prefillingTask(i));
  }

  #add(view: InstanceView, task: Task): void {
    const tokens = view.inputTokens(task) + view.generated(task);
    this.#memory.add(tokens, this.#left(view, task));
  }

  /** Rounds that the request is expected to need yet; one that outlives its length, one more. */
  #left(view: InstanceView, task: Task): number {
    const left = Math.ceil(this.#rule.length(view, task) - view.generated(task));
    return Math.max(1, left);
  }
}
