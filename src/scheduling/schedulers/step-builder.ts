/**
 * One step of a scheduler that chooses whom to serve: puts prompts, decodes and the moves between
 * them together, so that a policy says only who goes first.
 *
 * `batching` `mixed`: decodes first, then prompts in chunks, within `budget` tokens a step
 * (Sarathi-Serve). `exclusive`: prompts run whole in steps of their own, up to `budget` tokens
 * (one longer prompt runs alone), and the decodes wait (vLLM before chunked prefill).
 *
 * Nothing starts beside others unless it leaves the blocks of the next round of decodes, and one
 * more for each prompt on its way and for itself: without them two requests could preempt each
 * other for ever, both computed again and again. As decodes go on this test only gets harder to
 * pass: a request that did not fit does not fit until something finishes.
 */
import type { InstanceView, Plan, Task } from '../../policy/scheduler.ts';
import { maxSequences } from './max-sequences.ts';

export const stepParameters = {
  batching: {
    type: 'choice',
    default: 'mixed',
    choices: ['mixed', 'exclusive'],
    doc: 'prompts in chunks beside the decodes, or whole in steps of their own',
  },
  budget: {
    type: 'integer',
    default: 8192,
    min: 1,
    unit: 'tokens',
    doc: 'tokens of one step: prompt tokens, plus one per decode where both mix',
  },
  maxSequences,
} as const;

export interface StepValues {
  readonly batching: string;
  readonly budget: number;
  readonly maxSequences: number;
}

export class StepBuilder {
  readonly #mixed: boolean;
  readonly #budget: number;
  readonly #maxSequences: number;
  #view!: InstanceView;
  #out!: Plan;
  /** Prompt tokens in this step. */
  #used = 0;
  #acted = false;
  /** Whether a swap has been seen to leave blocks behind. */
  #prefixesStay = false;

  constructor({ batching, budget, maxSequences }: StepValues) {
    this.#mixed = batching === 'mixed';
    this.#budget = budget;
    this.#maxSequences = maxSequences;
  }

  begin(view: InstanceView, out: Plan): void {
    this.#view = view;
    this.#out = out;
    this.#used = 0;
    this.#acted = false;
  }

  /** Goes on with prompts that have been started, in admission order. */
  continuePrompts(): void {
    const view = this.#view;
    for (let i = 0; i < view.prefilling; i++) this.work(view.prefillingTask(i));
  }

  /**
   * Makes room for one more round of decodes: while it does not fit, the request that `victim`
   * names gives way by `yieldTo`; the last of an otherwise empty batch is computed again.
   * @returns whether requests may start in this plan: not if somebody had to make room for others
   */
  makeRoom(victim: () => Task, yieldTo: 'recompute' | 'swap'): boolean {
    const view = this.#view;
    let made = false;
    while (view.decoding > 0 && view.decodeGrowth > view.freeBlocks) {
      made = true;
      const last = view.decoding + view.prefilling === 1;
      if (last) this.preempt(victim());
      else this.giveWay(victim(), yieldTo);
    }
    return !made || view.decoding + view.prefilling === 0;
  }

  /** How many more requests may be in service. */
  get seats(): number {
    const view = this.#view;
    const seats = this.#maxSequences - view.decoding - view.prefilling;
    if (view.slots === 0) return seats;
    let idle = 0;
    for (let slot = 0; slot < view.slots; slot++) if (view.slotTask(slot) < 0) idle++;
    return Math.min(seats, idle);
  }

  /** Blocks that a waiting or paused request has to find free before it starts. */
  need(task: Task, paused = false): number {
    const view = this.#view;
    // Paused requests may keep part of their memory: beside them only they start without margin.
    const beside = view.decoding + view.prefilling + (paused ? 0 : view.paused);
    return view.blocksToAdmit(task) + (beside > 0 ? 1 : 0);
  }

  /** Blocks beside the growth of the next round and the first tokens of prompts on their way. */
  get spareBlocks(): number {
    const view = this.#view;
    return view.freeBlocks - view.decodeGrowth - view.prefilling;
  }

  /** Whether the step's tokens leave room for the request. */
  within(task: Task, paused: boolean): boolean {
    if (this.#mixed) return this.#left > 0;
    const tokens = paused ? 0 : this.#view.tokensToCompute(task);
    return this.#used === 0 || tokens === 0 || this.#used + tokens <= this.#budget;
  }

  /** Whether the request can start in this step as things are. */
  fits(task: Task, paused = false): boolean {
    if (this.seats <= 0 || !this.within(task, paused)) return false;
    return this.need(task, paused) <= this.spareBlocks;
  }

  /** Admits a waiting request, with as much of its prompt as the step takes. */
  admit(task: Task): void {
    this.#acted = true;
    this.#out.admit(task);
    this.work(task);
  }

  /** Computes as much of an admitted request's prompt as the step takes. */
  work(task: Task): void {
    const tokens = this.#view.tokensLeft(task);
    const chunk = this.#mixed ? Math.min(tokens, this.#left) : tokens;
    if (chunk <= 0) return;
    this.#out.work(task, chunk);
    this.#used += chunk;
  }

  resume(task: Task): void {
    this.#acted = true;
    this.#out.resume(task);
  }

  pause(task: Task, how: 'keep' | 'swap'): void {
    this.#acted = true;
    this.#out.pause(task, how);
  }

  preempt(task: Task): void {
    this.#acted = true;
    this.#out.preempt(task, 'recompute');
  }

  /**
   * Takes a decode's memory. Where prompts stay in a prefix cache, a swap frees little, and
   * requests that are out could keep each other from coming back: once that has been seen, those
   * that give way are computed again, their prompts mostly from the cache.
   */
  giveWay(task: Task, how: 'recompute' | 'swap'): void {
    if (how === 'recompute' || this.#prefixesStay) {
      this.preempt(task);
      return;
    }
    const held = heldBlocks(this.#view, task);
    this.pause(task, 'swap');
    if (this.#view.blocksToAdmit(task) < held) this.#prefixesStay = true;
  }

  /** Prompt tokens planned for this step. */
  get promptTokens(): number {
    return this.#used;
  }

  /**
   * Ends the plan. After any move the scheduler looks again one round later; otherwise `hold`
   * says for how long a run of rounds may go on.
   */
  finish(hold?: { rounds?: number; untilMs?: number }): void {
    const view = this.#view;
    const runs = this.#mixed || this.#used === 0;
    // Only a request alone in memory can have joined without room for its next token.
    while (runs && view.decoding > 0 && view.decodeGrowth > view.freeBlocks) {
      this.preempt(view.decodingTask(view.decoding - 1));
    }
    if (runs && view.decoding > 0) this.#out.decodes();
    if (this.#used > 0) return;
    if (this.#acted) this.#out.hold({ rounds: 1 });
    else if (hold !== undefined && view.decoding > 0) this.#out.hold(hold);
  }

  get #left(): number {
    return this.#budget - this.#used - (this.#mixed ? this.#view.decoding : 0);
  }
}

/** Blocks of a request in decode, if none of them are shared with others. */
export function heldBlocks(view: InstanceView, task: Task): number {
  return Math.ceil((view.inputTokens(task) + view.generated(task)) / view.blockTokens);
}
