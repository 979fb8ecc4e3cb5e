import type { Scheduler, Task } from '../../policy/scheduler.ts';
import type { KvMemory } from './kv-memory.ts';
import type { PromptPrefixes } from './prompt-prefixes.ts';
import { type TaskColumns, taskStatus } from './task-columns.ts';
import type { Workload } from './workload.ts';

/** What decides how much memory a request takes on an instance. */
export interface MemoryRules {
  /** KV tokens that admission reserves in all; left out: the prompt, and growth. */
  readonly reserve: Scheduler['reserveTokens'] | undefined;
  /** Whether requests decode where their prompt was computed, and which stage yields first. */
  readonly decodes: boolean;
  readonly firstToken: 'prefill' | 'decode';
}

/**
 * KV blocks of an instance's requests: what admission takes, how it grows in decode, what a pause
 * or an end gives back. A request holds blocks that do not grow (prompt blocks not shared,
 * reservations) and tokens that do.
 */
export class RequestMemory {
  readonly #memory: KvMemory;
  readonly #prefixes: PromptPrefixes;
  readonly #rules: MemoryRules;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  /**
   * Tokens reserved with a prompt that yields none itself: its first round must fit, or two prompts
   * could throw each other out for ever without a token.
   */
  readonly #firstRound: number;

  constructor(
    memory: KvMemory,
    prefixes: PromptPrefixes,
    rules: MemoryRules,
    work: Workload,
    tasks: TaskColumns,
  ) {
    this.#memory = memory;
    this.#prefixes = prefixes;
    this.#rules = rules;
    this.#work = work;
    this.#tasks = tasks;
    this.#firstRound = rules.decodes && rules.firstToken === 'decode' ? 1 : 0;
  }

  /** Tokens of a waiting request that its admission leaves to compute. */
  tokensToCompute(task: Task): number {
    const left = this.#tasks.left[task] as number;
    if (left === 0) return 0;
    return left - this.#prefixes.savedTokens(task, this.#prefixes.resident(task));
  }

  /** Blocks that admitting a waiting request, or resuming a paused one, takes. */
  blocksToAdmit(task: Task): number {
    if (this.#tasks.status[task] === taskStatus.paused) {
      return this.#tasks.swappedBlocks[task] as number;
    }
    const prefix = this.#prefixOf(task);
    return this.#ownBlocks(task, prefix) + this.#prefixes.unpinnedBlocks(task, prefix);
  }

  /** Whether a request that has just arrived could ever be admitted here. */
  fits(task: Task): boolean {
    this.#tasks.left[task] = this.#input(task);
    return this.#ownBlocks(task, 0) <= this.#memory.capacityBlocks;
  }

  /** The same for one whose prompt is computed elsewhere: it comes with its first token, if any. */
  fitsComputed(task: Task): boolean {
    const input = this.#input(task);
    const output = this.#work.outputTokens[task] as number;
    const first = this.#rules.firstToken === 'prefill' ? 1 : 0;
    const kept = this.#rules.reserve?.(input, output) ?? input + first;
    return this.#memory.blocksFor(kept) <= this.#memory.capacityBlocks;
  }

  /** Takes the blocks of a request that is admitted; returns the tokens that need no computing. */
  admit(task: Task): number {
    const { fixedBlocks, held } = this.#tasks;
    const prefix = this.#prefixOf(task);
    const own = this.#ownBlocks(task, prefix);
    if (own + this.#prefixes.unpinnedBlocks(task, prefix) > this.#memory.freeBlocks) {
      throw new Error(`scheduler admitted request ${task}, which does not fit`);
    }
    this.#prefixes.pin(task, prefix);
    this.#memory.hold(own);
    const growing = this.#rules.reserve === undefined ? this.#tailTokens(task) : 0;
    held[task] = growing;
    fixedBlocks[task] = own - this.#memory.blocksFor(growing);
    return this.#prefixes.savedTokens(task, prefix);
  }

  /** Some of its prompt has been computed. */
  share(task: Task): void {
    this.#prefixes.share(task);
  }

