import type { InstanceView, Plan, Task } from '../../policy/scheduler.ts';

/** A request as its instance knows it; tasks are counted in the order of the lists below. */
export interface FakeRequest {
  /** Prompt tokens left to compute. */
  readonly tokens?: number;
  /** Tokens that admission finds in the prefix cache. */
  readonly cached?: number;
  /** Blocks that it takes when admitted, or holds. */
  readonly blocks?: number;
  /** New blocks that its next decode round takes. */
  readonly growth?: number;
  readonly arrivalMs?: number;
  readonly priority?: number;
  readonly tenant?: number;
  /** What the length predictor says; NaN without. */
  readonly predicted?: number;
  /** Output tokens produced so far. */
  readonly generated?: number;
}

export interface FakeState {
  readonly waiting?: readonly FakeRequest[];
  readonly prefilling?: readonly FakeRequest[];
  readonly decoding?: readonly FakeRequest[];
  readonly paused?: readonly FakeRequest[];
  readonly freeBlocks?: number;
  readonly capacityBlocks?: number;
  readonly blockTokens?: number;
  readonly nowMs?: number;
  /** Client slots; those that are in decode or prefill hold the first ones, in that order. */
  readonly slots?: number;
  /** Step times that the estimator predicts. */
  readonly prefillMs?: (tokens: number, cachedTokens: number) => number;
  readonly roundMs?: (sequences: number, contextTokens: number) => number;
}

/**
 * An instance that does what its scheduler says and writes it down, without time: decisions as
 * `admit 2`, `admit 2 to 0`, `work 2: 10`, `decodes`, `preempt 4`, `pause 4 keep`, `resume 5`,
 * `hold …`. Tasks are counted: waiting, prefilling, decoding, paused.
 */
export class FakeInstance implements InstanceView, Plan {
  nowMs: number;
  readonly log: string[] = [];
  readonly queue: Task[];
  readonly prompts: Task[];
  readonly running: Task[];
  readonly pausedTasks: Task[];
  readonly left: number[];
  readonly slotTasks: Task[];
  freeBlocks: number;
  readonly capacityBlocks: number;
  readonly blockTokens: number;
  readonly #requests: readonly FakeRequest[];
  readonly #state: FakeState;

  constructor(state: FakeState) {
    const { waiting = [], prefilling = [], decoding = [], paused = [], freeBlocks = 1000 } = state;
    this.#state = state;
    this.#requests = [...waiting, ...prefilling, ...decoding, ...paused];
    const tasks = [...this.#requests.keys()];
    this.queue = tasks.splice(0, waiting.length);
    this.prompts = tasks.splice(0, prefilling.length);
    this.running = tasks.splice(0, decoding.length);
    this.pausedTasks = tasks;
    this.left = this.#requests.map(({ tokens = 1 }) => tokens);
    this.freeBlocks = freeBlocks;
    this.capacityBlocks = state.capacityBlocks ?? 1000;
    this.blockTokens = state.blockTokens ?? 1;
    this.nowMs = state.nowMs ?? 0;
    const holders = [...this.running, ...this.prompts];
    this.slotTasks = Array.from({ length: state.slots ?? 0 }, (_, slot) => holders[slot] ?? -1);
  }

  get slots(): number {
    return this.slotTasks.length;
  }

  slotTask(slot: number): Task {
    return this.slotTasks[slot] as Task;
  }

  get paused(): number {
    return this.pausedTasks.length;
  }

  pausedTask(position: number): Task {
    return this.pausedTasks[position] as Task;
  }

  get contextTokens(): number {
    return this.running.reduce(
      (sum, task) => sum + this.inputTokens(task) + this.generated(task),
      0,
    );
  }

  arrivalMs(task: Task): number {
    return this.request(task).arrivalMs ?? 0;
  }

  priority(task: Task): number {
    return this.request(task).priority ?? 0;
  }

  tenant(task: Task): number {
    return this.request(task).tenant ?? 0;
  }

  predictedOutput(task: Task): number {
    return this.request(task).predicted ?? Number.NaN;
  }

  estimatePrefillMs(tokens: number, cachedTokens: number): number {
    return this.#state.prefillMs?.(tokens, cachedTokens) ?? tokens;
  }

  estimateRoundMs(sequences: number, contextTokens: number): number {
    return this.#state.roundMs?.(sequences, contextTokens) ?? 1;
  }

  get waiting(): number {
    return this.queue.length;
  }

  get prefilling(): number {
    return this.prompts.length;
  }

  get decoding(): number {
    return this.running.length;
  }

  get decodeGrowth(): number {
    return this.running.reduce((sum, task) => sum + (this.request(task).growth ?? 0), 0);
  }

  waitingTask(position: number): Task {
    return this.queue[position] as Task;
  }

  prefillingTask(position: number): Task {
    return this.prompts[position] as Task;
  }

  decodingTask(position: number): Task {
    return this.running[position] as Task;
  }

  tokensLeft(task: Task): number {
    return this.left[task] as number;
  }

  tokensToCompute(task: Task): number {
    return this.tokensLeft(task) - (this.request(task).cached ?? 0);
  }

  blocksToAdmit(task: Task): number {
    return this.request(task).blocks ?? 0;
  }

  inputTokens(task: Task): number {
    return this.request(task).tokens ?? 1;
  }

  generated(task: Task): number {
    return this.request(task).generated ?? 0;
  }

  admit(task: Task, slot?: number): void {
    this.log.push(slot === undefined ? `admit ${task}` : `admit ${task} to ${slot}`);
    this.#take(task, slot);
    this.queue.splice(this.queue.indexOf(task), 1);
    this.prompts.push(task);
    this.freeBlocks -= this.blocksToAdmit(task);
    this.left[task] = this.tokensToCompute(task);
  }

  work(task: Task, tokens: number): void {
    this.log.push(`work ${task}: ${tokens}`);
  }

  decodes(): void {
    this.log.push('decodes');
  }

  preempt(task: Task): void {
    this.log.push(`preempt ${task}`);
    this.running.splice(this.running.indexOf(task), 1);
    this.#leave(task);
    this.queue.unshift(task);
    this.freeBlocks += this.blocksToAdmit(task);
  }

  pause(task: Task, how: 'keep' | 'swap'): void {
    this.log.push(`pause ${task} ${how}`);
    this.running.splice(this.running.indexOf(task), 1);
    this.#leave(task);
    this.pausedTasks.push(task);
    if (how === 'swap') this.freeBlocks += this.blocksToAdmit(task);
  }

  resume(task: Task, slot?: number): void {
    this.log.push(slot === undefined ? `resume ${task}` : `resume ${task} to ${slot}`);
    this.pausedTasks.splice(this.pausedTasks.indexOf(task), 1);
    this.#take(task, slot);
    this.running.push(task);
    this.freeBlocks -= this.blocksToAdmit(task);
  }

  hold(limit: { rounds?: number; untilMs?: number }): void {
    this.log.push(`hold ${JSON.stringify(limit)}`);
  }

  request(task: Task): FakeRequest {
    return this.#requests[task] as FakeRequest;
  }

  #take(task: Task, slot = this.slotTasks.indexOf(-1)): void {
    if (this.slots > 0) this.slotTasks[slot] = task;
  }

  #leave(task: Task): void {
    const slot = this.slotTasks.indexOf(task);
    if (slot >= 0) this.slotTasks[slot] = -1;
  }
}
