import type { Order } from '../../policy/order.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import type { KvMemory } from './kv-memory.ts';
import { SharedPrefixes } from './shared-prefixes.ts';
import { endReason, type TaskColumns, taskStatus } from './task-columns.ts';
import { TaskQueue } from './task-queue.ts';
import type { Workload } from './workload.ts';

/** What an instance tells the engine of requests that leave it. */
export interface InstanceEvents {
  /** Before membership of the decode batch changes: the open run of rounds ends here. */
  batchChanges(instance: Instance): void;
  ended(task: Task, instance: Instance): void;
  joined(task: Task, instance: Instance): void;
  left(task: Task, instance: Instance): void;
}

/**
 * One serving instance: its queue, its admitted requests, its memory. Holds no time of its own:
 * the engine says how many rounds or which step have passed. Also the scheduler's view of it and
 * the plan that the scheduler fills.
 */
export class Instance implements InstanceView, Plan {
  readonly index: number;
  readonly memory: KvMemory;
  readonly scheduler: Scheduler;
  readonly #order: Order;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  readonly #events: InstanceEvents;
  readonly #prefixes: SharedPrefixes;
  readonly #queue = new TaskQueue();
  #prefilling: Task[] = [];
  #decoding: Task[] = [];

  nowMs = 0;
  /** Decode rounds done. */
  round = 0;
  /** KV tokens that the next round of all decodes reads. */
  contextTokens = 0;
  /** Round after which the first of the decodes finishes; NaN until it is looked up again. */
  #finishRound = Number.POSITIVE_INFINITY;
  openPromptTokens = 0;
  openRequests = 0;

  /** The plan: tasks and their prompt tokens in this step. */
  readonly workTasks: Task[] = [];
  readonly workTokens: number[] = [];
  planDecodes = false;
  holdRounds = Number.POSITIVE_INFINITY;
  holdUntilMs = Number.POSITIVE_INFINITY;
  /** Whether the plan admitted or preempted anything. */
  planActed = false;

  constructor(
    index: number,
    memory: KvMemory,
    policies: { scheduler: Scheduler; order: Order },
    work: Workload,
    tasks: TaskColumns,
    events: InstanceEvents,
  ) {
    this.index = index;
    this.memory = memory;
    this.scheduler = policies.scheduler;
    this.#order = policies.order;
    this.#work = work;
    this.#tasks = tasks;
    this.#events = events;
    this.#prefixes = new SharedPrefixes(memory, work, tasks);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  waitingTask(position: number): Task {
    return this.#queue.at(position);
  }

  get prefilling(): number {
    return this.#prefilling.length;
  }

  prefillingTask(position: number): Task {
    return this.#prefilling[position] as Task;
  }

  get decoding(): number {
    return this.#decoding.length;
  }

  decodingTask(position: number): Task {
    return this.#decoding[position] as Task;
  }

  get admitted(): number {
    return this.#prefilling.length + this.#decoding.length;
  }

  get freeBlocks(): number {
    return this.memory.freeBlocks;
  }

  get decodeGrowth(): number {
    return this.memory.growth;
  }

  tokensLeft(task: Task): number {
    return this.#tasks.left[task] as number;
  }

