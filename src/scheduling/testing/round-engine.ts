/**
 * A small engine with time for tests of schedulers: one instance, no prefix cache, one round or
 * step after the other. `fast` asks the scheduler only when something has happened or its hold
 * ends; `step` asks after every round and fails where a hold was false. It refuses whatever the
 * contract of Plan forbids. Times are multiples of 1/64 ms, so that sums are exact in any order.
 */
import type { InstanceView, Plan, Scheduler, Task } from '../../policy/scheduler.ts';

export interface RoundRequest {
  readonly arrivalMs: number;
  readonly input: number;
  readonly output: number;
  readonly tenant?: number;
  readonly priority?: number;
  /** What the length predictor says; NaN without. */
  readonly predicted?: number;
  /** Whether another instance has computed the prompt. */
  readonly computed?: boolean;
}

export interface RoundSystem {
  readonly requests: readonly RoundRequest[];
  readonly capacityBlocks: number;
  readonly blockTokens: number;
  /** Client slots; 0: none. */
  readonly slots: number;
}

export type RoundStatus =
  | 'coming'
  | 'waiting'
  | 'prefilling'
  | 'decoding'
  | 'paused'
  | 'finished'
  | 'gave up';

interface Live extends RoundRequest {
  status: RoundStatus;
  left: number;
  generated: number;
  blocks: number;
  swapped: number;
  endMs: number;
  firstTokenMs: number;
}

export interface RoundOutcome {
  readonly requests: readonly {
    readonly status: RoundStatus;
    readonly firstTokenMs: number;
    readonly endMs: number;
  }[];
  /** Every admission, preemption, pause and resumption with its time, and every prompt chunk. */
  readonly log: readonly string[];
  readonly rounds: number;
  /** How often the scheduler was asked. */
  readonly plans: number;
}

const FIXED_MS = 2;
const PROMPT_TOKEN_MS = 1 / 4;
const DECODE_MS = 1 / 8;
const CONTEXT_TOKEN_MS = 1 / 64;

export function runRounds(
  system: RoundSystem,
  scheduler: Scheduler,
  mode: 'fast' | 'step',
): RoundOutcome {
  return new RoundEngine(system, scheduler, mode).run();
}

class RoundEngine implements InstanceView, Plan {
  readonly #live: Live[];
  readonly #scheduler: Scheduler;
  readonly #stepwise: boolean;
  readonly #log: string[] = [];
  readonly slotTasks: Task[];
  readonly capacityBlocks: number;
  readonly blockTokens: number;
  #queue: Task[] = [];
  #prompts: Task[] = [];
  #batch: Task[] = [];
  #paused: Task[] = [];
  freeBlocks: number;
  nowMs = 0;
  #rounds = 0;
  #plans = 0;
  #chunks: [Task, number][] = [];
  #decodes = false;
  #acted = false;
  #holdRounds = Number.POSITIVE_INFINITY;
  #holdMs = Number.POSITIVE_INFINITY;

