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
}

export interface FakeState {
  readonly waiting?: readonly FakeRequest[];
  readonly prefilling?: readonly FakeRequest[];
  readonly decoding?: readonly FakeRequest[];
  readonly freeBlocks?: number;
}

/**
 * An instance that does what its scheduler says and writes it down, without time: decisions as
 * `admit 2`, `work 2: 10`, `decodes`, `preempt 4`, `hold …`. Tasks: waiting, prefilling, decoding.
 */
export class FakeInstance implements InstanceView, Plan {
  readonly nowMs = 0;
  readonly log: string[] = [];
  readonly queue: Task[];
  readonly prompts: Task[];
  readonly running: Task[];
  readonly left: number[];
  freeBlocks: number;
  readonly #requests: readonly FakeRequest[];

  constructor({ waiting = [], prefilling = [], decoding = [], freeBlocks = 1000 }: FakeState) {
    this.#requests = [...waiting, ...prefilling, ...decoding];
    const tasks = [...this.#requests.keys()];
    this.queue = tasks.splice(0, waiting.length);
    this.prompts = tasks.splice(0, prefilling.length);
    this.running = tasks;
    this.left = this.#requests.map(({ tokens = 1 }) => tokens);
    this.freeBlocks = freeBlocks;
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

  generated(): number {
    return 0;
  }

  admit(task: Task): void {
    this.log.push(`admit ${task}`);
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
    this.queue.unshift(task);
    this.freeBlocks += this.blocksToAdmit(task);
  }

  hold(limit: { rounds?: number; untilMs?: number }): void {
    this.log.push(`hold ${JSON.stringify(limit)}`);
  }

  request(task: Task): FakeRequest {
    return this.#requests[task] as FakeRequest;
  }
}