  /** A prompt that was computed here goes on to decode: its tokens grow from now on. */
  startDecode(task: Task): void {
    if (this.#rules.reserve !== undefined) return;
    const { fixedBlocks, held } = this.#tasks;
    const before = held[task] as number;
    const yielded = 1 - this.#firstRound;
    const next = this.#memory.blocksFor(before + 1) - this.#memory.blocksFor(before);
    if (yielded === 1) this.#memory.overhold(next);
    else {
      // Room for the first round becomes growth like any other round's.
      this.#memory.free(next);
      fixedBlocks[task] = (fixedBlocks[task] as number) - next;
    }
    held[task] = before + yielded;
    this.#memory.startGrowing(before + yielded);
  }

  /** One whose KV is complete joins the batch as it is. */
  grow(task: Task): void {
    if (this.#rules.reserve === undefined) {
      this.#memory.startGrowing(this.#tasks.held[task] as number);
    }
  }

  /** It leaves the batch after that many tokens. */
  stopGrowing(task: Task, produced: number): void {
    if (this.#rules.reserve !== undefined) return;
    const held = (this.#tasks.held[task] as number) + produced;
    this.#tasks.held[task] = held;
    this.#memory.stopGrowing(held);
  }

  /** All its KV goes to host memory; what it held in common will be its own again. */
  swapOut(task: Task): void {
    const { fixedBlocks, pinned, swappedBlocks, swappedOut } = this.#tasks;
    this.#memory.free(this.#privateBlocks(task));
    const behind = this.#prefixes.ownBlocks(task, pinned[task] as number);
    const common = this.#prefixes.ownBlocks(task, 0) - behind;
    this.#prefixes.release(task);
    fixedBlocks[task] = (fixedBlocks[task] as number) + common;
    swappedBlocks[task] = this.#privateBlocks(task);
    swappedOut[task]! += swappedBlocks[task] as number;
  }

  /** What it swapped out comes back. */
  swapIn(task: Task): void {
    const { swappedBlocks } = this.#tasks;
    const blocks = swappedBlocks[task] as number;
    if (blocks > 0 && blocks > this.#memory.freeBlocks) {
      throw new Error(`scheduler resumed request ${task}, which does not fit`);
    }
    this.#memory.hold(blocks);
    swappedBlocks[task] = 0;
  }

  /** It gives up its blocks, wherever they are. */
  release(task: Task): void {
    const { fixedBlocks, held, status, swappedBlocks } = this.#tasks;
    const isSwapped = status[task] === taskStatus.paused && (swappedBlocks[task] as number) > 0;
    if (!isSwapped) this.#memory.free(this.#privateBlocks(task));
    swappedBlocks[task] = 0;
    held[task] = 0;
    fixedBlocks[task] = 0;
    this.#prefixes.release(task);
  }

  /** A request that never held any lets go of the prefix that was kept for it. */
  forget(task: Task): void {
    this.#prefixes.release(task);
  }

  /** Leading blocks that a waiting request need not compute: none where nothing is left to do. */
  #prefixOf(task: Task): number {
    return this.#tasks.left[task] === 0 ? 0 : this.#prefixes.resident(task);
  }

  /** Tokens behind the blocks of the prompt: all of it where it has none, and recomputed output. */
  #tailTokens(task: Task): number {
    const { arrived, generated, left } = this.#tasks;
    if (arrived[task] === 1) return this.#input(task) + (generated[task] as number);
    const shareable = this.#prefixes.blocksOf(task) > 0;
    return shareable ? (left[task] as number) - this.#input(task) : (left[task] as number);
  }

  /** Blocks of its own that a waiting request needs beside a resident prefix. */
  #ownBlocks(task: Task, prefix: number): number {
    const arrived = this.#tasks.arrived[task] === 1;
    const prompt = arrived ? 0 : this.#prefixes.ownBlocks(task, prefix);
    let tail = this.#tailTokens(task) + (arrived ? 0 : this.#firstRound);
    const { reserve } = this.#rules;
    if (reserve !== undefined) {
      const input = this.#input(task);
      const whole = reserve(input, this.#work.outputTokens[task] as number);
      tail = !arrived && this.#prefixes.blocksOf(task) > 0 ? whole - input : whole;
    }
    return prompt + this.#memory.blocksFor(tail);
  }

  #privateBlocks(task: Task): number {
    const { held, fixedBlocks } = this.#tasks;
    return (fixedBlocks[task] as number) + this.#memory.blocksFor(held[task] as number);
  }

  #input(task: Task): number {
    return this.#work.inputTokens[task] as number;
  }
}