  constructor(system: RoundSystem, scheduler: Scheduler, mode: 'fast' | 'step') {
    this.#live = system.requests.map((one) => ({
      ...one,
      status: 'coming',
      left: one.computed ? 0 : one.input,
      generated: 0,
      blocks: 0,
      swapped: 0,
      endMs: Number.NaN,
      firstTokenMs: Number.NaN,
    }));
    this.#scheduler = scheduler;
    this.#stepwise = mode === 'step';
    this.slotTasks = new Array<Task>(system.slots).fill(-1);
    this.capacityBlocks = system.capacityBlocks;
    this.freeBlocks = system.capacityBlocks;
    this.blockTokens = system.blockTokens;
  }

  run(): RoundOutcome {
    /** End of the hold, in rounds and time, while nothing has happened since. */
    let heldRounds = 0;
    for (;;) {
      if (this.#arrive()) heldRounds = 0;
      this.#plan();
      const idle = this.#chunks.length === 0 && !(this.#decodes && this.#batch.length > 0);
      if (heldRounds > 0 && (this.#acted || idle || this.#chunks.length > 0)) {
        throw new Error(`the hold was false at ${this.nowMs} ms, ${heldRounds} rounds too long`);
      }
      if (this.#chunks.length > 0) {
        this.#step();
        heldRounds = 0;
      } else if (!idle) {
        const rounds = this.#roundsAhead();
        const finished = this.#round(this.#stepwise ? 1 : rounds);
        heldRounds = this.#stepwise && !finished ? rounds - 1 : 0;
      } else if (this.#giveUp() || (this.#acted && this.#queue.length > 0)) {
        heldRounds = 0;
      } else {
        heldRounds = 0;
        const next = Math.min(this.#nextArrivalMs(), this.#holdMs);
        if (next === Number.POSITIVE_INFINITY) break;
        this.nowMs = Math.max(next, this.nowMs);
      }
      if (this.#plans > 200_000) throw new Error('the scheduler makes no progress');
    }
    return {
      requests: this.#live.map(({ status, firstTokenMs, endMs }) => ({
        status,
        firstTokenMs,
        endMs,
      })),
      log: this.#log,
      rounds: this.#rounds,
      plans: this.#plans,
    };
  }

  #nextArrivalMs(): number {
    const coming = this.#live.filter(({ status }) => status === 'coming');
    return Math.min(Number.POSITIVE_INFINITY, ...coming.map(({ arrivalMs }) => arrivalMs));
  }

  #arrive(): boolean {
    let came = false;
    for (const [task, one] of this.#live.entries()) {
      if (one.status !== 'coming' || one.arrivalMs > this.nowMs) continue;
      came = true;
      one.status = 'waiting';
      this.#queue.push(task);
    }
    return came;
  }

  #plan(): void {
    this.#chunks = [];
    this.#decodes = false;
    this.#acted = false;
    this.#holdRounds = Number.POSITIVE_INFINITY;
    this.#holdMs = Number.POSITIVE_INFINITY;
    this.#plans++;
    this.#scheduler.plan(this, this);
    const served = this.#prompts.length + this.#batch.length;
    if (this.slots > 0) {
      const holders = this.slotTasks.filter((task) => task >= 0);
      if (holders.length !== served) throw new Error('slots and requests in service differ');
    }
    if (this.#decodes && this.decodeGrowth > this.freeBlocks) {
      throw new Error('the round does not fit in memory');
    }
  }

  /** Rounds until a finish, the end of memory, an arrival or the end of the hold. */
  #roundsAhead(): number {
    const limitMs = Math.min(this.#holdMs, this.#nextArrivalMs());
    let free = this.freeBlocks;
    let ms = this.nowMs;
    for (let k = 0; ; k++) {
      let grown = 0;
      let context = 0;
      for (const task of this.#batch) {
        const one = this.#of(task);
        const tokens = one.input + one.generated + k;
        context += tokens;
        if (tokens % this.blockTokens === 0) grown++;
      }
      free -= grown;
      ms += this.estimateRoundMs(this.#batch.length, context);
      const done = this.#batch.some(
        (task) => this.#of(task).generated + k + 1 >= this.#of(task).output,
      );
      if (free < 0) return k;
      if (done || ms >= limitMs || k + 1 >= this.#holdRounds) return k + 1;
    }
  }

  #round(rounds: number): boolean {
    let finished = false;
    for (let k = 0; k < rounds; k++) {
      this.nowMs += this.estimateRoundMs(this.#batch.length, this.contextTokens);
      finished = this.#produce();
    }
    return finished;
  }

  #step(): void {
    let ms = this.#decodes
      ? this.estimateRoundMs(this.#batch.length, this.contextTokens)
      : FIXED_MS;
    for (const [, tokens] of this.#chunks) ms += PROMPT_TOKEN_MS * tokens;
    this.nowMs += ms;
    const computed: Task[] = [];
    for (const [task, tokens] of this.#chunks) {
      const one = this.#of(task);
      one.left -= tokens;
      if (one.left === 0) computed.push(task);
    }
    if (this.#decodes) this.#produce();
    for (const task of computed) {
      this.#prompts.splice(this.#prompts.indexOf(task), 1);
      this.#token(task);
      if (this.#of(task).status !== 'finished') this.#join(task);
    }
  }

  /** Every decode produces a token; whether one has finished. */
  #produce(): boolean {
    this.#rounds++;
    this.freeBlocks -= this.decodeGrowth;
    for (const task of this.#batch) {
      const one = this.#of(task);
      if ((one.input + one.generated) % this.blockTokens === 0) one.blocks++;
    }
    const before = this.#batch.length;
    for (const task of [...this.#batch]) this.#token(task);
    return this.#batch.length < before;
  }

  #token(task: Task): void {
    const one = this.#of(task);
    one.generated++;
    if (Number.isNaN(one.firstTokenMs)) one.firstTokenMs = this.nowMs;
    if (one.generated < one.output) return;
    this.#leave(task, 'finished');
  }

  #join(task: Task): void {
    const one = this.#of(task);
    one.status = 'decoding';
    const blocks = this.#blocksFor(one.input + one.generated);
    this.freeBlocks -= blocks - one.blocks;
    one.blocks = blocks;
    this.#batch.push(task);
  }

  /** Ends the head of the queue where nothing is here and it does not fit. */
  #giveUp(): boolean {
    const head = this.#queue[0];
    if (head === undefined || this.#prompts.length + this.#batch.length + this.#paused.length > 0) {
      return false;
    }
    if (this.blocksToAdmit(head) <= this.freeBlocks) return false;
    this.#queue.shift();
    this.#end(head, 'gave up');
    return true;
  }

  #leave(task: Task, status: RoundStatus): void {
    const one = this.#of(task);
    if (one.status === 'decoding') this.#batch.splice(this.#batch.indexOf(task), 1);
    this.freeBlocks += one.blocks;
    one.blocks = 0;
    this.#freeSlot(task);
    this.#end(task, status);
  }

  #end(task: Task, status: RoundStatus): void {
    const one = this.#of(task);
    one.status = status;
    one.endMs = this.nowMs;
  }

  #freeSlot(task: Task): void {
    const slot = this.slotTasks.indexOf(task);
    if (slot >= 0) this.slotTasks[slot] = -1;
  }

  #takeSlot(task: Task, slot = this.slotTasks.indexOf(-1)): void {
    if (this.slots === 0) return;
    if (this.slotTasks[slot] !== -1) throw new Error(`no slot for request ${task}`);
    this.slotTasks[slot] = task;
  }

  #act(verb: string, task: Task, status: RoundStatus): Live {
    const one = this.#of(task);
    if (one.status !== status) throw new Error(`${verb} ${task}, which is ${one.status}`);
    this.#acted = true;
    this.#log.push(`${this.nowMs} ${verb} ${task}`);
    return one;
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockTokens);
  }

  #of(task: Task): Live {
    return this.#live[task] as Live;
  }

  // The plan

  admit(task: Task, slot?: number): void {
    const one = this.#act('admit', task, 'waiting');
    const blocks = this.blocksToAdmit(task);
    if (blocks > this.freeBlocks) throw new Error(`request ${task} does not fit`);
    this.#queue.splice(this.#queue.indexOf(task), 1);
    this.#takeSlot(task, slot);
    this.freeBlocks -= blocks;
    one.blocks = blocks;
    if (one.left === 0) this.#join(task);
    else {
      one.status = 'prefilling';
      this.#prompts.push(task);
    }
  }

  work(task: Task, tokens: number): void {
    const one = this.#of(task);
    if (one.status !== 'prefilling' || !(tokens > 0 && tokens <= one.left)) {
      throw new Error(`work ${task}: ${tokens} of ${one.left}`);
    }
    this.#chunks.push([task, tokens]);
    this.#log.push(`${this.nowMs} work ${task}: ${tokens}`);
  }

  decodes(): void {
    this.#decodes = true;
  }

  preempt(task: Task): void {
    const short = this.decodeGrowth > this.freeBlocks;
    const one = this.#act('preempt', task, 'decoding');
    const alone = this.#prompts.length + this.#batch.length + this.#paused.length === 1;
    if (alone && short) {
      this.#leave(task, 'gave up');
      return;
    }
    this.#batch.splice(this.#batch.indexOf(task), 1);
    this.freeBlocks += one.blocks;
    one.blocks = 0;
    this.#freeSlot(task);
    one.status = 'waiting';
    one.left = one.input + one.generated;
    this.#queue.unshift(task);
  }

  pause(task: Task, how: 'keep' | 'swap'): void {
    const one = this.#act(`pause (${how})`, task, 'decoding');
    this.#batch.splice(this.#batch.indexOf(task), 1);
    this.#freeSlot(task);
    one.status = 'paused';
    one.swapped = how === 'swap' ? one.blocks : 0;
    this.freeBlocks += one.swapped;
    this.#paused.push(task);
  }

  resume(task: Task, slot?: number): void {
    const one = this.#act('resume', task, 'paused');
    if (one.swapped > this.freeBlocks) throw new Error(`request ${task} does not fit`);
    this.#paused.splice(this.#paused.indexOf(task), 1);
    this.#takeSlot(task, slot);
    this.freeBlocks -= one.swapped;
    one.swapped = 0;
    one.status = 'decoding';
    this.#batch.push(task);
  }

  hold({ rounds, untilMs }: { rounds?: number; untilMs?: number }): void {
    if (rounds !== undefined) this.#holdRounds = rounds;
    if (untilMs !== undefined) this.#holdMs = untilMs;
  }

  // The view

  get waiting(): number {
    return this.#queue.length;
  }

  waitingTask(position: number): Task {
    return this.#queue[position] as Task;
  }

  get prefilling(): number {
    return this.#prompts.length;
  }

  prefillingTask(position: number): Task {
    return this.#prompts[position] as Task;
  }

  get decoding(): number {
    return this.#batch.length;
  }

  decodingTask(position: number): Task {
    return this.#batch[position] as Task;
  }

  get paused(): number {
    return this.#paused.length;
  }

  pausedTask(position: number): Task {
    return this.#paused[position] as Task;
  }

  get slots(): number {
    return this.slotTasks.length;
  }

  slotTask(slot: number): Task {
    return this.slotTasks[slot] as Task;
  }

  get decodeGrowth(): number {
    return this.#batch.filter((task) => {
      const { input, generated } = this.#of(task);
      return (input + generated) % this.blockTokens === 0;
    }).length;
  }

  get contextTokens(): number {
    return this.#batch.reduce(
      (sum, task) => sum + this.#of(task).input + this.#of(task).generated,
      0,
    );
  }

  tokensLeft(task: Task): number {
    return this.#of(task).left;
  }

  tokensToCompute(task: Task): number {
    return this.#of(task).left;
  }

  blocksToAdmit(task: Task): number {
    const { status, swapped, input, generated } = this.#of(task);
    return status === 'paused' ? swapped : this.#blocksFor(input + generated);
  }

  generated(task: Task): number {
    return this.#of(task).generated;
  }

  arrivalMs(task: Task): number {
    return this.#of(task).arrivalMs;
  }

  inputTokens(task: Task): number {
    return this.#of(task).input;
  }

  priority(task: Task): number {
    return this.#of(task).priority ?? 0;
  }

  tenant(task: Task): number {
    return this.#of(task).tenant ?? 0;
  }

  predictedOutput(task: Task): number {
    return this.#of(task).predicted ?? Number.NaN;
  }

  estimatePrefillMs(tokens: number): number {
    return FIXED_MS + PROMPT_TOKEN_MS * tokens;
  }

  estimateRoundMs(sequences: number, contextTokens: number): number {
    return FIXED_MS + DECODE_MS * sequences + CONTEXT_TOKEN_MS * contextTokens;
  }
}
