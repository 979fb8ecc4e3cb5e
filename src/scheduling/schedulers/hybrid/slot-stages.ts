/**
 * Exclusive stages on client slots: what the slot schedulers have in common.
 * Source: Hybrid Offline-online Scheduling (arXiv 2502.15763).
 *
 * An instance runs either a prefill stage, in which all idle slots that get a request have its
 * whole prompt computed, or a decode round of all occupied slots. Each plan: (1) idle slots, in
 * ascending index, choose among the waiting requests; (2) a rule says whether the stage starts
 * now or after some more rounds, and it always starts where nothing decodes; (3) else one decode
 * round of all, after preempting the decodes that joined last where the round does not fit.
 *
 * Deviations: KV memory is checked as well, with a watermark as in vLLM. A stage takes the chosen requests in order up to the
 * first that does not fit; idle slots count as waiting for work all the same. A plan holds until
 * the rule's stage is due, or until choices change by themselves.
 */
import type { InstanceView, Plan, Scheduler, Task } from '../../../policy/scheduler.ts';
import { preemptForGrowth } from '../preempt-for-growth.ts';
import { type PrefillRule, roundsUntilDue, type StageState } from '../prefill-rule.ts';
import { wholeSequence } from '../reserve.ts';
import { RoundsPassed } from '../rounds-passed.ts';
import { fitsAbove } from '../watermark.ts';

/** Choices for the idle slots of one plan; filled anew each time. */
export interface Choices {
  /** Chosen request, and the slot that it would take, in the order of the choosing. */
  readonly tasks: Task[];
  readonly slots: number[];
  /** Idle slots that may take a waiting request, even if there are fewer requests. */
  idle: number;
  /** When the choices may change although nothing arrives and nothing finishes. */
  untilMs: number;
}

/** Decides which waiting request each idle slot takes. */
export interface SlotChooser {
  /** Proposes a request for each of the idle slots; changes nothing of what is chosen next time. */
  choose(view: InstanceView, idleSlots: readonly number[], out: Choices): void;
  /** A proposed request has been admitted to that slot. */
  admitted(task: Task, slot: number): void;
  /** Whether an instance without slots will do: requests then start in the order of the queue. */
  readonly worksWithoutSlots: boolean;
}

/** What admission sets aside and keeps free of KV memory. */
export interface StageMemory {
  readonly reserve: string;
  readonly watermark: number;
}

