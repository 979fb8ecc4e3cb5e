import type { Estimator } from '../../policy/estimator.ts';
import type { LengthPredictor } from '../../policy/length-predictor.ts';
import type { Order } from '../../policy/order.ts';
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';
import { DecodeBatch } from './decode-batch.ts';
import type { KvMemory } from './kv-memory.ts';
import type { PromptPrefixes } from './prompt-prefixes.ts';
import { RequestMemory } from './request-memory.ts';
import { Slots } from './slots.ts';
import { endReason, type TaskColumns, taskStatus } from './task-columns.ts';
import { TaskQueue } from './task-queue.ts';
import type { Workload } from './workload.ts';

/** What an instance tells the engine of its requests. */
export interface InstanceEvents {
  /** Before membership of the decode batch changes: the open run of rounds ends here. */
  batchChanges(instance: Instance): void;
  ended(task: Task, instance: Instance): void;
  joined(task: Task, instance: Instance): void;
  left(task: Task, instance: Instance): void;
  /** A prompt is computed for the first time. */
  promptDone(task: Task, instance: Instance): void;
  /** A prompt is computed on an instance that does not decode: its KV goes on. */
  handedOff(task: Task, instance: Instance): void;
}

/** What decides on an instance, and what those may ask. */
export interface InstancePolicies {
  readonly scheduler: Scheduler;
  readonly order: Order;
  readonly predictor?: LengthPredictor;
  readonly estimator?: Estimator;
}

export interface InstanceOptions extends InstancePolicies {
  /** Client slots; 0 or left out: none. */
  readonly slots?: number;
  /** Whether requests decode where their prompt was computed. */
  readonly decodes: boolean;
  /** Which stage yields a request's first token. */
  readonly firstToken: 'prefill' | 'decode';
}

/**
 * One serving instance: its queue, its admitted requests, its memory. Holds no time of its own:
 * the engine says how many rounds or which step have passed. Also the scheduler's view of it and
 * the plan that the scheduler fills: one class, and a long one, because view, plan and books are
 * about the same few lists and a plan's changes must show in the view at once.
 */
export class Instance implements InstanceView, Plan {
  readonly index: number;
  readonly memory: KvMemory;
  readonly scheduler: Scheduler;
  readonly estimator: Estimator | undefined;
  readonly #predictor: LengthPredictor | undefined;
  readonly #order: Order;
  readonly #options: InstanceOptions;
  readonly #work: Workload;
  readonly #tasks: TaskColumns;
  readonly #events: InstanceEvents;
  readonly #prefixes: PromptPrefixes;
  readonly #held: RequestMemory;
  readonly #slots: Slots;
  readonly #queue = new TaskQueue();
  readonly #batch: DecodeBatch;
  #prefilling: Task[] = [];
  #paused: Task[] = [];
  /** Members of the batch that have no token yet. */
  #tokenless: Task[] = [];
  /** Requests whose last prompt tokens are in later stages of a pipeline. */
  #draining = 0;