  tokensToCompute(task: Task): number {
    const prefix = this.#prefixes.resident(task);
    return (this.#tasks.left[task] as number) - this.#prefixes.savedTokens(task, prefix);
  }

  blocksToAdmit(task: Task): number {
    const prefix = this.#prefixes.resident(task);
    return this.#ownBlocks(task, prefix) + this.#prefixes.unpinnedBlocks(task, prefix);
  }

  inputTokens(task: Task): number {
    return this.#work.inputTokens[task] as number;
  }

  generated(task: Task): number {
    const base = this.#tasks.generated[task] as number;
    const decoding = this.#tasks.status[task] === taskStatus.decoding;
    return decoding ? base + this.round - (this.#tasks.joinRound[task] as number) : base;
  }

  /** A request that arrives here; false if it can never fit, and is rejected. */
  enqueue(task: Task): boolean {
    const { inputTokens, outputTokens, arrivalMs } = this.#work;
    const input = inputTokens[task] as number;
    const output = outputTokens[task] as number;
    this.#tasks.left[task] = input;
    if (!(this.#ownBlocks(task, 0) <= this.memory.capacityBlocks)) return false;
    this.#tasks.status[task] = taskStatus.waiting;
    const arrival = arrivalMs[task] as number;
    const request = { arrivalMs: arrival, inputTokens: input, outputTokens: output };
    this.#queue.insert(task, this.#order.key(request));
    return true;
  }

  /** Asks the scheduler; the answer stands in the plan's members. */
  plan(nowMs: number): void {
    this.nowMs = nowMs;
    shorten(this.workTasks, 0);
    shorten(this.workTokens, 0);
    this.planDecodes = false;
    this.holdRounds = Number.POSITIVE_INFINITY;
    this.holdUntilMs = Number.POSITIVE_INFINITY;
    this.planActed = false;
    this.scheduler.plan(this, this);
  }

  admit(task: Task): void {
    const tasks = this.#tasks;
    if (tasks.status[task] !== taskStatus.waiting || !this.#queue.remove(task)) {
      throw new Error(`scheduler admitted request ${task}, which does not wait here`);
    }
    this.planActed = true;
    const prefix = this.#prefixes.resident(task);
    const own = this.#ownBlocks(task, prefix);
    if (own + this.#prefixes.unpinnedBlocks(task, prefix) > this.freeBlocks) {
      throw new Error(`scheduler admitted request ${task}, which does not fit`);
    }
    this.#prefixes.pin(task, prefix);
    this.memory.hold(own);
    const growing = this.#reserves ? 0 : this.#tailTokens(task);
    tasks.held[task] = growing;
    tasks.fixedBlocks[task] = own - this.memory.blocksFor(growing);
    const cached = this.#prefixes.savedTokens(task, prefix);
    tasks.done[task] = cached;
    tasks.left[task] = (tasks.left[task] as number) - cached;
    tasks.status[task] = taskStatus.prefilling;
    if (Number.isNaN(tasks.admittedMs[task])) {
      tasks.admittedMs[task] = this.nowMs;
      tasks.cachedTokens[task] = cached;
    }
    this.#prefilling.push(task);
  }

  work(task: Task, tokens: number): void {
    const left = this.#tasks.left[task] as number;
    if (this.#tasks.status[task] !== taskStatus.prefilling || !(tokens > 0 && tokens <= left)) {
      throw new Error(`scheduler gave request ${task} ${tokens} of ${left} prompt tokens to do`);
    }
    this.workTasks.push(task);
    this.workTokens.push(tokens);
  }

  decodes(): void {
    this.planDecodes = true;
    this.memory.promiseGrowth();
  }

  hold(limit: { rounds?: number; untilMs?: number }): void {
    if (limit.rounds !== undefined) this.holdRounds = limit.rounds;
    if (limit.untilMs !== undefined) this.holdUntilMs = limit.untilMs;
  }

  preempt(task: Task, _how: 'recompute'): void {
    const tasks = this.#tasks;
    if (tasks.status[task] !== taskStatus.decoding) {
      throw new Error(`scheduler preempted request ${task}, which does not decode here`);
    }
    this.planActed = true;
    this.#events.batchChanges(this);
    const alone = this.admitted === 1;
    this.#leaveDecode(task);
    this.#decoding.splice(this.#decoding.indexOf(task), 1);
    this.#releaseMemory(task);
    if (alone) {
      this.#end(task, taskStatus.unfinished, endReason.kvExhausted);
      return;
    }
    tasks.preemptions[task]!++;
    tasks.status[task] = taskStatus.waiting;
    tasks.done[task] = 0;
    tasks.left[task] = this.inputTokens(task) + (tasks.generated[task] as number);
    this.#queue.putBack(task);
  }

  /** Decode rounds that pass until one finishes or memory ends. */
  get roundsOfSameBatch(): number {
    return Math.min(this.#firstFinish() - this.round, this.memory.roundsThatFit);
  }

  /** So many decode rounds have passed; requests that are done finish at `nowMs`. */
  passRounds(rounds: number, nowMs: number): void {
    this.nowMs = nowMs;
    this.memory.takeRounds(rounds);
    this.round += rounds;
    this.contextTokens += rounds * this.#decoding.length;
  }

  get someFinished(): boolean {
    return this.#firstFinish() <= this.round;
  }

  /** The planned prompt chunks are computed; prompts that are done yield their next token. */
  passPrefill(nowMs: number): void {
    this.nowMs = nowMs;
    const tasks = this.#tasks;
    let left = 0;
    for (let i = 0; i < this.workTasks.length; i++) {
      const task = this.workTasks[i] as Task;
      const tokens = this.workTokens[i] as number;
      tasks.done[task] = (tasks.done[task] as number) + tokens;
      tasks.left[task] = (tasks.left[task] as number) - tokens;
      this.#prefixes.share(task);
      if (tasks.left[task] === 0) this.#finishPrompt(task);
      if (tasks.status[task] !== taskStatus.prefilling) left++;
    }
    if (left === 0) return;
    const prefilling = this.#prefilling;
    let kept = 0;
    for (let i = 0; i < prefilling.length; i++) {
      const task = prefilling[i] as Task;
      if (tasks.status[task] === taskStatus.prefilling) prefilling[kept++] = task;
    }
    shorten(prefilling, kept);
  }

  /** Requests whose outputs are all there leave, in the order in which they joined. */
  finishDecodes(): void {
    if (!this.someFinished) return;
    const tasks = this.#tasks;
    const decoding = this.#decoding;
    let kept = 0;
    let finishRound = Number.POSITIVE_INFINITY;
    for (let i = 0; i < decoding.length; i++) {
      const task = decoding[i] as Task;
      const last = this.#lastRound(task);
      if (last <= this.round && tasks.status[task] === taskStatus.decoding) {
        this.#leaveDecode(task);
        this.#releaseMemory(task);
        this.#end(task, taskStatus.finished, endReason.none);
      } else {
        decoding[kept++] = task;
        if (last < finishRound) finishRound = last;
      }
    }
    shorten(decoding, kept);
    this.#finishRound = finishRound;
  }

  /** A waiting request whose client gave up leaves at once. */
  cancelWaiting(task: Task, nowMs: number): void {
    this.nowMs = nowMs;
    this.#queue.remove(task);
    this.#end(task, taskStatus.cancelled, endReason.clientCancelled);
  }

  /** Admitted requests whose clients gave up leave: prompts in admission order, then decodes. */
  cancelAsked(nowMs: number): void {
    this.nowMs = nowMs;
    const asked = (task: Task) => this.#tasks.cancelAsked[task] === 1;
    const leaving = [...this.#prefilling, ...this.#decoding].filter(asked);
    for (const task of leaving) {
      if (this.#tasks.status[task] === taskStatus.decoding) this.#leaveDecode(task);
      this.#releaseMemory(task);
      this.#end(task, taskStatus.cancelled, endReason.clientCancelled);
    }
    this.#prefilling = this.#prefilling.filter((task) => !asked(task));
    this.#decoding = this.#decoding.filter((task) => !asked(task));
  }

  /** Ends the head of the queue if it does not fit although nothing else is here. */
  giveUpOnHead(): boolean {
    if (this.waiting === 0 || this.admitted > 0) return false;
    const head = this.#queue.at(0);
    if (this.blocksToAdmit(head) <= this.freeBlocks) return false;
    this.#queue.remove(head);
    this.#end(head, taskStatus.unfinished, endReason.kvExhausted);
    return true;
  }

  #finishPrompt(task: Task): void {
    const tasks = this.#tasks;
    if (Number.isNaN(tasks.firstTokenMs[task])) tasks.firstTokenMs[task] = this.nowMs;
    tasks.generated[task]!++;
    if (tasks.generated[task] === this.#work.outputTokens[task]) {
      if ((tasks.generated[task] as number) > 1) {
        // A last token after a preemption: a stay without rounds, so that its gap is counted.
        tasks.joinMs[task] = this.nowMs;
        this.#events.joined(task, this);
        this.#events.left(task, this);
      }
      this.#releaseMemory(task);
      this.#end(task, taskStatus.finished, endReason.none);
      return;
    }
    if (!this.#reserves) {
      const held = (tasks.held[task] as number) + 1;
      this.memory.overhold(this.memory.blocksFor(held) - this.memory.blocksFor(held - 1));
      tasks.held[task] = held;
      this.memory.startGrowing(held);
    }
    tasks.status[task] = taskStatus.decoding;
    tasks.joinRound[task] = this.round;
    tasks.joinMs[task] = this.nowMs;
    this.contextTokens += this.inputTokens(task) + (tasks.generated[task] as number);
    this.#finishRound = Math.min(this.#finishRound, this.#lastRound(task));
    this.#decoding.push(task);
    this.#events.joined(task, this);
  }

  #leaveDecode(task: Task): void {
    const tasks = this.#tasks;
    const produced = this.round - (tasks.joinRound[task] as number);
    tasks.generated[task] = (tasks.generated[task] as number) + produced;
    this.contextTokens -= this.inputTokens(task) + (tasks.generated[task] as number);
    if (!this.#reserves) {
      const held = (tasks.held[task] as number) + produced;
      tasks.held[task] = held;
      this.memory.stopGrowing(held);
    }
    this.#finishRound = Number.NaN;
    this.#events.left(task, this);
  }

  #end(task: Task, status: number, reason: number): void {
    this.#tasks.status[task] = status;
    this.#tasks.reason[task] = reason;
    this.#tasks.endMs[task] = this.nowMs;
    this.#events.ended(task, this);
  }

  #lastRound(task: Task): number {
    const tasks = this.#tasks;
    const output = this.#work.outputTokens[task] as number;
    return (tasks.joinRound[task] as number) + output - (tasks.generated[task] as number);
  }

  #firstFinish(): number {
    if (Number.isNaN(this.#finishRound)) {
      this.#finishRound = Number.POSITIVE_INFINITY;
      for (const task of this.#decoding) {
        this.#finishRound = Math.min(this.#finishRound, this.#lastRound(task));
      }
    }
    return this.#finishRound;
  }

  /** Tokens behind the blocks of the prompt: all of it where it has none, and recomputed output. */
  #tailTokens(task: Task): number {
    const shareable = this.#prefixes.blocksOf(task) > 0;
    const left = this.#tasks.left[task] as number;
    return shareable ? left - this.inputTokens(task) : left;
  }

  /** Blocks of its own that a waiting request needs beside a resident prefix. */
  #ownBlocks(task: Task, prefix: number): number {
    const prompt = this.#prefixes.ownBlocks(task, prefix);
    let tail = this.#tailTokens(task);
    if (this.#reserves) {
      const input = this.inputTokens(task);
      const output = this.#work.outputTokens[task] as number;
      const whole = this.scheduler.reserveTokens?.(input, output) as number;
      tail = prompt > 0 || prefix > 0 ? whole - input : whole;
    }
    return prompt + this.memory.blocksFor(tail);
  }

  get #reserves(): boolean {
    return this.scheduler.reserveTokens !== undefined;
  }

  #releaseMemory(task: Task): void {
    const { held, fixedBlocks } = this.#tasks;
    this.memory.free((fixedBlocks[task] as number) + this.memory.blocksFor(held[task] as number));
    held[task] = 0;
    fixedBlocks[task] = 0;
    this.#prefixes.release(task);
  }
}

/** Drops the end of a list and keeps its memory, which setting its length would give back. */
function shorten(list: number[], length: number): void {
  while (list.length > length) list.pop();
}