export class SlotStages implements Scheduler {
  readonly #chooser: SlotChooser;
  readonly #rule: PrefillRule;
  readonly #watermark: number;
  readonly #rounds = new RoundsPassed();
  readonly #idleSlots: number[] = [];
  readonly #choices: Choices = { tasks: [], slots: [], idle: 0, untilMs: 0 };
  readonly #state: StageState = {
    slots: 0,
    active: 0,
    idle: 0,
    rounds: 0,
    idleRounds: 0,
    idleActiveRounds: 0,
    promptTokens: 0,
  };
  readonly reserveTokens?: typeof wholeSequence;

  constructor(chooser: SlotChooser, rule: PrefillRule, { reserve, watermark }: StageMemory) {
    this.#chooser = chooser;
    this.#rule = rule;
    const whole = reserve === 'sequence';
    this.#watermark = whole ? 0 : watermark;
    if (whole) this.reserveTokens = wholeSequence;
  }

  plan(view: InstanceView, out: Plan): void {
    if (view.slots === 0) {
      this.#planWithoutSlots(view, out);
      return;
    }
    this.#passRounds(view);
    let waitRounds = Number.POSITIVE_INFINITY;
    if (this.#look(view)) {
      waitRounds = view.decoding === 0 ? 0 : roundsUntilDue(this.#rule, this.#state);
      if (waitRounds === 0) {
        const started = this.#startStage(view, out);
        if (started === 'prompts') return;
        // Where the first of the chosen does not fit, it waits for memory, not for rounds.
        waitRounds = started === 'decodes' ? 1 : Number.POSITIVE_INFINITY;
      }
    }
    if (preemptForGrowth(view, out)) waitRounds = 1;
    if (view.decoding === 0) {
      this.#rounds.clear();
      return;
    }
    out.decodes();
    if (view.waiting > 0) this.#rounds.mark(view);
    else this.#rounds.clear();
    this.#state.active = view.decoding;
    const { untilMs } = this.#choices;
    const rounds = waitRounds < Number.POSITIVE_INFINITY;
    if (untilMs < Number.POSITIVE_INFINITY) {
      out.hold(rounds ? { rounds: waitRounds, untilMs } : { untilMs });
    } else if (rounds) {
      out.hold({ rounds: waitRounds });
    }
  }

  /** Books the rounds since the last plan with what was idle and active then. */
  #passRounds(view: InstanceView): void {
    const state = this.#state;
    const rounds = this.#rounds.since(view);
    state.rounds += rounds;
    state.idleRounds += rounds * state.idle;
    state.idleActiveRounds += rounds * state.idle * state.active;
    state.slots = view.slots;
    state.active = view.decoding;
    state.idle = 0;
    state.promptTokens = 0;
  }

  /** Lets the idle slots choose; whether any has a choice. */
  #look(view: InstanceView): boolean {
    const choices = this.#choices;
    choices.tasks.length = 0;
    choices.slots.length = 0;
    choices.untilMs = Number.POSITIVE_INFINITY;
    if (view.waiting === 0) return false;
    const idleSlots = this.#idleSlots;
    idleSlots.length = 0;
    for (let slot = 0; slot < view.slots; slot++) {
      if (view.slotTask(slot) < 0) idleSlots.push(slot);
    }
    if (idleSlots.length === 0) return false;
    this.#chooser.choose(view, idleSlots, choices);
    if (choices.tasks.length === 0) return false;
    this.#state.idle = choices.idle;
    if (this.#rule.pricesPrompts) {
      for (const task of choices.tasks) this.#state.promptTokens += view.tokensLeft(task);
    }
    return true;
  }

  /** Admits the chosen requests while they fit. `decodes`: none of them has a prompt to compute. */
  #startStage(view: InstanceView, out: Plan): 'prompts' | 'decodes' | 'nothing' {
    const { tasks, slots } = this.#choices;
    let prompts = 0;
    let admitted = 0;
    for (; admitted < tasks.length; admitted++) {
      const task = tasks[admitted] as Task;
      if (!fitsAbove(view, task, this.#watermark)) break;
      const tokens = view.tokensToCompute(task);
      const slot = slots[admitted] as number;
      out.admit(task, slot);
      this.#chooser.admitted(task, slot);
      if (tokens === 0) continue;
      out.work(task, tokens);
      prompts++;
    }
    if (admitted === 0) return 'nothing';
    const state = this.#state;
    this.#rule.started?.(state);
    state.rounds = 0;
    state.idle = 0;
    state.idleRounds = 0;
    state.idleActiveRounds = 0;
    this.#rounds.clear();
    return prompts > 0 ? 'prompts' : 'decodes';
  }

  #planWithoutSlots(view: InstanceView, out: Plan): void {
    if (!this.#chooser.worksWithoutSlots || this.#rule.countsSlots) {
      throw new Error('client slots are counted on an instance that has none');
    }
    let prompts = 0;
    while (view.waiting > 0) {
      const task = view.waitingTask(0);
      if (!fitsAbove(view, task, this.#watermark)) break;
      const tokens = view.tokensToCompute(task);
      out.admit(task);
      if (tokens === 0) continue;
      out.work(task, tokens);
      prompts++;
    }
    if (prompts > 0) return;
    if (preemptForGrowth(view, out)) out.hold({ rounds: 1 });
    if (view.decoding > 0) out.decodes();
  }
}
