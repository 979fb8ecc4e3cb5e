import type { Task } from '../../policy/scheduler.ts';
import { type TaskColumns, taskStatus } from './task-columns.ts';
import type { Workload } from './workload.ts';

/**
 * The requests that decode on an instance, in the order in which they joined: how many rounds have
 * passed, what the next one reads, and after which round the first of them finishes.
 */
export class DecodeBatch {
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  #members: Task[] = [];
  /** Rounds done. */
  round = 0;
  /** KV tokens that the next round of all members reads. */
  contextTokens = 0;
  /** Round after which the first member finishes; NaN until it is looked up again. */
  #finishRound = Number.POSITIVE_INFINITY;

  constructor(work: Workload, tasks: TaskColumns) {
    this.#work = work;
    this.#tasks = tasks;
  }

  get size(): number {
    return this.#members.length;
  }

  at(position: number): Task {
    return this.#members[position] as Task;
  }

  /** Output tokens of a member by now. */
  generated(task: Task): number {
    const { generated, joinRound } = this.#tasks;
    return (generated[task] as number) + this.round - (joinRound[task] as number);
  }

  join(task: Task): void {
    const tasks = this.#tasks;
    tasks.status[task] = taskStatus.decoding;
    tasks.joinRound[task] = this.round;
    this.contextTokens += this.#tokensOf(task);
    this.#finishRound = Math.min(this.#finishRound, this.#lastRound(task));
    this.#members.push(task);
  }

  /** Books a member out, with what it has produced; it stays in the list until it is dropped. */
  bookOut(task: Task): number {
    const tasks = this.#tasks;
    const produced = this.round - (tasks.joinRound[task] as number);
    tasks.generated[task] = (tasks.generated[task] as number) + produced;
    this.contextTokens -= this.#tokensOf(task);
    this.#finishRound = Number.NaN;
    return produced;
  }

  drop(task: Task): void {
    this.#members.splice(this.#members.indexOf(task), 1);
  }

  /** Drops those that are not in decode any more. */
  dropLeavers(): void {
    const { status } = this.#tasks;
    this.#members = this.#members.filter((task) => status[task] === taskStatus.decoding);
  }

  pass(rounds: number): void {
    this.round += rounds;
    this.contextTokens += rounds * this.#members.length;
  }

  /** Rounds that pass until a member finishes. */
  get roundsToFinish(): number {
    return this.#firstFinish() - this.round;
  }

  get someFinished(): boolean {
    return this.#firstFinish() <= this.round;
  }

  /** Takes out the members whose outputs are all there, in order; `leave` books each out. */
  takeFinished(leave: (task: Task) => void): void {
    if (!this.someFinished) return;
    const members = this.#members;
    let kept = 0;
    let finishRound = Number.POSITIVE_INFINITY;
    for (let i = 0; i < members.length; i++) {
      const task = members[i] as Task;
      const last = this.#lastRound(task);
      if (last <= this.round) leave(task);
      else {
        members[kept++] = task;
        if (last < finishRound) finishRound = last;
      }
    }
    while (members.length > kept) members.pop();
    this.#finishRound = finishRound;
  }

  #tokensOf(task: Task): number {
    const input = this.#work.inputTokens[task] as number;
    return input + (this.#tasks.generated[task] as number);
  }

  #lastRound(task: Task): number {
    const tasks = this.#tasks;
    const output = this.#work.outputTokens[task] as number;
    return (tasks.joinRound[task] as number) + output - (tasks.generated[task] as number);
  }

  #firstFinish(): number {
    if (Number.isNaN(this.#finishRound)) {
      this.#finishRound = Number.POSITIVE_INFINITY;
      for (const task of this.#members) {
        this.#finishRound = Math.min(this.#finishRound, this.#lastRound(task));
      }
    }
    return this.#finishRound;
  }
}