  readonly #finish = (task: Task) => {
    this.#leaveDecode(task);
    this.#held.release(task);
    this.#end(task, taskStatus.finished, endReason.none);
  };

  nowMs = 0;
  openPromptTokens = 0;
  openRequests = 0;

  /** The plan: tasks and their prompt tokens in this step. */
  readonly workTasks: Task[] = [];
  readonly workTokens: number[] = [];
  planDecodes = false;
  holdRounds = Number.POSITIVE_INFINITY;
  holdUntilMs = Number.POSITIVE_INFINITY;
  /** Whether the plan admitted, preempted, paused or resumed anything. */
  planActed = false;

  constructor(
    index: number,
    memory: KvMemory,
    prefixes: PromptPrefixes,
    options: InstanceOptions,
    work: Workload,
    tasks: TaskColumns,
    events: InstanceEvents,
  ) {
    this.index = index;
    this.memory = memory;
    this.scheduler = options.scheduler;
    this.estimator = options.estimator;
    this.#predictor = options.predictor;
    this.#order = options.order;
    this.#options = options;
    this.#work = work;
    this.#tasks = tasks;
    this.#events = events;
    this.#prefixes = prefixes;
    const { scheduler } = options;
    const reserves = scheduler.reserveTokens !== undefined;
    const reserve = (input: number, output: number) =>
      scheduler.reserveTokens?.(input, output) as number;
    const rules = { ...options, reserve: reserves ? reserve : undefined };
    this.#held = new RequestMemory(memory, prefixes, rules, work, tasks);
    this.#slots = new Slots(options.slots ?? 0);
    this.#batch = new DecodeBatch(work, tasks);
  }

  // What its scheduler sees

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
    return this.#batch.size;
  }

  decodingTask(position: number): Task {
    return this.#batch.at(position);
  }

  get paused(): number {
    return this.#paused.length;
  }

  pausedTask(position: number): Task {
    return this.#paused[position] as Task;
  }

  get slots(): number {
    return this.#slots.count;
  }

  slotTask(slot: number): Task {
    return this.#slots.holder(slot);
  }

  /** Requests that hold memory here and are not swapped out. */
  get admitted(): number {
    return this.#prefilling.length + this.#batch.size + this.#paused.length + this.#draining;
  }

  get freeBlocks(): number {
    return this.memory.freeBlocks;
  }

  get capacityBlocks(): number {
    return this.memory.capacityBlocks;
  }

  get blockTokens(): number {
    return this.memory.blockTokens;
  }

  get decodeGrowth(): number {
    return this.memory.growth;
  }

  get contextTokens(): number {
    return this.#batch.contextTokens;
  }

  tokensLeft(task: Task): number {
    return this.#tasks.left[task] as number;
  }

  tokensToCompute(task: Task): number {
    return this.#held.tokensToCompute(task);
  }

  blocksToAdmit(task: Task): number {
    return this.#held.blocksToAdmit(task);
  }

  arrivalMs(task: Task): number {
    return this.#tasks.arrivalMs[task] as number;
  }

  inputTokens(task: Task): number {
    return this.#work.inputTokens[task] as number;
  }

  priority(task: Task): number {
    return this.#work.priority?.[task] ?? 0;
  }

  tenant(task: Task): number {
    return this.#work.tenant?.[task] ?? 0;
  }

  predictedOutput(task: Task): number {
    return this.#predictor?.predict(task) ?? Number.NaN;
  }

  generated(task: Task): number {
    const decoding = this.#tasks.status[task] === taskStatus.decoding;
    return decoding ? this.#batch.generated(task) : (this.#tasks.generated[task] as number);
  }

  estimatePrefillMs(tokens: number, cachedTokens: number): number {
    return (this.estimator as Estimator).prefillMs(tokens + cachedTokens, cachedTokens);
  }

  estimateRoundMs(sequences: number, contextTokens: number): number {
    return (this.estimator as Estimator).roundMs(sequences, contextTokens);
  }

  /** Leading blocks of a prompt whose KV is in this instance's memory. */
  residentBlocks(task: Task): number {
    return this.#prefixes.resident(task);
  }

  // Requests come

  /** Whether a request that has just arrived could ever be admitted here. */
  fits(task: Task): boolean {
    return this.#held.fits(task);
  }

  /** The same for one whose prompt is computed elsewhere. */
  fitsComputed(task: Task): boolean {
    return this.#held.fitsComputed(task);
  }

  /** A request that arrives here with its prompt still to be computed. */
  enqueue(task: Task): void {
    this.#tasks.left[task] = this.inputTokens(task);
    this.#wait(task);
  }

  /** A request whose prompt another instance has computed and whose KV is here. */
  enqueueComputed(task: Task): void {
    this.#tasks.left[task] = 0;
    this.#tasks.arrived[task] = 1;
    this.#wait(task);
  }

  #wait(task: Task): void {
    const { outputTokens, arrivalMs } = this.#work;
    this.#tasks.status[task] = taskStatus.waiting;
    this.#tasks.instance[task] = this.index;
    const request = {
      arrivalMs: arrivalMs[task] as number,
      inputTokens: this.inputTokens(task),
      outputTokens: outputTokens[task] as number,
      predictedTokens: this.predictedOutput(task),
      priority: this.priority(task),
    };
    this.#queue.insert(task, this.#order.key(request));
  }

  // The plan

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

  admit(task: Task, slot?: number): void {
    const tasks = this.#tasks;
    if (tasks.status[task] !== taskStatus.waiting || !this.#queue.remove(task)) {
      throw new Error(`scheduler admitted request ${task}, which does not wait here`);
    }
    this.planActed = true;
    const cached = this.#held.admit(task);
    this.#takeSlot(task, slot);
    if (tasks.arrived[task] === 1) {
      this.#events.batchChanges(this);
      this.#held.grow(task);
      this.#join(task, tasks.firstTokenMs[task] as number);
      if (this.planDecodes) this.memory.promiseGrowth();
      return;
    }
    tasks.done[task] = cached;
    tasks.computed[task] = cached;
    tasks.left[task] = (tasks.left[task] as number) - cached;
    tasks.status[task] = taskStatus.prefilling;
    tasks.fresh[task] = 1;
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
    this.#mustDecode(task, 'preempted');
    this.planActed = true;
    this.#events.batchChanges(this);
    const alone = this.admitted === 1 && this.memory.growth > this.memory.freeBlocks;
    this.#leaveDecode(task);
    this.#batch.drop(task);
    this.#held.release(task);
    if (alone) {
      this.#end(task, taskStatus.unfinished, endReason.kvExhausted);
      return;
    }
    this.#freeSlot(task);
    tasks.preemptions[task]!++;
    tasks.status[task] = taskStatus.waiting;
    tasks.done[task] = 0;
    tasks.arrived[task] = 0;
    tasks.left[task] = this.inputTokens(task) + (tasks.generated[task] as number);
    this.#queue.putBack(task);
  }

  pause(task: Task, how: 'keep' | 'swap'): void {
    const tasks = this.#tasks;
    this.#mustDecode(task, 'paused');
    this.planActed = true;
    this.#events.batchChanges(this);
    this.#leaveDecode(task);
    this.#batch.drop(task);
    this.#freeSlot(task);
    tasks.status[task] = taskStatus.paused;
    tasks.pauses[task]!++;
    if (how === 'swap') this.#held.swapOut(task);
    this.#paused.push(task);
  }

  resume(task: Task, slot?: number): void {
    const at = this.#paused.indexOf(task);
    if (at < 0) throw new Error(`scheduler resumed request ${task}, which is not paused here`);
    this.#held.swapIn(task);
    this.planActed = true;
    this.#events.batchChanges(this);
    this.#paused.splice(at, 1);
    this.#takeSlot(task, slot);
    this.#held.grow(task);
    this.#join(task, Number.NaN);
    if (this.planDecodes) this.memory.promiseGrowth();
  }

  #mustDecode(task: Task, verb: string): void {
    if (this.#tasks.status[task] === taskStatus.decoding) return;
    throw new Error(`scheduler ${verb} request ${task}, which does not decode here`);
  }

  // Steps pass

  /** Decode rounds that pass until one finishes or memory ends. */
  get roundsOfSameBatch(): number {
    return Math.min(this.#batch.roundsToFinish, this.memory.roundsThatFit);
  }

  /** So many decode rounds have passed; requests that are done finish at `nowMs`. */
  passRounds(rounds: number, nowMs: number): void {
    this.nowMs = nowMs;
    this.memory.takeRounds(rounds);
    this.#batch.pass(rounds);
  }

  get someFinished(): boolean {
    return this.#batch.someFinished;
  }

  /** Requests that were in the batch without a token get their first one at `timeMs`. */
  giveFirstTokens(timeMs: number): void {
    for (const task of this.#tokenless) this.#tasks.firstTokenMs[task] = timeMs;
    shorten(this.#tokenless, 0);
  }

  /** The planned prompt chunks are computed; prompts that are done yield their next token. */
  passPrefill(nowMs: number): void {
    this.issuePrefill();
    this.completePrefill(this.workTasks, this.workTokens, nowMs);
  }

  /**
   * The planned chunks have left the first stage. Those of a pipeline's later stages follow; a
   * prompt without tokens left is not planned again.
   */
  issuePrefill(): void {
    const tasks = this.#tasks;
    let done = 0;
    for (let i = 0; i < this.workTasks.length; i++) {
      const task = this.workTasks[i] as Task;
      const tokens = this.workTokens[i] as number;
      tasks.done[task] = (tasks.done[task] as number) + tokens;
      tasks.left[task] = (tasks.left[task] as number) - tokens;
      if (tasks.left[task] === 0) done++;
    }
    if (done === 0) return;
    const prefilling = this.#prefilling;
    let kept = 0;
    for (let i = 0; i < prefilling.length; i++) {
      const task = prefilling[i] as Task;
      if ((tasks.left[task] as number) > 0) prefilling[kept++] = task;
    }
    shorten(prefilling, kept);
    this.#draining += done;
  }

  /** Chunks of these requests have left the last stage. */
  completePrefill(of: readonly Task[], tokens: readonly number[], nowMs: number): void {
    this.nowMs = nowMs;
    const { computed, done, left, status } = this.#tasks;
    for (let i = 0; i < of.length; i++) {
      const task = of[i] as Task;
      if (status[task] !== taskStatus.prefilling) continue;
      computed[task] = (computed[task] as number) + (tokens[i] as number);
      this.#held.share(task);
      if (left[task] === 0 && computed[task] === done[task]) this.#finishPrompt(task);
    }
  }

  /** Requests whose outputs are all there leave, in the order in which they joined. */
  finishDecodes(): void {
    this.#batch.takeFinished(this.#finish);
  }

  /** A waiting request whose client gave up leaves at once. */
  cancelWaiting(task: Task, nowMs: number): void {
    this.nowMs = nowMs;
    this.#queue.remove(task);
    this.#held.forget(task);
    this.#end(task, taskStatus.cancelled, endReason.clientCancelled);
  }

  /** Admitted requests whose clients gave up leave: prompts in admission order, then decodes. */
  cancelAsked(nowMs: number): void {
    this.nowMs = nowMs;
    const asked = (task: Task) => this.#tasks.cancelAsked[task] === 1;
    const members = Array.from({ length: this.#batch.size }, (_, i) => this.#batch.at(i));
    for (const task of [...this.#prefilling, ...members, ...this.#paused].filter(asked)) {
      const status = this.#tasks.status[task];
      if (status === taskStatus.decoding) this.#leaveDecode(task);
      this.#held.release(task);
      this.#end(task, taskStatus.cancelled, endReason.clientCancelled);
    }
    this.#prefilling = this.#prefilling.filter((task) => !asked(task));
    this.#paused = this.#paused.filter((task) => !asked(task));
    this.#batch.dropLeavers();
  }

  /** Ends the head of the queue if it does not fit although nothing else is here. */
  giveUpOnHead(): boolean {
    if (this.waiting === 0 || this.admitted > 0) return false;
    const head = this.#queue.at(0);
    if (this.blocksToAdmit(head) <= this.freeBlocks) return false;
    this.#queue.remove(head);
    this.#held.forget(head);
    this.#end(head, taskStatus.unfinished, endReason.kvExhausted);
    return true;
  }

  #finishPrompt(task: Task): void {
    const tasks = this.#tasks;
    this.#draining--;
    if (Number.isNaN(tasks.prefillMs[task])) {
      tasks.prefillMs[task] = this.nowMs;
      this.#events.promptDone(task, this);
    }
    if (this.#options.firstToken === 'prefill') {
      if (Number.isNaN(tasks.firstTokenMs[task])) tasks.firstTokenMs[task] = this.nowMs;
      tasks.generated[task]!++;
      if (tasks.generated[task] === this.#work.outputTokens[task]) {
        if ((tasks.generated[task] as number) > 1) {
          // A last token after a preemption: a stay without rounds, so that its gap is counted.
          tasks.joinMs[task] = this.nowMs;
          this.#events.joined(task, this);
          this.#events.left(task, this);
        }
        this.#held.release(task);
        this.#end(task, taskStatus.finished, endReason.none);
        return;
      }
    }
    if (this.#options.decodes) {
      const yields = this.#options.firstToken === 'prefill';
      this.#startDecode(task, yields ? this.nowMs : Number.NaN);
      return;
    }
    this.#held.release(task);
    this.#freeSlot(task);
    tasks.status[task] = taskStatus.transferring;
    this.#events.handedOff(task, this);
  }

  /** A computed prompt joins the batch; its latest token came at `sinceMs`, NaN: none has. */
  #startDecode(task: Task, sinceMs: number): void {
    this.#held.startDecode(task);
    this.#join(task, sinceMs);
  }

  #join(task: Task, sinceMs: number): void {
    const { firstTokenMs, joinMs } = this.#tasks;
    if (Number.isNaN(firstTokenMs[task])) this.#tokenless.push(task);
    joinMs[task] = sinceMs;
    this.#batch.join(task);
    this.#events.joined(task, this);
  }

  #leaveDecode(task: Task): void {
    const produced = this.#batch.bookOut(task);
    if (this.#tokenless.length > 0) {
      this.#tokenless = this.#tokenless.filter((other) => other !== task);
    }
    this.#held.stopGrowing(task, produced);
    this.#events.left(task, this);
  }

  #end(task: Task, status: number, reason: number): void {
    const tasks = this.#tasks;
    tasks.status[task] = status;
    tasks.reason[task] = reason;
    tasks.endMs[task] = this.nowMs;
    this.#freeSlot(task);
    if (status === taskStatus.finished) {
      this.#predictor?.observe?.(task, tasks.generated[task] as number);
    }
    this.#events.ended(task, this);
  }

  #takeSlot(task: Task, slot: number | undefined): void {
    if (this.#slots.count === 0) return;
    this.#tasks.slot[task] = this.#slots.take(task, slot);
    this.#tasks.slotSinceMs[task] = this.nowMs;
  }

  #freeSlot(task: Task): void {
    if (this.#slots.count === 0) return;
    const { slot, slotMs, slotSinceMs } = this.#tasks;
    const held = slot[task] as number;
    if (held < 0 || this.#slots.holder(held) !== task) return;
    this.#slots.free(held);
    slotMs[task]! += this.nowMs - (slotSinceMs[task] as number);
  }
}

/** Drops the end of a list and keeps its memory, which setting its length would give back. */
function shorten(list: unknown[], length: number): void {
  while (list.length > length) list.pop();
}
